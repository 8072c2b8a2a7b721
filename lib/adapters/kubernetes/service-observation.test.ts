import type { V1Deployment, V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { toServiceObservation } from './service-observation.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function deployment(labels: Record<string, string>, image: string, ready: number): V1Deployment {
  return {
    metadata: { name: `app-${labels.colour ?? 'plain'}` },
    spec: {
      replicas: 4,
      selector: {},
      template: { metadata: { labels }, spec: { containers: [{ name: 'shop', image }] } },
    },
    status: { readyReplicas: ready, updatedReplicas: 3, availableReplicas: ready },
  };
}

function service(selector: Record<string, string>, metadata: V1Service['metadata'] = {}): V1Service {
  return { metadata: { name: 'app-service', namespace: 'shop', ...metadata }, spec: { selector } };
}

const BLUE = deployment({ app: 'shop', colour: 'blue', version: 'v1' }, `ecommerce/shop@${DIGEST}`, 4);
const GREEN = deployment({ app: 'shop', colour: 'green', version: 'v2' }, 'ecommerce/shop:v2', 0);

describe('a Service', () => {
  it('is seen with its live colour and every Deployment', () => {
    expect(toServiceObservation(service({ app: 'shop', version: 'v1' }), [BLUE, GREEN])).toEqual({
      namespace: 'shop',
      service: 'app-service',
      liveVersion: 'v1',
      liveColour: 'blue',
      liveSince: null,
      deployments: [
        {
          name: 'app-blue',
          version: 'v1',
          image: `ecommerce/shop@${DIGEST}`,
          desired: 4,
          ready: 4,
          colour: 'blue',
          updated: 3,
          available: 4,
          digest: DIGEST,
        },
        {
          name: 'app-green',
          version: 'v2',
          image: 'ecommerce/shop:v2',
          desired: 4,
          ready: 0,
          colour: 'green',
          updated: 3,
          available: 0,
          digest: null,
        },
      ],
    });
  });

  it.each<[string, Record<string, string>, string | null, string | null]>([
    ['by its version though no pods have it', { app: 'shop', version: 'v9' }, 'v9', null],
    ['by its colour alone', { app: 'shop', colour: 'green' }, 'v2', 'green'],
    ['of another application', { app: 'billing' }, null, null],
  ])('%s', (_, selector, version, colour) => {
    const seen = toServiceObservation(service(selector), [BLUE, GREEN]);
    expect([seen.liveVersion, seen.liveColour]).toEqual([version, colour]);
  });
});

describe('since when it is so', () => {
  const selectorOf = (manager: string, time: string) => ({
    manager,
    time: new Date(time),
    fieldsV1: { 'f:spec': { 'f:selector': { 'f:version': {} } } },
  });
  const created = { creationTimestamp: new Date('2026-01-01T00:00:00Z') };

  it('is when the selector was written last, by whomever', () => {
    const managedFields = [
      selectorOf('kubectl', '2026-02-01T00:00:00Z'),
      selectorOf('meridian', '2026-03-01T00:00:00Z'),
      { manager: 'other', time: new Date('2026-04-01T00:00:00Z'), fieldsV1: { 'f:spec': { 'f:ports': {} } } },
    ];
    const seen = toServiceObservation(service({ version: 'v1' }, { ...created, managedFields }), []);
    expect(seen.liveSince).toBe('2026-03-01T00:00:00.000Z');
  });

  it('is its creation where nobody wrote it since', () => {
    const managedFields = [{ manager: 'other' }];
    const seen = toServiceObservation(service({ version: 'v1' }, { ...created, managedFields }), []);
    expect(seen.liveSince).toBe('2026-01-01T00:00:00.000Z');
  });
});
