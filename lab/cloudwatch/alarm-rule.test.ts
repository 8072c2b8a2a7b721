import { describe, expect, it } from 'vitest';
import { type AlarmRule, judge } from './alarm-rule.ts';

const rule: AlarmRule = {
  threshold: 1,
  comparison: 'GreaterThanThreshold',
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  missingData: 'missing',
};

/** `0` within the threshold, `X` over it, `-` missing, as the CloudWatch User Guide writes it. */
const points = (pattern: string) =>
  [...pattern].map((sign) => (sign === '-' ? undefined : sign === 'X' ? 2 : 0));

describe('three of three datapoints, as in the table of the CloudWatch User Guide', () => {
  it.each([
    ['0-X-X', 'OK', 'OK', 'OK', 'OK'],
    ['----0', 'OK', 'OK', 'OK', 'OK'],
    ['-----', 'INSUFFICIENT_DATA', 'retained', 'ALARM', 'OK'],
    ['0XX-X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['--X--', 'ALARM', 'retained', 'ALARM', 'OK'],
  ])('%s', (pattern, missing, ignore, breaching, notBreaching) => {
    const judged = (missingData: AlarmRule['missingData'], current: 'OK' | 'ALARM') =>
      judge({ ...rule, missingData }, points(pattern), current);
    for (const current of ['OK', 'ALARM'] as const) {
      expect(judged('missing', current)).toBe(missing);
      expect(judged('ignore', current)).toBe(ignore === 'retained' ? current : ignore);
      expect(judged('breaching', current)).toBe(breaching);
      expect(judged('notBreaching', current)).toBe(notBreaching);
    }
  });
});

describe('M of N', () => {
  it('alarms when M of the last N are over the threshold, wherever they stand', () => {
    const twoOfThree = { ...rule, datapointsToAlarm: 2 };
    expect(judge(twoOfThree, points('00X0X'), 'OK')).toBe('ALARM');
    expect(judge(twoOfThree, points('XX00X'), 'OK')).toBe('OK');
  });

  it('does not alarm on one young datapoint', () => {
    expect(judge(rule, points('----X'), 'OK')).toBe('OK');
  });

  it.each([
    ['GreaterThanOrEqualToThreshold', 1, 'ALARM'],
    ['GreaterThanThreshold', 1, 'OK'],
    ['LessThanThreshold', 0.5, 'ALARM'],
    ['LessThanOrEqualToThreshold', 1, 'ALARM'],
    ['LessThanThreshold', 1, 'OK'],
  ] as const)('%s with %d against 1', (comparison, value, state) => {
    expect(judge({ ...rule, comparison, evaluationPeriods: 1, datapointsToAlarm: 1 }, [value], 'OK')).toBe(
      state,
    );
  });
});
