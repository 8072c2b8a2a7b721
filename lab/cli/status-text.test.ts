import { expect, it } from 'vitest';
import { chaosText } from './status-text.ts';
import { table } from './table.ts';

const calm = {
  outages: {},
  route53ControlPlane: 'up' as const,
  links: {},
  applyDelaySeconds: {},
  replayPaused: [],
  throttles: [],
  shop: {},
  images: [],
  rds: {},
  clockSkewSeconds: 0,
  shopperRate: 20,
};

it('lines up columns, numbers to the right', () => {
  const text = table(
    [{ title: 'Region' }, { title: 'p95', align: 'right' }],
    [
      ['eu-west-1', '7 ms'],
      ['a', '1200 ms'],
    ],
  );
  expect(text).toBe('Region         p95\neu-west-1     7 ms\na          1200 ms');
});

it('names every fault in force, and none when there is none', () => {
  expect(chaosText(calm)).toBe('none');
  const text = chaosText({
    outages: { 'us-east-1': 'hang' },
    route53ControlPlane: 'down',
    links: {
      'a>b': { mode: 'reset', extraRttMs: 0 },
      'b>a': { mode: 'up', extraRttMs: 40 },
      'a>c': { mode: 'up', extraRttMs: 0 },
    },
    applyDelaySeconds: { 'eu-west-1': 9 },
    replayPaused: ['ap-southeast-1'],
    throttles: [{ service: 'rds', share: 0.25, kind: 'throttle' }],
    images: [
      { version: 'v2.1.0', region: 'eu-west-1', trouble: 'crash' },
      { version: 'v2.2.0', trouble: 'never-ready' },
    ],
    shop: {
      'eu-west-1': { errorShare: 0.02, latencyMs: 50, version: 'v2' },
      'us-east-1': { errorShare: 1, latencyMs: 0, version: 'v2.1.0', preview: true },
    },
    rds: {
      'eu-west-1': { promotion: 'hang', replicaDelaySeconds: 0 },
      'ap-southeast-1': { promotion: 'normal', replicaDelaySeconds: 60 },
    },
    clockSkewSeconds: 400,
    shopperRate: 20,
  });
  expect(text.split('\n')).toEqual([
    'outage of us-east-1 (hang)',
    'Route 53 control plane down',
    'link a to b: reset',
    'link b to a: up, 40 ms more',
    'replica of eu-west-1 applies 9 s late',
    'replica of ap-southeast-1 has replay paused',
    'throttle: 25 % of rds',
    'shop of eu-west-1 (v2): 2 % errors, 50 ms more',
    'shop of us-east-1 (v2.1.0), by the preview alone: 100 % errors, 0 ms more',
    'promotions in eu-west-1 hang',
    'new replicas in ap-southeast-1 take 60 s longer',
    'pods of v2.1.0 in eu-west-1 crash',
    'pods of v2.2.0 never become ready',
    'gateway clock 400 s off',
  ]);
});
