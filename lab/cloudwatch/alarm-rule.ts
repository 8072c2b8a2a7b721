import type { ComparisonOperator, StateValue } from '@aws-sdk/client-cloudwatch';

export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

export interface AlarmRule {
  threshold: number;
  comparison: ComparisonOperator;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  missingData: MissingData;
}

/** CloudWatch looks a little further back than it has to, so that a late datapoint does not count as missing. */
export const EXTRA_PERIODS = 2;

/** Comparisons of a plain alarm; the others need anomaly detection. */
const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} satisfies Partial<Record<ComparisonOperator, (value: number, threshold: number) => boolean>>;

export function isComparison(name: string | undefined): name is keyof typeof COMPARISONS {
  return name !== undefined && name in COMPARISONS;
}

/**
 * The state an alarm takes, by the table in "Configuring how CloudWatch alarms treat missing data" (CloudWatch User Guide).
 * `points` are the last `evaluationPeriods + EXTRA_PERIODS` periods, oldest first, undefined where there is none.
 */
export function judge(rule: AlarmRule, points: (number | undefined)[], current: StateValue): StateValue {
  const breaches = (value: number) =>
    isComparison(rule.comparison) && COMPARISONS[rule.comparison](value, rule.threshold);
  const present = points.filter((value) => value !== undefined);
  const considered = present.slice(-rule.evaluationPeriods);
  const breaching = considered.filter(breaches).length;
  const lacking = rule.evaluationPeriods - considered.length;
  if (lacking === 0) return breaching >= rule.datapointsToAlarm ? 'ALARM' : 'OK';
  if (considered.length === 0 && rule.missingData === 'missing') return 'INSUFFICIENT_DATA';
  switch (rule.missingData) {
    case 'breaching':
      return breaching + lacking >= rule.datapointsToAlarm ? 'ALARM' : 'OK';
    case 'notBreaching':
      return breaching >= rule.datapointsToAlarm ? 'ALARM' : 'OK';
    case 'missing':
    case 'ignore':
      return judgeWithout(rule, points, { breaching, present: considered.length, current, breaches });
  }
}

/** Too few datapoints and nothing to put in their place: no alarm on data that is only young, none given up on old. */
function judgeWithout(
  rule: AlarmRule,
  points: (number | undefined)[],
  seen: { breaching: number; present: number; current: StateValue; breaches: (value: number) => boolean },
): StateValue {
  if (seen.breaching >= rule.datapointsToAlarm) return 'ALARM';
  if (seen.present > seen.breaching) return 'OK';
  if (rule.missingData === 'ignore' || seen.present === 0) return seen.current;
  const oldest = points
    .slice(-rule.evaluationPeriods)
    .findIndex((value) => value !== undefined && seen.breaches(value));
  const age = oldest < 0 ? 0 : rule.evaluationPeriods - oldest;
  return age >= rule.datapointsToAlarm ? 'ALARM' : seen.current;
}
