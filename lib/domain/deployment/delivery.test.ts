import { describe, expect, it } from 'vitest';
import { type CountedRun, deliveryNumbers, failureOf, rollbacksOf } from './delivery.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-26T12:00:00.000Z');
const ago = (days: number) => NOW - days * DAY;
const REGIONS = ['us', 'eu', 'ap'];

let made = 0;
/** A deployment that went through `days` ago, in half an hour a Region. */
function run(days: number, changes: Partial<CountedRun> = {}): CountedRun {
  made += 1;
  const begunAtMs = ago(days);
  return {
    id: `OP-${made}`,
    kind: 'deployment',
    version: 'v2.0.0',
    state: 'done',
    requestedAtMs: begunAtMs - 60_000,
    begunAtMs,
    turnedAtMs: null,
    endedAtMs: begunAtMs + 5_400_000,
    regions: REGIONS,
    switchedAtMs: { us: begunAtMs, eu: begunAtMs + 1_800_000, ap: begunAtMs + 3_600_000 },
    reverts: null,
    ...changes,
  };
}

function turned(days: number, seconds: number, changes: Partial<CountedRun> = {}): CountedRun {
  const turnedAtMs = ago(days) + 600_000;
  return run(days, {
    state: 'reverted',
    turnedAtMs,
    endedAtMs: turnedAtMs + seconds * 1_000,
    switchedAtMs: { us: ago(days) },
    ...changes,
  });
}

function rollback(days: number, seconds: number, changes: Partial<CountedRun> = {}): CountedRun {
  const requestedAtMs = ago(days);
  return run(days, {
    kind: 'rollback',
    version: null,
    requestedAtMs,
    begunAtMs: requestedAtMs + 100,
    endedAtMs: requestedAtMs + seconds * 1_000,
    switchedAtMs: {},
    ...changes,
  });
}

const numbers = (runs: CountedRun[], registered: [string, number][] = [], days: 7 | 30 | 90 = 7) =>
  deliveryNumbers({ runs, registeredAtMs: new Map(registered), regions: REGIONS, nowMs: NOW }).find(
    (found) => found.days === days,
  );

it('with nothing to go by says so, and not zero', () => {
  expect(numbers([])).toEqual({
    days: 7,
    frequency: { value: null, samples: 0 },
    lead: { value: null, samples: 0 },
    failure: { value: null, samples: 0 },
    restore: { value: null, samples: 0 },
    unrestored: 0,
  });
});

describe('frequency', () => {
  it('counts deployments that users were sent to, in their time', () => {
    const runs = [run(1), run(3), run(8), turned(2, 30), run(4, { switchedAtMs: {} })];
    expect(numbers(runs)?.frequency).toEqual({ value: 3 / 7, samples: 3 });
    expect(numbers(runs, [], 30)?.frequency).toEqual({ value: 4 / 30, samples: 4 });
  });

  it('counts neither rollbacks nor what never began', () => {
    expect(
      numbers([rollback(1, 5), run(1, { begunAtMs: null, state: 'withdrawn' })])?.frequency.samples,
    ).toBe(0);
  });
});

describe('lead time', () => {
  it('ends when the last Region’s users were sent to it', () => {
    const registered: [string, number] = ['v2.0.0', ago(3)];
    expect(numbers([run(2)], [registered])?.lead).toEqual({ value: 86_400 + 3_600, samples: 1 });
  });

  it('of a version that came in parts ends with the last part', () => {
    const runs = [
      run(5, { switchedAtMs: { us: ago(5) } }),
      run(3, { switchedAtMs: { eu: ago(3), us: ago(3) } }),
      run(1, { switchedAtMs: { ap: ago(1) } }),
    ];
    expect(numbers(runs, [['v2.0.0', ago(6)]])?.lead).toEqual({ value: 5 * 86_400, samples: 1 });
  });

  it('is none of what is not everywhere, or nobody registered', () => {
    expect(numbers([run(1, { switchedAtMs: { us: ago(1) } })], [['v2.0.0', ago(2)]])?.lead.samples).toBe(0);
    expect(numbers([run(1)])?.lead.samples).toBe(0);
  });

  it('is the median', () => {
    const runs = ['v1.0.0', 'v1.1.0', 'v1.2.0', 'v1.3.0'].map((version, n) =>
      run(1, { version, switchedAtMs: { us: ago(1), eu: ago(1), ap: ago(1) + n } }),
    );
    const seconds = [10, 20, 40, 900];
    const registered = runs.map(({ version }, n): [string, number] => [
      version ?? '',
      ago(1) + n - (seconds[n] ?? 0) * 1_000,
    ]);
    expect(numbers(runs, registered)?.lead).toEqual({ value: 30, samples: 4 });
  });
});

describe('failures', () => {
  it.each<[string, CountedRun, CountedRun[], ReturnType<typeof failureOf>]>([
    ['none went through', run(1), [], null],
    [
      'turned round by a gate',
      turned(1, 12),
      [],
      { failedAtMs: ago(1) + 600_000, restoredAtMs: ago(1) + 612_000 },
    ],
    [
      'turned round, and still on the way back',
      turned(1, 0, { state: 'reverting', endedAtMs: null }),
      [],
      { failedAtMs: ago(1) + 600_000, restoredAtMs: null },
    ],
    [
      'turned round, and the way back failed',
      turned(1, 60, { state: 'failed' }),
      [],
      { failedAtMs: ago(1) + 600_000, restoredAtMs: null },
    ],
  ])('%s', (_, one, others, failure) => {
    expect(failureOf(one, rollbacksOf([one, ...others]))).toEqual(failure);
  });

  it('a rollback takes back the one it names, else the last that reached its Regions', () => {
    const [older, newer] = [run(5), run(2)];
    const unnamed = rollback(1, 20);
    expect(failureOf(newer, rollbacksOf([older, newer, unnamed]))).toEqual({
      failedAtMs: ago(1),
      restoredAtMs: ago(1) + 20_000,
    });
    expect(failureOf(older, rollbacksOf([older, newer, unnamed]))).toBeNull();
    const named = rollback(1, 20, { reverts: older.id });
    expect(failureOf(older, rollbacksOf([older, newer, named]))).not.toBeNull();
    expect(failureOf(newer, rollbacksOf([older, newer, named]))).toBeNull();
    const elsewhere = rollback(1, 20, { regions: ['sa'] });
    expect(failureOf(newer, rollbacksOf([older, newer, elsewhere]))).toBeNull();
    const unbegun = rollback(1, 20, { begunAtMs: null });
    expect(failureOf(newer, rollbacksOf([older, newer, unbegun]))).toBeNull();
  });

  it('are a part of what ended; what an emergency cut short is not judged', () => {
    const runs = [run(1), turned(2, 12), turned(3, 48), run(4, { state: 'superseded' }), run(9)];
    expect(numbers(runs)).toMatchObject({
      failure: { value: 2 / 3, samples: 3 },
      restore: { value: 30, samples: 2 },
      unrestored: 0,
    });
  });

  it('that nothing restored are counted apart', () => {
    const runs = [
      turned(1, 12),
      turned(2, 60, { state: 'failed' }),
      run(3),
      rollback(2.5, 0, { state: 'failed' }),
    ];
    expect(numbers(runs)).toMatchObject({
      failure: { value: 1, samples: 3 },
      restore: { value: 12, samples: 1 },
      unrestored: 2,
    });
  });
});
