import { describe, expect, it } from 'vitest';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import type { Sli } from '../traffic/gate.ts';
import {
  type GateInput,
  judgeGate,
  type MeasuredTraffic,
  QUIET,
  runAlertClock,
  untilRollbackMs,
} from './gate.ts';

const estate = seedEstate();
const environment = { ...environmentOf(estate), minSample: 200, onThinTraffic: 'hold' as const };
const sli = (changes: Partial<Sli> = {}): Sli => ({ requests: 1_000, errors: 0, p95Ms: 120, ...changes });
const NO_ORDERS: Sli = { requests: 0, errors: 0, p95Ms: null };

function traffic(
  region: string,
  reads: Partial<Sli> = {},
  writes: Partial<Sli> | null = null,
): MeasuredTraffic {
  return { region, reads: sli(reads), writes: writes ? sli(writes) : NO_ORDERS, error: null };
}

function look(changes: Partial<GateInput> = {}) {
  return judgeGate({
    estate,
    environment,
    region: 'eu-west-1',
    traffic: traffic('eu-west-1'),
    use: { region: 'eu-west-1', cpuPercent: 40, memoryPercent: 50, error: null },
    baseline: [],
    windowSeconds: 60,
    ...changes,
  });
}

const bands = (found: ReturnType<typeof look>) =>
  Object.fromEntries(found.metrics.map(({ metric, subject, band }) => [`${metric} ${subject}`, band]));

describe('the gate of a deployment', () => {
  it.each<[string, Partial<GateInput>, string, boolean]>([
    ['all is well', {}, 'pass', false],
    ['errors at the gate', { traffic: traffic('eu-west-1', { errors: 1 }) }, 'hold', false],
    ['errors at the limit', { traffic: traffic('eu-west-1', { errors: 10 }) }, 'hold', false],
    ['errors above it', { traffic: traffic('eu-west-1', { errors: 11 }) }, 'revert', false],
    ['p95 under the gate', { traffic: traffic('eu-west-1', { p95Ms: 199 }) }, 'pass', false],
    ['p95 at the gate', { traffic: traffic('eu-west-1', { p95Ms: 200 }) }, 'hold', false],
    ['p95 at the limit', { traffic: traffic('eu-west-1', { p95Ms: 500 }) }, 'hold', false],
    ['p95 above it', { traffic: traffic('eu-west-1', { p95Ms: 501 }) }, 'revert', false],
    ['no p95', { traffic: traffic('eu-west-1', { p95Ms: null }) }, 'hold', false],
    ['too few requests', { traffic: traffic('eu-west-1', { requests: 199 }) }, 'hold', true],
    [
      'too few, without doubt bad',
      { traffic: traffic('eu-west-1', { requests: 50, errors: 20 }) },
      'revert',
      false,
    ],
    ['no requests', { traffic: traffic('eu-west-1', { requests: 0, p95Ms: null }) }, 'hold', true],
    [
      'a Region that does not report',
      { traffic: { ...traffic('eu-west-1'), error: 'timed out' } },
      'hold',
      false,
    ],
    ['nothing at all', { traffic: undefined, use: undefined }, 'hold', false],
    [
      'CPU at the gate',
      { use: { region: 'eu-west-1', cpuPercent: 70, memoryPercent: 50, error: null } },
      'hold',
      false,
    ],
    [
      'memory at the gate',
      { use: { region: 'eu-west-1', cpuPercent: 40, memoryPercent: 80, error: null } },
      'hold',
      false,
    ],
    [
      'no CPU',
      { use: { region: 'eu-west-1', cpuPercent: null, memoryPercent: 50, error: null } },
      'hold',
      false,
    ],
    [
      'slow orders, as far as the writer is',
      { traffic: traffic('eu-west-1', {}, { p95Ms: 270 }) },
      'pass',
      false,
    ],
    ['slower orders than that', { traffic: traffic('eu-west-1', {}, { p95Ms: 280 }) }, 'hold', false],
    ['failed orders at the gate', { traffic: traffic('eu-west-1', {}, { errors: 1 }) }, 'hold', false],
    ['failed orders at the limit', { traffic: traffic('eu-west-1', {}, { errors: 10 }) }, 'hold', false],
    ['failed orders above it', { traffic: traffic('eu-west-1', {}, { errors: 11 }) }, 'revert', false],
    [
      'one failed order of few',
      { traffic: traffic('eu-west-1', {}, { requests: 24, errors: 1 }) },
      'hold',
      false,
    ],
    [
      'failed orders of few, without doubt',
      { traffic: traffic('eu-west-1', {}, { requests: 24, errors: 6 }) },
      'revert',
      false,
    ],
    ['too few orders', { traffic: traffic('eu-west-1', {}, { requests: 9 }) }, 'hold', true],
  ])('with %s', (_, changes, band, thin) => {
    const found = look(changes);
    expect({ band: found.band, thin: found.thin }).toEqual({ band, thin });
  });

  it('passes thin traffic where the environment says so, and never what was not answered', () => {
    const lenient = { ...environment, onThinTraffic: 'pass-with-note' as const };
    expect(look({ environment: lenient, traffic: traffic('eu-west-1', { requests: 3 }) }).band).toBe('pass');
    expect(look({ environment: lenient, traffic: undefined }).band).toBe('hold');
  });

  it('names every number with its limits, its sample and its baseline', () => {
    const found = look({ baseline: [traffic('us-east-1', { errors: 1, p95Ms: 90 })] });
    expect(found.metrics[0]).toEqual({
      metric: 'errors',
      subject: 'reads',
      value: 0,
      unit: 'share',
      passBelow: 0.001,
      revertAbove: 0.01,
      samples: 1_000,
      band: 'pass',
      baseline: 0.001,
      message: '0 errors in 1000 requests of reads',
    });
    expect(found.metrics[1]).toMatchObject({ metric: 'p95', passBelow: 200, revertAbove: 500, baseline: 90 });
    expect(found.metrics.at(-1)).toMatchObject({
      metric: 'memory',
      unit: 'percent',
      passBelow: 80,
      revertAbove: null,
    });
  });
});

describe('against Regions with the version of before', () => {
  const many = (errors: number) => traffic('us-east-1', { requests: 100_000, errors });

  it.each<[string, Partial<Sli>, MeasuredTraffic[], string]>([
    ['worse, and chance does not explain it', { requests: 100_000, errors: 90 }, [many(5)], 'hold'],
    ['worse, and chance may explain it', { requests: 1_000, errors: 0 }, [many(5)], 'pass'],
    ['half as slow again', { p95Ms: 180 }, [traffic('us-east-1', { p95Ms: 100 })], 'hold'],
    ['a little slower', { p95Ms: 140 }, [traffic('us-east-1', { p95Ms: 100 })], 'pass'],
    ['slow where the others are', { p95Ms: 180 }, [traffic('us-east-1', { p95Ms: 170 })], 'pass'],
    ['beyond a limit alone', { errors: 50 }, [traffic('us-east-1')], 'revert'],
    ['beyond a limit everywhere', { errors: 50 }, [traffic('us-east-1', { errors: 40 })], 'hold'],
    [
      'beyond a limit in some',
      { errors: 50 },
      [traffic('us-east-1', { errors: 40 }), traffic('ap-southeast-1')],
      'revert',
    ],
    ['slow beyond a limit everywhere', { p95Ms: 700 }, [traffic('us-east-1', { p95Ms: 800 })], 'hold'],
    [
      'compared with too few requests',
      { p95Ms: 180 },
      [traffic('us-east-1', { requests: 20, p95Ms: 50 })],
      'pass',
    ],
    [
      'compared with what does not report',
      { p95Ms: 180 },
      [{ ...traffic('us-east-1', { p95Ms: 50 }), error: 'lost' }],
      'pass',
    ],
  ])('%s', (_, reads, baseline, band) => {
    expect(look({ traffic: traffic('eu-west-1', reads), baseline }).band).toBe(band);
  });

  it('says whom it was compared with', () => {
    const found = look({
      traffic: traffic('eu-west-1', { errors: 50 }),
      baseline: [traffic('us-east-1', { errors: 40 })],
    });
    expect(found.message).toContain(
      'so is us-east-1, which serves the version of before: not the release’s doing',
    );
    expect(bands(found)['errors reads']).toBe('hold');
  });
});

describe('how long a limit was passed', () => {
  const bad = look({ traffic: traffic('eu-west-1', { errors: 50 }) }).metrics;
  const slow = look({ traffic: traffic('eu-west-1', { p95Ms: 900 }) }).metrics;
  const good = look().metrics;
  const unknown = look({ traffic: undefined }).metrics;
  const DURATIONS = { errorsMs: 120_000, p95Ms: 300_000 };

  it.each<[string, [typeof good, number][], number | null]>([
    ['nothing', [[good, 0]], null],
    ['errors, just now', [[bad, 1_000]], 120_000],
    [
      'errors for a minute',
      [
        [bad, 0],
        [bad, 60_000],
      ],
      60_000,
    ],
    [
      'errors for two minutes',
      [
        [bad, 0],
        [bad, 120_000],
      ],
      0,
    ],
    [
      'errors with a break',
      [
        [bad, 0],
        [good, 60_000],
        [bad, 120_000],
      ],
      120_000,
    ],
    [
      'errors with a look that knew nothing',
      [
        [bad, 0],
        [unknown, 60_000],
        [bad, 120_000],
      ],
      0,
    ],
    [
      'latency for two minutes',
      [
        [slow, 0],
        [slow, 120_000],
      ],
      180_000,
    ],
    [
      'latency for five minutes',
      [
        [slow, 0],
        [slow, 300_000],
      ],
      0,
    ],
  ])('%s', (_, looks, left) => {
    const clock = looks.reduce((before, [metrics, atMs]) => runAlertClock(before, metrics, atMs), QUIET);
    expect(untilRollbackMs(clock, DURATIONS, looks.at(-1)?.[1] ?? 0)).toBe(left);
  });
});
