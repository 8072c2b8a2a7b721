import { describe, expect, it } from 'vitest';
import { sliQueries, toDataQuery } from '#lib/domain/observation/metric-queries.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { alignInside, weightedMs } from './metrics.ts';

describe('whole periods inside a window', () => {
  it.each([
    [0, 60_000, 5, 0, 60_000],
    [1, 59_999, 5, 5_000, 55_000],
    [5_000, 9_999, 5, 5_000, 5_000],
    [1, 4_999, 5, 5_000, 5_000],
    [30_000, 210_000, 60, 60_000, 180_000],
  ])('%d to %d at %d s: %d to %d', (fromMs, toMs, periodSeconds, from, to) => {
    expect(alignInside({ fromMs, toMs }, periodSeconds)).toEqual({ fromMs: from, toMs: to });
  });
});

describe('a percentile over several periods', () => {
  it.each<[string, [number, number][] | undefined, [number, number][] | undefined, number | null]>([
    ['one period', [[0, 0.1]], [[0, 10]], 100],
    [
      'weighted by requests',
      [
        [0, 0.1],
        [1, 0.4],
      ],
      [
        [0, 30],
        [1, 10],
      ],
      175,
    ],
    [
      'a period without its count counts once',
      [
        [0, 0.1],
        [1, 0.4],
      ],
      [[0, 2]],
      200,
    ],
    ['nothing measured', [], [[0, 10]], null],
    ['nothing asked', undefined, undefined, null],
  ])('%s', (_, percentiles, requests, ms) => {
    const points = (pairs: [number, number][] | undefined) =>
      pairs?.map(([atMs, value]) => ({ atMs, value }));
    const result = weightedMs(points(percentiles), points(requests));
    if (ms === null) expect(result).toBeNull();
    else expect(result).toBeCloseTo(ms, 6);
  });
});

it('asks for the target group of reads and of writes', () => {
  const [region] = seedEstate().regions;
  if (!region) throw new Error('The estate has no Region.');
  const [requests] = sliQueries(region, 'writes');
  if (!requests) throw new Error('There is no query.');
  expect(toDataQuery(requests, 5)).toEqual({
    Id: 'writes_requests',
    ReturnData: true,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/ApplicationELB',
        MetricName: 'RequestCount',
        Dimensions: [
          { Name: 'LoadBalancer', Value: region.loadBalancer.name },
          { Name: 'TargetGroup', Value: region.loadBalancer.writeTargetGroup },
        ],
      },
      Period: 5,
      Stat: 'Sum',
    },
  });
});
