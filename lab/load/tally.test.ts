import { describe, expect, it } from 'vitest';
import { createTally } from './tally.ts';
import type { Outcome } from './visit.ts';

function outcome(over: Partial<Outcome>): Outcome {
  return {
    kind: 'read',
    geography: 'na',
    startedAt: 0,
    endedAt: 0,
    latencyMs: 20,
    status: 200,
    failed: false,
    region: 'us-east-1',
    version: '1.0.0',
    ...over,
  };
}

describe('the tally', () => {
  it('tells shares, errors and percentiles of its window only', () => {
    let now = 1_000_000;
    const tally = createTally(() => now);
    tally.add(outcome({ region: 'ap-southeast-1', latencyMs: 900 }));
    now += 61_000;
    for (let ms = 1; ms <= 75; ms += 1) tally.add(outcome({ latencyMs: ms }));
    for (let ms = 76; ms <= 100; ms += 1) {
      tally.add(outcome({ latencyMs: ms, region: 'eu-west-1', geography: 'eu', version: '2.0.0' }));
    }
    tally.add(
      outcome({ kind: 'order', status: undefined, failed: true, version: undefined, latencyMs: 6_000 }),
    );
    const report = tally.window(60);
    expect(report).toMatchObject({ requests: 101, errors: 1, p50Ms: 50, p95Ms: 95 });
    expect(report.shareByRegion).toEqual({ 'us-east-1': 0.75, 'eu-west-1': 0.25 });
    expect(report.shareByVersion).toEqual({ '1.0.0': 0.75, '2.0.0': 0.25 });
    expect(report.orders).toMatchObject({ requests: 1, errors: 1, errorShare: 1, p95Ms: null });
    expect(tally.window(60, 'eu')).toMatchObject({ requests: 25, shareByRegion: { 'eu-west-1': 1 } });
    expect(tally.window(60, 'ap')).toMatchObject({ requests: 0, errorShare: null, shareByRegion: {} });
    expect(tally.window(900).requests).toBe(102);
    expect(tally.total()).toMatchObject({ requests: 102, errors: 1 });
  });

  it('tells which version served where since a moment, and when first', () => {
    const tally = createTally(() => 2_000_000);
    const at = (ms: number) => ({ startedAt: ms, endedAt: ms + 20 });
    tally.add(outcome({ ...at(1_999_000), version: 'v1.9.0' }));
    tally.add(outcome({ ...at(1_999_400), version: 'v2.0.0', kind: 'order', status: 500, failed: true }));
    tally.add(outcome({ ...at(1_999_300), version: 'v2.0.0' }));
    tally.add(outcome({ ...at(1_999_900), status: undefined, failed: true, version: undefined }));
    expect(tally.versionsSince(1_999_100)).toEqual([
      {
        region: 'us-east-1',
        version: 'v2.0.0',
        requests: 2,
        errors: 1,
        orders: 1,
        orderErrors: 1,
        firstAt: 1_999_320,
        lastAt: 1_999_420,
      },
    ]);
    expect(tally.versionsSince(0).map(({ version }) => version)).toEqual(['v1.9.0', 'v2.0.0']);
    tally.clear();
    expect(tally.versionsSince(0)).toEqual([]);
  });

  it('keeps a quarter of an hour', () => {
    let now = 5_000_000;
    const tally = createTally(() => now);
    for (let second = 0; second < 1_200; second += 1) {
      tally.add(outcome({ kind: second % 2 ? 'order' : 'read' }));
      now += 1_000;
    }
    const recent = tally.recent();
    expect(recent.length).toBeGreaterThan(895);
    expect(recent.length).toBeLessThanOrEqual(901);
    expect(recent.at(-1)).toMatchObject({ requests: 1, orders: 1, answeredByRegion: { 'us-east-1': 1 } });
  });

  it('tells downtime apart by geography and by kind', () => {
    const tally = createTally(() => 9_000_000);
    for (let n = 0; n < 3; n += 1) {
      tally.add(outcome({ kind: 'order', geography: 'eu', failed: true, startedAt: n, endedAt: n }));
      tally.add(outcome({ kind: 'order', startedAt: n, endedAt: n }));
    }
    expect(tally.downtime('eu').orders).toHaveLength(1);
    expect(tally.downtime('eu').reads).toEqual([]);
    expect(tally.downtime('na').orders).toEqual([]);
    expect(tally.downtime().orders).toEqual([]);
  });
});
