import type {
  AlarmType,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  MetricAlarm,
  PutMetricAlarmInput,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import type { LabContext } from '#lab/kernel/context.ts';
import { AwsFault } from '#lab/wire/service.ts';
import { EXTRA_PERIODS, isComparison, judge, type MissingData } from './alarm-rule.ts';
import { longestPeriod, type MetricQuery, readQueries, runQueries } from './metric-queries.ts';
import { querySeries, readMetricId, readOneStat, readPeriod, type StatQuery } from './metric-stat.ts';
import { badCombination, invalidToken, invalidValue, missing } from './refusals.ts';
import { periodsOf, type Series } from './series.ts';

const EVALUATE_EVERY_MS = 5000;
const MISSING_DATA: MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
const STATES: StateValue[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
const LONGEST_SPAN_SECONDS = 86_400;
const MOST_PER_CALL = 100;

/** Dates are kept as text: the state lives in JSON. */
interface StoredAlarm {
  region: string;
  definition: PutMetricAlarmInput;
  state: StateValue;
  reason: string;
  reasonData: string;
  stateUpdatedAt: string;
  transitionedAt: string;
  configuredAt: string;
}

export interface Alarms {
  put(region: string, input: PutMetricAlarmInput): void;
  describe(region: string, input: DescribeAlarmsInput): DescribeAlarmsOutput;
  /** The state now; undefined when there is no such alarm. */
  stateOf(region: string, name: string): StateValue | undefined;
  delete(region: string, names: string[] | undefined): void;
  setState(
    region: string,
    input: { AlarmName?: string; StateValue?: StateValue; StateReason?: string; StateReasonData?: string },
  ): void;
  /** Judges every alarm of the Regions that are up. Called by the timer; public for tests. */
  evaluateAll(): void;
  close(): void;
  reset(): void;
}

/** Alarms of all Regions, judged every five seconds from the metrics that are really there. */
export function createAlarms(ctx: LabContext): Alarms {
  const stored = ctx.state.collection<StoredAlarm>('cloudwatch-alarms');
  const keyOf = (region: string, name: string) => `${region} ${name}`;
  const ofRegion = (region: string) => stored.list().filter((alarm) => alarm.region === region);

  function find(region: string, name: string | undefined): StoredAlarm {
    const alarm = stored.get(keyOf(region, name ?? ''));
    if (!alarm)
      throw new AwsFault('ResourceNotFound', `Alarm with name ${name ?? ''} does not exist in ${region}.`);
    return alarm;
  }

  function move(alarm: StoredAlarm, state: StateValue, reason: string, reasonData: string): void {
    const now = new Date(ctx.clock.now()).toISOString();
    const transitionedAt = alarm.state === state ? alarm.transitionedAt : now;
    const key = keyOf(alarm.region, alarm.definition.AlarmName ?? '');
    stored.put(key, { ...alarm, state, reason, reasonData, transitionedAt, stateUpdatedAt: now });
  }

  function evaluateAll(): void {
    for (const alarm of stored.list()) {
      if (!ctx.chaos.outage(alarm.region)) evaluateOne(alarm);
    }
  }

  function evaluateOne(alarm: StoredAlarm): void {
    const { rule, periodSeconds } = ruleOf(alarm.definition);
    const nowMs = ctx.clock.now();
    const endMs = Math.floor(nowMs / (periodSeconds * 1000)) * periodSeconds * 1000;
    const startMs = endMs - (rule.evaluationPeriods + EXTRA_PERIODS) * periodSeconds * 1000;
    const window = { startMs, endMs, periodSeconds };
    const series = seriesOf(ctx, alarm, { ...window, nowMs });
    const points = periodsOf(window).map((at) => series.get(at));
    const state = judge(rule, points, alarm.state);
    if (state === alarm.state) return;
    const recent = points.filter((value) => value !== undefined).slice(-rule.evaluationPeriods);
    const reason = `Threshold Crossed: ${recent.length} of the last ${rule.evaluationPeriods} datapoints [${recent.join(', ')}] judged against ${rule.threshold} (${rule.comparison}, ${rule.datapointsToAlarm} needed, missing data: ${rule.missingData}).`;
    const reasonData = JSON.stringify({
      version: '1.0',
      queryDate: new Date(nowMs).toISOString(),
      period: periodSeconds,
      recentDatapoints: recent,
      threshold: rule.threshold,
    });
    move(alarm, state, reason, reasonData);
  }

  const timer = setInterval(evaluateAll, EVALUATE_EVERY_MS);

  return {
    evaluateAll,
    put(region, input) {
      checkDefinition(region, input);
      const key = keyOf(region, input.AlarmName ?? '');
      const now = new Date(ctx.clock.now()).toISOString();
      const before = stored.get(key);
      stored.put(key, {
        region,
        definition: input,
        state: before?.state ?? 'INSUFFICIENT_DATA',
        reason: before?.reason ?? 'Unchecked: Initial alarm creation',
        reasonData: before?.reasonData ?? '',
        stateUpdatedAt: before?.stateUpdatedAt ?? now,
        transitionedAt: before?.transitionedAt ?? now,
        configuredAt: now,
      });
    },
    stateOf: (region, name) => stored.get(keyOf(region, name))?.state,
    describe: (region, input) => describeAlarms(ctx, ofRegion(region), input),
    delete(region, names) {
      if (!names?.length) throw missing('AlarmNames');
      if (names.length > MOST_PER_CALL)
        throw invalidValue('AlarmNames', `there are more than ${MOST_PER_CALL}`);
      for (const name of names) find(region, name);
      for (const name of names) stored.delete(keyOf(region, name));
    },
    setState(region, input) {
      if (!input.AlarmName) throw missing('AlarmName');
      if (!input.StateReason) throw missing('StateReason');
      const state = STATES.find((name) => name === input.StateValue);
      if (!state) throw invalidValue('StateValue', `it is not one of ${STATES.join(', ')}`);
      move(find(region, input.AlarmName), state, input.StateReason, input.StateReasonData ?? '');
    },
    close: () => clearInterval(timer),
    reset: () => stored.clear(),
  };
}

function ruleOf(definition: PutMetricAlarmInput) {
  const evaluationPeriods = definition.EvaluationPeriods ?? 1;
  const queries = definition.Metrics ? readQueries('', definition.Metrics) : [];
  return {
    periodSeconds: definition.Period ?? longestPeriod(queries),
    rule: {
      threshold: definition.Threshold ?? 0,
      comparison: definition.ComparisonOperator ?? 'GreaterThanThreshold',
      evaluationPeriods,
      datapointsToAlarm: definition.DatapointsToAlarm ?? evaluationPeriods,
      missingData: MISSING_DATA.find((name) => name === definition.TreatMissingData) ?? ('missing' as const),
    },
  };
}

function seriesOf(
  ctx: LabContext,
  { region, definition }: StoredAlarm,
  window: { startMs: number; endMs: number; nowMs: number },
): Series {
  if (!definition.Metrics) return querySeries(ctx.metrics, singleMetric(region, definition), window);
  const [result] = runQueries(ctx.metrics, readQueries(region, definition.Metrics), window);
  return result?.series ?? new Map();
}

function singleMetric(region: string, definition: PutMetricAlarmInput): StatQuery {
  return {
    id: readMetricId(region, definition),
    stat: readOneStat(definition.Statistic, definition.ExtendedStatistic),
    periodSeconds: readPeriod(definition.Period),
    unit: definition.Unit,
  };
}

/** Refuses what CloudWatch would refuse. */
function checkDefinition(region: string, input: PutMetricAlarmInput): void {
  if (!input.AlarmName) throw missing('AlarmName');
  if (input.AlarmName.length > 255) throw invalidValue('AlarmName', 'it is longer than 255 characters');
  if (!isComparison(input.ComparisonOperator)) {
    throw invalidValue(
      'ComparisonOperator',
      `${input.ComparisonOperator ?? 'none'} is not a comparison with a fixed threshold`,
    );
  }
  if (input.Threshold === undefined) throw missing('Threshold');
  const periods = input.EvaluationPeriods;
  if (periods === undefined) throw missing('EvaluationPeriods');
  if (!Number.isInteger(periods) || periods < 1)
    throw invalidValue('EvaluationPeriods', 'it is not over zero');
  const needed = input.DatapointsToAlarm ?? periods;
  if (needed < 1 || needed > periods)
    throw invalidValue('DatapointsToAlarm', 'it is not between 1 and EvaluationPeriods');
  if (input.TreatMissingData !== undefined && !MISSING_DATA.some((name) => name === input.TreatMissingData)) {
    throw invalidValue('TreatMissingData', `it is not one of ${MISSING_DATA.join(', ')}`);
  }
  const periodSeconds = checkSource(region, input);
  if (periods * periodSeconds > Math.max(LONGEST_SPAN_SECONDS, periodSeconds)) {
    throw badCombination(
      'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).',
    );
  }
}

/** One metric, or metric math with exactly one result. Gives the period. */
function checkSource(region: string, input: PutMetricAlarmInput): number {
  if (!input.Metrics) return singleMetric(region, input).periodSeconds;
  if (input.MetricName !== undefined) throw badCombination('MetricName and Metrics are mutually exclusive.');
  const queries: MetricQuery[] = readQueries(region, input.Metrics);
  if (queries.filter((query) => query.returned).length !== 1) {
    throw badCombination('Exactly one element of Metrics must have ReturnData true.');
  }
  return longestPeriod(queries);
}

function describeAlarms(
  ctx: LabContext,
  alarms: StoredAlarm[],
  input: DescribeAlarmsInput,
): DescribeAlarmsOutput {
  const limit = input.MaxRecords ?? 50;
  if (limit < 1 || limit > MOST_PER_CALL)
    throw invalidValue('MaxRecords', `it is not between 1 and ${MOST_PER_CALL}`);
  if (input.AlarmNames && input.AlarmNamePrefix !== undefined) {
    throw badCombination('AlarmNames and AlarmNamePrefix are mutually exclusive.');
  }
  const types: AlarmType[] = input.AlarmTypes ?? ['MetricAlarm'];
  const found = alarms
    .filter(({ definition: { AlarmName = '' } }) => input.AlarmNames?.includes(AlarmName) ?? true)
    .filter(({ definition: { AlarmName = '' } }) => AlarmName.startsWith(input.AlarmNamePrefix ?? ''))
    .filter((alarm) => input.StateValue === undefined || alarm.state === input.StateValue)
    .filter(() => types.includes('MetricAlarm'))
    .sort((a, b) => ((a.definition.AlarmName ?? '') < (b.definition.AlarmName ?? '') ? -1 : 1));
  const offset =
    input.NextToken === undefined ? 0 : Number(Buffer.from(input.NextToken, 'base64url').toString());
  if (!Number.isInteger(offset) || offset < 0) throw invalidToken();
  const next = offset + limit;
  return {
    MetricAlarms: found.slice(offset, next).map((alarm) => metricAlarm(ctx.estate.account, alarm)),
    CompositeAlarms: [],
    NextToken: found.length > next ? Buffer.from(String(next)).toString('base64url') : undefined,
  };
}

function metricAlarm(account: string, alarm: StoredAlarm): MetricAlarm {
  const { Tags: _, ...definition } = alarm.definition;
  return {
    ...definition,
    AlarmArn: `arn:aws:cloudwatch:${alarm.region}:${account}:alarm:${definition.AlarmName}`,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: definition.ActionsEnabled ?? true,
    OKActions: definition.OKActions ?? [],
    AlarmActions: definition.AlarmActions ?? [],
    InsufficientDataActions: definition.InsufficientDataActions ?? [],
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateReasonData: alarm.reasonData || undefined,
    StateUpdatedTimestamp: new Date(alarm.stateUpdatedAt),
    StateTransitionedTimestamp: new Date(alarm.transitionedAt),
    Dimensions: definition.Dimensions ?? [],
  };
}
