import type { V1Deployment, V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { readyPods } from './endpoints.ts';
import { type ShopObjects, toShopState } from './shop-state.ts';

function service(selector: Record<string, string>, resourceVersion = '7'): V1Service {
  return { metadata: { name: 'app-service', resourceVersion }, spec: { selector } };
}

function deployment(colour: string, version: string, ready: number): V1Deployment {
  const labels = { app: 'shop', colour, version };
  return {
    metadata: { name: `app-${colour}`, generation: 3, labels },
    spec: {
      replicas: ready,
      selector: { matchLabels: { app: 'shop', colour } },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'shop', image: `ecommerce/shop:${version}` }] },
      },
    },
    status: {
      observedGeneration: 3,
      replicas: ready,
      updatedReplicas: ready,
      readyReplicas: ready,
      availableReplicas: ready,
    },
  };
}

function objects(given: Partial<ShopObjects> = {}): ShopObjects {
  return {
    live: service({ app: 'shop', version: 'v1.9.0' }),
    preview: service({ app: 'shop', version: 'v1.8.0' }, '8'),
    deployments: [deployment('blue', 'v1.9.0', 4), deployment('green', 'v1.8.0', 0)],
    ...given,
  };
}

describe('the colours', () => {
  it('are live by what the Service selects, not by their name', () => {
    expect(toShopState(objects()).live).toEqual({
      version: 'v1.9.0',
      colour: 'blue',
      resourceVersion: '7',
      selector: { app: 'shop', version: 'v1.9.0' },
    });
    const other = objects({ live: service({ app: 'shop', version: 'v1.8.0' }) });
    expect(toShopState(other).live.colour).toBe('green');
  });

  it('are unknown where the Service selects none of them', () => {
    const adrift = objects({ live: service({ app: 'shop', version: 'v0.1.0' }) });
    expect(toShopState(adrift).live).toMatchObject({ version: 'v0.1.0', colour: null });
    expect(toShopState(objects({ live: service({}) })).live).toMatchObject({ version: '', colour: null });
  });

  it('are the one with ready pods where the Service selects two', () => {
    const both = objects({
      deployments: [deployment('green', 'v1.9.0', 0), deployment('blue', 'v1.9.0', 4)],
    });
    expect(toShopState(both).live.colour).toBe('blue');
  });

  it('leave out what is no colour of the application', () => {
    const beside = deployment('blue', 'v3.0.0', 1);
    if (beside.spec?.template.metadata)
      beside.spec.template.metadata.labels = { app: 'billing', colour: 'blue' };
    const state = toShopState(objects({ deployments: [...objects().deployments, beside] }));
    expect(state.colours.map(({ colour, version }) => `${colour} ${version}`)).toEqual([
      'blue v1.9.0',
      'green v1.8.0',
    ]);
  });

  it('have no preview where there is no such Service', () => {
    expect(toShopState(objects({ preview: null })).preview).toEqual({ version: null, resourceVersion: '' });
  });
});

describe('a rollout', () => {
  const late = {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'ReplicaSet "app-green-1" has timed out progressing.',
  };

  it('is stuck in the words of its Deployment', () => {
    const green = deployment('green', 'v2.0.0', 0);
    green.status = { ...green.status, conditions: [late] };
    expect(toShopState(objects({ deployments: [green] })).colours[0]?.stuck).toBe(late.message);
  });

  it('is not stuck by what was true of an earlier template', () => {
    const green = deployment('green', 'v2.0.0', 0);
    green.metadata = { ...green.metadata, generation: 4 };
    green.status = { ...green.status, conditions: [late] };
    expect(toShopState(objects({ deployments: [green] })).colours[0]?.stuck).toBeNull();
  });
});

describe('ready endpoints', () => {
  const endpoint = (name: string, ready?: boolean) => ({
    addresses: [`10.0.0.${name.length}`],
    conditions: ready === undefined ? undefined : { ready },
    targetRef: { kind: 'Pod', name },
  });
  const slice = (...endpoints: ReturnType<typeof endpoint>[]) => ({ addressType: 'IPv4', endpoints });

  it('are pods, each once, that are not said to be unready', () => {
    const slices = [
      slice(endpoint('a', true), endpoint('b', false), endpoint('c')),
      slice(endpoint('a', true)),
    ];
    expect([...readyPods(slices)]).toEqual(['a', 'c']);
    expect(readyPods([]).size).toBe(0);
  });
});
