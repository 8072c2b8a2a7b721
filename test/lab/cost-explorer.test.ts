import {
  CostExplorerClient,
  GetCostAndUsageCommand,
  type GetCostAndUsageRequest,
  GetCostForecastCommand,
  GetDimensionValuesCommand,
} from '@aws-sdk/client-cost-explorer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCostExplorer } from '#lab/cost-explorer/index.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

let fixture: GatewayFixture;
beforeAll(async () => {
  fixture = await startGateway((ctx) => [createCostExplorer(ctx)]);
  // Noon, so that yesterday is half seen whenever the test runs.
  const sinceNoon = (fixture.ctx.clock.now() - 43_200_000) % 86_400_000;
  fixture.advance(86_400_000 - sinceNoon);
});
afterAll(() => fixture.close());

const day = (offset: number) =>
  new Date(fixture.ctx.clock.now() + offset * 86_400_000).toISOString().slice(0, 10);
/** The last whole month that ended at least three days ago. */
function wholeMonth(): { Start: string; End: string } {
  const date = new Date(fixture.ctx.clock.now() - 10 * 86_400_000);
  const first = (months: number) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)).toISOString().slice(0, 10);
  return { Start: first(-1), End: first(0) };
}
const client = (region = 'us-east-1') => new CostExplorerClient(fixture.clientOptions(region));
const usage = (input: Partial<GetCostAndUsageRequest> = {}) =>
  client().send(
    new GetCostAndUsageCommand({
      TimePeriod: { Start: day(-8), End: day(-3) },
      Granularity: 'DAILY',
      Metrics: ['UnblendedCost'],
      ...input,
    }),
  );
const byServiceAndRegion = {
  GroupBy: [
    { Type: 'DIMENSION' as const, Key: 'REGION' },
    { Type: 'DIMENSION' as const, Key: 'SERVICE' },
  ],
};

describe('GetCostAndUsage', () => {
  it('bills a month close to the plan, plus what the plan forgot', async () => {
    const { ResultsByTime } = await usage({
      ...byServiceAndRegion,
      TimePeriod: wholeMonth(),
      Granularity: 'MONTHLY',
    });
    const groups = ResultsByTime?.[0]?.Groups ?? [];
    const total = (keep: (region: string, service: string) => boolean) =>
      groups.reduce(
        (sum, { Keys: [region = '', service = ''] = [], Metrics }) =>
          sum + (keep(region, service) ? Number(Metrics?.UnblendedCost?.Amount) : 0),
        0,
      );
    expect(
      total((region, service) => region === 'us-east-1' && service === 'Amazon Relational Database Service'),
    ).toBeCloseTo(3000, -3);
    expect(total((region) => region === 'global') / 2100).toBeCloseTo(1, 0);
    const unplanned = /Kafka|CloudWatch|Key Management/;
    const planned = total((_region, service) => !unplanned.test(service));
    expect(planned).toBeGreaterThan(23_900 * 0.9);
    expect(planned).toBeLessThan(23_900 * 1.1);
    expect(
      total((_region, service) => service === 'Amazon Managed Streaming for Apache Kafka'),
    ).toBeGreaterThan(1000);
    expect(ResultsByTime?.[0]?.Total).toEqual({});
    expect(ResultsByTime?.[0]?.Estimated).toBe(false);
  });

  it('gives the same figures again, moves from day to day, and adds up', async () => {
    const [once, again] = [await usage(), await usage()];
    expect(again.ResultsByTime).toEqual(once.ResultsByTime);
    expect(once.ResultsByTime).toHaveLength(5);
    const amounts = once.ResultsByTime?.map((result) => Number(result.Total?.UnblendedCost?.Amount)) ?? [];
    expect(new Set(amounts).size).toBe(5);
    const grouped = await usage({ GroupBy: [{ Type: 'DIMENSION', Key: 'SERVICE' }] });
    for (const [index, { Groups }] of (grouped.ResultsByTime ?? []).entries()) {
      const sum = Groups?.reduce((total, group) => total + Number(group.Metrics?.UnblendedCost?.Amount), 0);
      expect(sum).toBeCloseTo(amounts[index] ?? 0, 6);
    }
  });

  it('is a day behind, and its end is exclusive', async () => {
    const { ResultsByTime } = await usage({ TimePeriod: { Start: day(-3), End: day(1) } });
    const amounts = ResultsByTime?.map((result) => Number(result.Total?.UnblendedCost?.Amount)) ?? [];
    expect(ResultsByTime?.at(-1)?.TimePeriod).toEqual({ Start: day(0), End: day(1) });
    expect(amounts[3]).toBe(0);
    expect((amounts[2] ?? 0) / (amounts[0] ?? 1)).toBeCloseTo(0.5, 1);
    expect(ResultsByTime?.[0]?.Estimated).toBe(true);
  });

  it('has something to find: data transfer of one Region rose lately', async () => {
    const only = {
      Dimensions: {
        Key: 'USAGE_TYPE' as const,
        Values: ['NatGateway-Bytes'],
        MatchOptions: ['ENDS_WITH' as const],
      },
    };
    const cost = async (Start: string, End: string) => {
      const { ResultsByTime } = await usage({
        TimePeriod: { Start, End },
        Filter: only,
        GroupBy: [{ Type: 'DIMENSION', Key: 'REGION' }],
      });
      const amounts = (ResultsByTime ?? [])
        .flatMap((result) => result.Groups ?? [])
        .filter((group) => group.Keys?.[0] === 'eu-west-1');
      return (
        amounts.reduce((sum, group) => sum + Number(group.Metrics?.UnblendedCost?.Amount), 0) / amounts.length
      );
    };
    expect((await cost(day(-5), day(-2))) / (await cost(day(-20), day(-14)))).toBeGreaterThan(1.8);
  });

  it('filters with And, Or and Not', async () => {
    const dimension = (Key: 'REGION' | 'SERVICE', Values: string[]) => ({ Dimensions: { Key, Values } });
    const total = async (Filter?: GetCostAndUsageRequest['Filter']) =>
      Number(
        (await usage({ Filter, TimePeriod: { Start: day(-6), End: day(-5) } })).ResultsByTime?.[0]?.Total
          ?.UnblendedCost?.Amount,
      );
    const west = dimension('REGION', ['eu-west-1']);
    const s3 = dimension('SERVICE', ['Amazon Simple Storage Service']);
    const [all, inWest, notWest, both, either] = [
      await total(),
      await total(west),
      await total({ Not: west }),
      await total({ And: [west, s3] }),
      await total({ Or: [west, s3] }),
    ];
    expect(inWest + notWest).toBeCloseTo(all, 6);
    expect(both).toBeLessThan(inWest);
    expect(either).toBeGreaterThan(inWest);
  });

  it('pages a long daily answer without losing a day', async () => {
    const days: string[] = [];
    let NextPageToken: string | undefined;
    do {
      const page = await usage({
        ...byServiceAndRegion,
        TimePeriod: { Start: day(-400), End: day(0) },
        NextPageToken,
      });
      days.push(...(page.ResultsByTime ?? []).map((result) => result.TimePeriod?.Start ?? ''));
      NextPageToken = page.NextPageToken;
    } while (NextPageToken);
    expect(days).toEqual(Array.from({ length: 400 }, (_, index) => day(index - 400)));
  });

  it.each([
    ['a start after its end', { TimePeriod: { Start: '2026-02-02', End: '2026-02-01' } }, 'before end date'],
    [
      'a day that does not exist',
      { TimePeriod: { Start: '2026-02-30', End: '2026-03-02' } },
      'TimePeriod.Start',
    ],
    ['a time long ago', { TimePeriod: { Start: '2020-01-01', End: '2020-02-01' } }, '14 months'],
    ['hours', { Granularity: 'HOURLY' as const }, 'Hourly'],
    ['no metric', { Metrics: [] }, 'Metrics'],
    ['an unknown metric', { Metrics: ['Money'] }, 'Money'],
    [
      'three groupings',
      { GroupBy: ['REGION', 'SERVICE', 'USAGE_TYPE'].map((Key) => ({ Type: 'DIMENSION' as const, Key })) },
      'GroupBy',
    ],
    ['an unknown dimension', { GroupBy: [{ Type: 'DIMENSION' as const, Key: 'MOOD' }] }, 'MOOD'],
    [
      'a filter with two roots',
      { Filter: { Not: { Dimensions: { Key: 'REGION' as const, Values: ['x'] } }, And: [] } },
      'roots',
    ],
  ])('refuses %s', async (_name, input, named) => {
    await expect(usage(input)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(named),
    });
  });

  it('has its endpoint in us-east-1', async () => {
    const call = client('eu-west-1').send(
      new GetCostAndUsageCommand({
        TimePeriod: wholeMonth(),
        Granularity: 'MONTHLY',
        Metrics: ['UnblendedCost'],
      }),
    );
    await expect(call).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringContaining('us-east-1'),
    });
  });
});

describe('GetCostForecast and GetDimensionValues', () => {
  it('carries the last month on, within an interval', async () => {
    const forecast = (TimePeriod: object, extra: object = {}) =>
      client().send(
        new GetCostForecastCommand({
          TimePeriod,
          Metric: 'UNBLENDED_COST',
          Granularity: 'DAILY',
          ...extra,
        } as never),
      );
    const { ForecastResultsByTime, Total } = await forecast({ Start: day(0), End: day(10) });
    expect(ForecastResultsByTime).toHaveLength(10);
    const [first] = ForecastResultsByTime ?? [];
    expect(Number(Total?.Amount)).toBeCloseTo(10 * Number(first?.MeanValue), 4);
    expect(Number(first?.MeanValue)).toBeGreaterThan(700);
    expect(Number(first?.MeanValue)).toBeLessThan(1000);
    expect(Number(first?.PredictionIntervalLowerBound)).toBeLessThan(Number(first?.MeanValue));
    await expect(forecast({ Start: day(-1), End: day(3) })).rejects.toThrow('past');
    await expect(forecast({ Start: day(0), End: day(3) }, { PredictionIntervalLevel: 10 })).rejects.toThrow(
      'PredictionIntervalLevel',
    );
  });

  it('tells a Region that costs nothing from one that is misspelt', async () => {
    const values = await client().send(
      new GetDimensionValuesCommand({ Dimension: 'REGION', TimePeriod: { Start: day(-6), End: day(-3) } }),
    );
    expect(values.DimensionValues?.map((one) => one.Value)).toEqual([
      'ap-southeast-1',
      'eu-west-1',
      'global',
      'us-east-1',
    ]);
    expect([values.ReturnSize, values.TotalSize]).toEqual([4, 4]);
  });
});
