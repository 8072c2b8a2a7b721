import { describe, expect, it } from 'vitest';
import { evaluate, type MathValue, type Scope } from './expression.ts';
import { ExpressionRefused, parseExpression } from './expression-syntax.ts';

const window = { startMs: 0, endMs: 20_000, periodSeconds: 5 };
const series = (points: Record<number, number>): MathValue => ({
  kind: 'series',
  window,
  series: new Map(Object.entries(points).map(([second, value]) => [Number(second) * 1000, value])),
});

const values: Record<string, MathValue> = {
  errors: series({ 5: 3 }),
  requests: series({ 0: 100, 5: 60, 15: 20 }),
  gap: series({ 0: 10, 15: 40 }),
  zero: series({ 0: 0, 5: 0 }),
};
const scope: Scope = {
  find: (id) => values[id],
  metrics: (prefix) =>
    Object.entries(values).flatMap(([id, value]) => (id.startsWith(prefix) ? [value] : [])),
};

function calculate(source: string): unknown {
  const value = evaluate(parseExpression(source), scope);
  if (value.kind === 'scalar') return value.value;
  if (value.kind !== 'series') return value.kind;
  return Object.fromEntries([...value.series].map(([at, number]) => [at / 1000, Number(number.toFixed(6))]));
}

describe('metric math', () => {
  it.each([
    ['100*FILL(errors,0)/requests', { 0: 0, 5: 5, 15: 0 }],
    ['errors/requests', { 5: 0.05 }],
    ['requests/zero', {}],
    ['1 - errors / requests', { 5: 0.95 }],
    ['2+3*4^2/8-1', 7],
    ['-2^2', -4],
    ['(2+3)*4', 20],
    ['FILL(gap, REPEAT)', { 0: 10, 5: 10, 10: 10, 15: 40 }],
    ['FILL(gap, LINEAR)', { 0: 10, 5: 20, 10: 30, 15: 40 }],
    ['FILL(gap, requests)', { 0: 10, 5: 60, 15: 40 }],
    ['SUM([errors, requests])', { 0: 100, 5: 63, 15: 20 }],
    ['MAX(METRICS("re"))', { 0: 100, 5: 60, 15: 20 }],
    ['SUM(requests)', 180],
    ['AVG(requests)', 60],
    ['RATE(gap)', { 15: 6 }],
    ['DIFF(requests)', { 5: -40, 15: -40 }],
    ['IF(requests > 50, requests, 0)', { 0: 100, 5: 60, 15: 0 }],
    ['IF(requests >= 60 AND requests < 100, 1, 0)', { 0: 0, 5: 1, 15: 0 }],
    ['PERIOD(requests)*requests', { 0: 500, 5: 300, 15: 100 }],
    ['ABS(0-errors) + CEIL(0.2) + FLOOR(1.9)', { 5: 5 }],
  ])('%s', (source, expected) => {
    expect(calculate(source)).toEqual(expected);
  });

  it.each([
    ['errors/', 'not expected'],
    ['errors requests', 'not expected'],
    ['(errors', 'missing'],
    ['unknown*2', 'no query with the id "unknown"'],
    ['SEARCH("{AWS/EC2}", "Sum", 60)', 'does not evaluate SEARCH'],
    ['FILL(errors)', 'needs what to fill with'],
    ['"text"*2', 'text'],
    ['errors $ 2', 'cannot be read'],
    [`${'('.repeat(80)}1${')'.repeat(80)}`, 'nested too deeply'],
    [`${'1+'.repeat(600)}1`, 'longer than'],
  ])('refuses %s', (source, reason) => {
    expect(() => calculate(source)).toThrow(ExpressionRefused);
    expect(() => calculate(source)).toThrow(reason);
  });
});
