import type { V1Deployment } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { colourManifest } from './colour-manifest.ts';

const LIVE: V1Deployment = {
  metadata: { name: 'app-blue', labels: { app: 'shop', colour: 'blue', version: 'v1.9.0', team: 'shop' } },
  spec: {
    replicas: 10,
    selector: { matchLabels: { app: 'shop', colour: 'blue' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
    template: {
      metadata: {
        labels: { app: 'shop', colour: 'blue', version: 'v1.9.0' },
        annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z', scrape: 'true' },
      },
      spec: {
        containers: [
          {
            name: 'shop',
            image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecommerce/shop@sha256:aa',
            resources: { requests: { cpu: '500m' } },
            env: [{ name: 'MODE', value: 'full' }],
          },
          { name: 'proxy', image: 'proxy:3' },
        ],
      },
    },
  },
};
const WANTED = { colour: 'green', version: 'v2.0.0', image: 'ecommerce/shop@sha256:bb', operation: 'OP-7' };

describe('the manifest of a colour', () => {
  const manifest = colourManifest(LIVE, 'shop', WANTED);

  it('differs from the live one by colour, version and image alone', () => {
    const [shop, proxy] = manifest.spec?.template.spec?.containers ?? [];
    expect(shop).toEqual({
      name: 'shop',
      image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecommerce/shop@sha256:bb',
      resources: { requests: { cpu: '500m' } },
      env: [{ name: 'MODE', value: 'full' }],
    });
    expect(proxy).toEqual({ name: 'proxy', image: 'proxy:3' });
    expect(manifest.spec?.template.metadata).toEqual({
      labels: { app: 'shop', colour: 'green', version: 'v2.0.0' },
      annotations: { scrape: 'true' },
    });
    expect(manifest.spec?.selector.matchLabels).toEqual({ app: 'shop', colour: 'green' });
    expect(manifest.spec?.strategy).toEqual(LIVE.spec?.strategy);
    expect(manifest.metadata).toEqual({
      name: 'app-green',
      namespace: 'shop',
      labels: { app: 'shop', colour: 'green', version: 'v2.0.0', team: 'shop' },
      annotations: { 'kubernetes.io/change-cause': 'release v2.0.0 by OP-7' },
    });
  });

  it('leaves the size to the scale subresource', () => {
    expect(manifest.spec).not.toHaveProperty('replicas');
  });

  it('does not change what it was made from', () => {
    expect(LIVE.spec?.template.metadata?.labels?.version).toBe('v1.9.0');
  });

  it('is none where there is no container to copy', () => {
    const empty = { ...LIVE, spec: { ...LIVE.spec, template: {} } } as V1Deployment; // as no API server has it
    expect(() => colourManifest(empty, 'shop', WANTED)).toThrow('no container to copy');
  });
});
