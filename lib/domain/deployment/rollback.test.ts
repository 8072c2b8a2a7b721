import { describe, expect, it } from 'vitest';
import type { Release } from '../release/release.ts';
import type { DeployedRegion, RecordedSwitch } from './facts.ts';
import { rollbackRefusal, rollbackTarget } from './rollback.ts';

const never = { value: null, observedAt: null, error: 'not observed yet' };

function region(
  live: string | null,
  switches: Partial<RecordedSwitch>[],
  standing: string[] = [],
): DeployedRegion {
  return {
    code: 'eu-west-1',
    service:
      live === null
        ? never
        : {
            value: {
              namespace: 'shop',
              service: 'app-service',
              liveVersion: live,
              deployments: [live, ...standing].map((version) => ({
                name: version,
                version,
                image: 'shop@sha256:aa',
                desired: 4,
                ready: 4,
              })),
            },
            observedAt: '2026-11-26T00:00:00.000Z',
            error: null,
          },
    registry: never,
    nodes: never,
    healthCheck: never,
    alarms: never,
    traffic: never,
    switches: switches.map((record) => ({
      operation: 'OP-1',
      to: '',
      from: '',
      fromDigest: null,
      ...record,
    })),
    window: null,
  };
}

const CHAIN = [
  { operation: 'OP-3', to: 'v3.0.0', from: 'v2.0.0' },
  { operation: 'OP-2', to: 'v2.0.0', from: 'v1.0.0' },
];

describe('where a Region goes back to', () => {
  it.each<[string, DeployedRegion, string | undefined, object]>([
    [
      'what it served before',
      region('v3.0.0', CHAIN, ['v2.0.0']),
      undefined,
      { ok: true, to: 'v2.0.0', passed: ['v3.0.0'], redeploys: false },
    ],
    [
      'an earlier one by name',
      region('v3.0.0', CHAIN, ['v2.0.0']),
      'v1.0.0',
      { ok: true, to: 'v1.0.0', passed: ['v3.0.0', 'v2.0.0'], redeploys: true },
    ],
    ['one that it never served', region('v3.0.0', CHAIN), 'v0.1.0', { ok: false, code: 'not-recorded' }],
    ['nowhere, without a record', region('v3.0.0', []), undefined, { ok: false, code: 'no-record' }],
    ['nowhere, after somebody else', region('v9.0.0', CHAIN), undefined, { ok: false, code: 'moved-on' }],
    ['nowhere, unseen', region(null, CHAIN), undefined, { ok: false, code: 'unknown-live' }],
  ])('is %s', (_, given, to, expected) => {
    expect(rollbackTarget(given, to)).toMatchObject(expected);
  });
});

describe('what stands against it', () => {
  const release = (changes: Partial<Release>): Release => ({
    version: 'v2.0.0',
    digest: '',
    schema: 'none',
    schemaNote: 'drops orders.legacy',
    notes: '',
    changeUrl: null,
    author: '',
    registeredBy: '',
    registeredAt: '',
    bad: null,
    ...changes,
  });
  const BAD = { at: '', by: null, reason: 'it loses carts.', operation: 'OP-1' };

  it.each<[string, Release | null, (Release | null)[], string | null]>([
    ['nothing', release({}), [release({})], null],
    ['nothing, of what was never registered', null, [null], null],
    ['an expansion of the schema', release({}), [release({ schema: 'expand' })], null],
    ['a target that is bad', release({ bad: BAD }), [], 'known-bad'],
    [
      'a contraction that is undone',
      release({}),
      [release({}), release({ schema: 'contract' })],
      'contract-migration',
    ],
    ['nothing, where the target has contracted', release({ schema: 'contract' }), [release({})], null],
  ])('is %s', (_, target, undone, code) => {
    expect(rollbackRefusal({ from: 'v3.0.0', to: 'v2.0.0' }, { target, undone })?.code ?? null).toBe(code);
  });
});
