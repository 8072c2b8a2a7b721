import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type GetMetricDataInput,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAlarms } from '#lab/cloudwatch/alarms.ts';
import { createCloudWatch } from '#lab/cloudwatch/index.ts';
import type { LabPart } from '#lab/kernel/context.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

const REGION = 'eu-west-1';
const LOAD_BALANCER = { LoadBalancer: 'app/shop/1' };
const metric = (name: string, stat = 'Sum', period = 60) => ({
  Metric: {
    Namespace: 'AWS/ApplicationELB',
    MetricName: name,
    Dimensions: [{ Name: 'LoadBalancer', Value: 'app/shop/1' }],
  },
  Stat: stat,
  Period: period,
});

let fixture: GatewayFixture;
let part: LabPart;
beforeAll(async () => {
  fixture = await startGateway((ctx) => {
    const cloudWatch = createCloudWatch(ctx);
    part = cloudWatch.part;
    return [cloudWatch.service];
  });
});
afterEach(() => {
  fixture.ctx.metrics.clear();
  fixture.advance(1000);
});
afterAll(async () => {
  await part.close();
  await fixture.close();
});

const client = (options: object = {}) =>
  new CloudWatchClient({ ...fixture.clientOptions(REGION), ...options });
/** The beginning of the last whole minute. */
const minute = () => Math.floor(fixture.ctx.clock.now() / 60_000) * 60_000 - 60_000;

function record(name: string, atMs: number, values: number[], region = REGION): void {
  for (const value of values) {
    const id = { region, namespace: 'AWS/ApplicationELB', name, dimensions: LOAD_BALANCER };
    fixture.ctx.metrics.record(id, 'Count', value, { atMs });
  }
}

const getData = (input: Partial<GetMetricDataInput>, options: object = {}) =>
  client(options).send(
    new GetMetricDataCommand({
      MetricDataQueries: [{ Id: 'm1', MetricStat: metric('RequestCount') }],
      StartTime: new Date(minute() - 5 * 60_000),
      EndTime: new Date(minute() + 60_000),
      ...input,
    }),
  );

describe('GetMetricData', () => {
  it('gives the error rate that the product asks for, newest first, only where there are requests', async () => {
    const at = minute();
    record(
      'RequestCount',
      at - 60_000,
      Array.from({ length: 200 }, () => 1),
    );
    record(
      'RequestCount',
      at,
      Array.from({ length: 100 }, () => 1),
    );
    record('HTTPCode_Target_5XX_Count', at, [1, 1]);
    const { MetricDataResults, NextToken } = await getData({
      MetricDataQueries: [
        { Id: 'r', MetricStat: metric('RequestCount'), ReturnData: false },
        { Id: 'e', MetricStat: metric('HTTPCode_Target_5XX_Count'), ReturnData: false },
        { Id: 'rate', Expression: '100*FILL(e,0)/r', Label: 'Errors, %' },
      ],
    });
    expect(NextToken).toBeUndefined();
    expect(MetricDataResults).toEqual([
      {
        Id: 'rate',
        Label: 'Errors, %',
        Timestamps: [new Date(at), new Date(at - 60_000)],
        Values: [2, 0],
        StatusCode: 'Complete',
      },
    ]);
  });

  it('gives percentiles and five-second periods', async () => {
    const at = minute();
    for (let i = 1; i <= 100; i += 1) record('Latency', at + (i % 2) * 5000, [i / 100]);
    const { MetricDataResults } = await getData({
      MetricDataQueries: [
        { Id: 'p95', MetricStat: metric('Latency', 'p95') },
        { Id: 'n', MetricStat: metric('Latency', 'SampleCount', 5) },
      ],
      ScanBy: 'TimestampAscending',
    });
    expect(MetricDataResults?.[0]?.Values?.[0]).toBeCloseTo(0.95, 1);
    expect(MetricDataResults?.[1]?.Timestamps).toEqual([new Date(at), new Date(at + 5000)]);
    expect(MetricDataResults?.[1]?.Values).toEqual([50, 50]);
  });

  it('pages through all points and accepts a token only for its own request', async () => {
    const at = minute();
    for (let second = 0; second < 50; second += 5) record('RequestCount', at + second * 1000, [second]);
    const input = {
      MetricDataQueries: ['a', 'b'].map((Id) => ({ Id, MetricStat: metric('RequestCount', 'Sum', 5) })),
      ScanBy: 'TimestampAscending' as const,
      StartTime: new Date(at),
      EndTime: new Date(at + 60_000),
      MaxDatapoints: 7,
    };
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await getData({ ...input, NextToken });
      for (const result of page.MetricDataResults ?? []) {
        for (const value of result.Values ?? []) seen.push(`${result.Id}${value}`);
      }
      NextToken = page.NextToken;
    } while (NextToken);
    const all = Array.from({ length: 10 }, (_, i) => i * 5);
    expect(seen).toEqual([...all.map((value) => `a${value}`), ...all.map((value) => `b${value}`)]);
    const first = await getData(input);
    await expect(getData({ ...input, MaxDatapoints: 8, NextToken: first.NextToken })).rejects.toMatchObject({
      name: 'InvalidNextToken',
    });
  });

  it('sees a Region’s own metrics alone', async () => {
    record('RequestCount', minute(), [5], 'us-east-1');
    expect((await getData({})).MetricDataResults?.[0]?.Values).toEqual([]);
    expect((await getData({}, { region: 'us-east-1' })).MetricDataResults?.[0]?.Values).toEqual([5]);
  });

  it.each([
    ['no queries', { MetricDataQueries: [] }, 'MetricDataQueries'],
    [
      '501 queries',
      {
        MetricDataQueries: Array.from({ length: 501 }, (_, i) => ({ Id: `m${i}`, MetricStat: metric('x') })),
      },
      '500',
    ],
    [
      'an id twice',
      { MetricDataQueries: ['m', 'm'].map((Id) => ({ Id, MetricStat: metric('x') })) },
      'more than one',
    ],
    ['an id in capitals', { MetricDataQueries: [{ Id: 'M1', MetricStat: metric('x') }] }, 'lower-case'],
    ['a period of 7 s', { MetricDataQueries: [{ Id: 'm', MetricStat: metric('x', 'Sum', 7) }] }, 'Period'],
    ['an unknown statistic', { MetricDataQueries: [{ Id: 'm', MetricStat: metric('x', 'p101') }] }, 'Stat'],
    ['neither metric nor expression', { MetricDataQueries: [{ Id: 'm' }] }, 'exactly one'],
    ['an expression on itself', { MetricDataQueries: [{ Id: 'm', Expression: 'm+1' }] }, 'itself'],
    [
      'nothing to return',
      { MetricDataQueries: [{ Id: 'm', MetricStat: metric('x'), ReturnData: false }] },
      'ReturnData',
    ],
    ['an end before its start', { StartTime: new Date(2000), EndTime: new Date(1000) }, 'StartTime'],
  ])('refuses %s', async (_name, input, named) => {
    await expect(getData(input)).rejects.toThrow(named);
  });
});

describe('GetMetricStatistics, PutMetricData, ListMetrics', () => {
  it('puts, lists and reads in json and in query', async () => {
    const Timestamp = new Date(minute());
    const options = {
      protocol: new AwsQueryProtocol({
        defaultNamespace: 'com.amazonaws.cloudwatch',
        xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
        version: '2010-08-01',
      }),
    };
    for (const one of [client(), client(options)]) {
      fixture.ctx.metrics.clear();
      const Dimensions = [{ Name: 'Link', Value: 'a>b' }];
      await one.send(
        new PutMetricDataCommand({
          Namespace: 'Shop',
          MetricData: [
            { MetricName: 'Orders', Dimensions, Timestamp, Unit: 'Count', Values: [1, 5], Counts: [3, 1] },
            {
              MetricName: 'Orders',
              Dimensions,
              Timestamp,
              Unit: 'Count',
              StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 2, Maximum: 8 },
            },
          ],
        }),
      );
      const { Metrics } = await one.send(
        new ListMetricsCommand({ Namespace: 'Shop', Dimensions: [{ Name: 'Link' }] }),
      );
      expect(Metrics).toEqual([{ Namespace: 'Shop', MetricName: 'Orders', Dimensions }]);
      const { Datapoints, Label } = await one.send(
        new GetMetricStatisticsCommand({
          Namespace: 'Shop',
          MetricName: 'Orders',
          Dimensions,
          StartTime: new Date(minute()),
          EndTime: new Date(minute() + 60_000),
          Period: 60,
          Statistics: ['Sum', 'Maximum', 'SampleCount'],
          ExtendedStatistics: ['p50'],
        }),
      );
      expect(Label).toBe('Orders');
      expect(Datapoints).toHaveLength(1);
      expect(Datapoints?.[0]).toMatchObject({
        Timestamp,
        Unit: 'Count',
        Sum: 28,
        Maximum: 8,
        SampleCount: 8,
      });
    }
  });

  it('lists 500 a page, each stream once', async () => {
    for (let i = 0; i < 620; i += 1) {
      fixture.ctx.metrics.record(
        { region: REGION, namespace: 'Many', name: `m${i}`, dimensions: {} },
        'Count',
        1,
      );
    }
    const first = await client().send(new ListMetricsCommand({ Namespace: 'Many' }));
    const second = await client().send(
      new ListMetricsCommand({ Namespace: 'Many', NextToken: first.NextToken }),
    );
    expect([first.Metrics?.length, second.Metrics?.length, second.NextToken]).toEqual([500, 120, undefined]);
    const names = [...(first.Metrics ?? []), ...(second.Metrics ?? [])].map((one) => one.MetricName);
    expect(new Set(names).size).toBe(620);
    await expect(client().send(new ListMetricsCommand({ NextToken: '!' }))).rejects.toMatchObject({
      name: 'InvalidNextToken',
    });
  });

  it.each([
    ['AWS’s own namespace', { Namespace: 'AWS/RDS', MetricData: [{ MetricName: 'x', Value: 1 }] }, 'AWS/'],
    [
      'an old time',
      { Namespace: 'X', MetricData: [{ MetricName: 'x', Value: 1, Timestamp: new Date(0) }] },
      'Timestamp',
    ],
    [
      'two forms of value',
      { Namespace: 'X', MetricData: [{ MetricName: 'x', Value: 1, Values: [1] }] },
      'exactly one',
    ],
    [
      'counts that do not fit',
      { Namespace: 'X', MetricData: [{ MetricName: 'x', Values: [1], Counts: [1, 2] }] },
      'Counts',
    ],
    ['no name', { Namespace: 'X', MetricData: [{ Value: 1 }] }, 'MetricName'],
  ])('refuses %s, and stores nothing of it', async (_name, input, named) => {
    const good = { MetricName: 'good', Value: 1 };
    const command = new PutMetricDataCommand({ ...input, MetricData: [good, ...input.MetricData] as never });
    await expect(client().send(command)).rejects.toThrow(named);
    expect(fixture.ctx.metrics.list(REGION)).toEqual([]);
  });

  it('refuses more than 1,440 points', async () => {
    const EndTime = new Date(fixture.ctx.clock.now());
    const StartTime = new Date(EndTime.getTime() - 3 * 3600_000);
    const command = new GetMetricStatisticsCommand({
      Namespace: 'X',
      MetricName: 'x',
      StartTime,
      EndTime,
      Period: 5,
      Statistics: ['Sum'],
    });
    await expect(client().send(command)).rejects.toMatchObject({
      name: 'InvalidParameterCombinationException',
    });
  });
});

describe('alarms', () => {
  const alarm = (extra: Partial<PutMetricAlarmInput> = {}): PutMetricAlarmInput => ({
    AlarmName: 'errors-high',
    Namespace: 'AWS/ApplicationELB',
    MetricName: 'HTTPCode_Target_5XX_Count',
    Dimensions: [{ Name: 'LoadBalancer', Value: 'app/shop/1' }],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 2,
    Threshold: 10,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    ...extra,
  });
  const stateOf = async (name = 'errors-high') =>
    (await client().send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0];
  /** The service judges every five seconds; this judges the same records now. */
  const judgeNow = () => {
    const alarms = createAlarms(fixture.ctx);
    alarms.evaluateAll();
    alarms.close();
  };
  afterEach(() => part.reset?.());

  it('starts without data, fires on two minutes of errors, and recovers', async () => {
    await client().send(new PutMetricAlarmCommand(alarm()));
    expect(await stateOf()).toMatchObject({
      StateValue: 'INSUFFICIENT_DATA',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:000000000000:alarm:errors-high',
    });
    judgeNow();
    expect((await stateOf())?.StateValue).toBe('OK');
    for (const at of [minute() - 60_000, minute()]) record('HTTPCode_Target_5XX_Count', at, [6, 6]);
    judgeNow();
    const fired = await stateOf();
    expect(fired?.StateValue).toBe('ALARM');
    expect(fired?.StateReason).toContain('[12, 12]');
    expect(fired?.StateTransitionedTimestamp).toBeInstanceOf(Date);
    fixture.advance(10 * 60_000);
    judgeNow();
    expect((await stateOf())?.StateValue).toBe('OK');
  });

  it('judges metric math, and leaves alarms of a Region that is out alone', async () => {
    const Metrics = [
      { Id: 'r', MetricStat: metric('RequestCount'), ReturnData: false },
      { Id: 'e', MetricStat: metric('HTTPCode_Target_5XX_Count'), ReturnData: false },
      { Id: 'rate', Expression: '100*FILL(e,0)/r' },
    ];
    const { AlarmName, ComparisonOperator } = alarm();
    await client().send(
      new PutMetricAlarmCommand({
        AlarmName,
        ComparisonOperator,
        Metrics,
        EvaluationPeriods: 1,
        Threshold: 1,
        TreatMissingData: 'breaching',
      }),
    );
    record('RequestCount', minute(), [100]);
    record('HTTPCode_Target_5XX_Count', minute(), [5]);
    await fixture.ctx.chaos.change({ outages: { [REGION]: 'drop' } });
    judgeNow();
    await fixture.ctx.chaos.heal();
    expect((await stateOf())?.StateValue).toBe('INSUFFICIENT_DATA');
    judgeNow();
    expect((await stateOf())?.StateValue).toBe('ALARM');
  });

  it('is set by hand until the next judgement, described by state and prefix, deleted whole or not at all', async () => {
    for (const AlarmName of ['a-1', 'a-2', 'b-1'])
      await client().send(new PutMetricAlarmCommand(alarm({ AlarmName })));
    await client().send(
      new SetAlarmStateCommand({ AlarmName: 'a-2', StateValue: 'ALARM', StateReason: 'a drill' }),
    );
    fixture.advance(2000);
    const firing = await client().send(
      new DescribeAlarmsCommand({ StateValue: 'ALARM', AlarmNamePrefix: 'a-' }),
    );
    expect(firing.MetricAlarms?.map((one) => one.AlarmName)).toEqual(['a-2']);
    const first = await client().send(new DescribeAlarmsCommand({ MaxRecords: 2 }));
    const rest = await client().send(
      new DescribeAlarmsCommand({ MaxRecords: 2, NextToken: first.NextToken }),
    );
    expect([first.MetricAlarms?.length, rest.MetricAlarms?.length]).toEqual([2, 1]);
    await expect(
      client().send(new DeleteAlarmsCommand({ AlarmNames: ['a-1', 'gone'] })),
    ).rejects.toMatchObject({ name: 'ResourceNotFound' });
    await client().send(new DeleteAlarmsCommand({ AlarmNames: ['a-1', 'b-1'] }));
    fixture.advance(2000);
    expect(
      (await client().send(new DescribeAlarmsCommand({}))).MetricAlarms?.map((one) => one.AlarmName),
    ).toEqual(['a-2']);
  });

  it.each([
    ['no threshold', { Threshold: undefined }, 'Threshold'],
    ['more datapoints than periods', { DatapointsToAlarm: 3 }, 'DatapointsToAlarm'],
    ['an unknown comparison', { ComparisonOperator: 'Like' as never }, 'ComparisonOperator'],
    ['an unknown treatment', { TreatMissingData: 'shrug' }, 'TreatMissingData'],
    ['more than a day', { EvaluationPeriods: 1441 }, 'day'],
    ['both statistics', { ExtendedStatistic: 'p95' }, 'mutually exclusive'],
  ])('refuses %s', async (_name, extra, named) => {
    await expect(client().send(new PutMetricAlarmCommand(alarm(extra)))).rejects.toThrow(named);
  });
});
