import { ExpressionRefused, type Node, type Operator } from './expression-syntax.ts';
import { periodsOf, type Series, type Window } from './series.ts';

/** `list`: an array of series, as METRICS() and [a, b] give. */
export type MathValue =
  | { kind: 'scalar'; value: number }
  | { kind: 'series'; series: Series; window: Window }
  | { kind: 'list'; items: MathValue[] }
  | { kind: 'text'; text: string };

export interface Scope {
  /** The series of that id; undefined when no query has it. */
  find(id: string): MathValue | undefined;
  /** Series of all metric queries whose id starts with `prefix`. */
  metrics(prefix: string): MathValue[];
}

/** Evaluates metric math. A point exists where all its inputs have one; a result that is no number is no point. */
export function evaluate(node: Node, scope: Scope): MathValue {
  switch (node.kind) {
    case 'number':
      return scalar(node.value);
    case 'text':
      return { kind: 'text', text: node.value };
    case 'name':
      return nameValue(node.name, scope);
    case 'list':
      return { kind: 'list', items: node.items.map((item) => evaluate(item, scope)) };
    case 'negate':
      return mapped(evaluate(node.of, scope), (value) => -value);
    case 'binary':
      return combined(evaluate(node.left, scope), evaluate(node.right, scope), OPERATORS[node.operator]);
    case 'call':
      return call(node.name, node.args, scope);
  }
}

const scalar = (value: number): MathValue => ({ kind: 'scalar', value });
const truth = (value: boolean): number => Number(value);

const OPERATORS = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '&&': (a, b) => truth(a !== 0 && b !== 0),
  '||': (a, b) => truth(a !== 0 || b !== 0),
} satisfies Record<Operator, (a: number, b: number) => number>;

/** FILL's second argument may be one of these words. */
const FILL_WORDS = ['REPEAT', 'LINEAR'];

function nameValue(name: string, scope: Scope): MathValue {
  if (FILL_WORDS.includes(name.toUpperCase())) return { kind: 'text', text: name.toUpperCase() };
  const value = scope.find(name);
  if (!value) throw new ExpressionRefused(`there is no query with the id "${name}"`);
  return value;
}

function call(name: string, argNodes: Node[], scope: Scope): MathValue {
  if (name === 'METRICS') return { kind: 'list', items: scope.metrics(textArg(argNodes[0])) };
  const args = argNodes.map((node) => evaluate(node, scope));
  const [first, second, third] = args;
  if (!first) throw new ExpressionRefused(`${name} needs an argument`);
  switch (name) {
    case 'FILL':
      return filled(first, second);
    case 'IF':
      return chosen(first, second, third);
    case 'ABS':
      return mapped(first, Math.abs);
    case 'CEIL':
      return mapped(first, Math.ceil);
    case 'FLOOR':
      return mapped(first, Math.floor);
    case 'PERIOD':
      return mapped(first, (_value, window) => window.periodSeconds);
    case 'RATE':
      return differences(first, (window) => window.periodSeconds);
    case 'DIFF':
      return differences(first, () => 1);
    case 'SUM':
    case 'AVG':
    case 'MIN':
    case 'MAX':
      return aggregated(name, first);
    default:
      throw new ExpressionRefused(`the lab does not evaluate ${name}`);
  }
}

function textArg(node: Node | undefined): string {
  if (!node) return '';
  if (node.kind !== 'text') throw new ExpressionRefused('METRICS takes a text in quotes');
  return node.value;
}

type Point = (value: number, window: Window) => number;

function mapped(value: MathValue, point: Point): MathValue {
  if (value.kind === 'scalar') return scalar(point(value.value, { startMs: 0, endMs: 0, periodSeconds: 0 }));
  if (value.kind === 'list') return { kind: 'list', items: value.items.map((item) => mapped(item, point)) };
  if (value.kind === 'text') throw new ExpressionRefused(`"${value.text}" is not a number`);
  return seriesOf(
    value.window,
    [...value.series].map(([at, number]) => [at, point(number, value.window)]),
  );
}

function seriesOf(window: Window, points: [number, number][]): MathValue {
  return { kind: 'series', window, series: new Map(points.filter(([, value]) => Number.isFinite(value))) };
}

function combined(left: MathValue, right: MathValue, operator: (a: number, b: number) => number): MathValue {
  if (left.kind === 'text' || right.kind === 'text')
    throw new ExpressionRefused('a text cannot be calculated with');
  if (left.kind === 'list')
    return { kind: 'list', items: left.items.map((item) => combined(item, right, operator)) };
  if (right.kind === 'list')
    return { kind: 'list', items: right.items.map((item) => combined(left, item, operator)) };
  if (left.kind === 'scalar') return mapped(right, (value) => operator(left.value, value));
  if (right.kind === 'scalar') return mapped(left, (value) => operator(value, right.value));
  const shared = [...left.series].flatMap(([at, value]): [number, number][] => {
    const other = right.series.get(at);
    return other === undefined ? [] : [[at, operator(value, other)]];
  });
  return seriesOf(left.window, shared);
}

function filled(value: MathValue, filler: MathValue | undefined): MathValue {
  if (!filler) throw new ExpressionRefused('FILL needs what to fill with');
  if (value.kind === 'list') return { kind: 'list', items: value.items.map((item) => filled(item, filler)) };
  if (value.kind !== 'series') throw new ExpressionRefused('FILL fills a metric');
  const periods = periodsOf(value.window);
  return seriesOf(
    value.window,
    periods.flatMap((at): [number, number][] => {
      const found = value.series.get(at) ?? fillerAt(value.series, periods, at, filler);
      return found === undefined ? [] : [[at, found]];
    }),
  );
}

function fillerAt(series: Series, periods: number[], at: number, filler: MathValue): number | undefined {
  if (filler.kind === 'scalar') return filler.value;
  if (filler.kind === 'series') return filler.series.get(at);
  if (filler.kind !== 'text')
    throw new ExpressionRefused('FILL fills with a number, a metric, REPEAT or LINEAR');
  const before = periods.findLast((period) => period < at && series.has(period));
  const earlier = before === undefined ? undefined : series.get(before);
  if (filler.text === 'REPEAT') return earlier;
  const after = periods.find((period) => period > at && series.has(period));
  const later = after === undefined ? undefined : series.get(after);
  if (before === undefined || after === undefined || earlier === undefined || later === undefined)
    return undefined;
  return earlier + ((later - earlier) * (at - before)) / (after - before);
}

function chosen(
  condition: MathValue,
  then: MathValue | undefined,
  otherwise: MathValue | undefined,
): MathValue {
  if (!then) throw new ExpressionRefused('IF needs a value for when it holds');
  if (condition.kind === 'scalar') return condition.value === 0 ? (otherwise ?? scalar(Number.NaN)) : then;
  if (condition.kind !== 'series')
    throw new ExpressionRefused('IF needs a metric or a number as its condition');
  const at = (value: MathValue | undefined, when: number): number | undefined => {
    if (value?.kind === 'scalar') return value.value;
    return value?.kind === 'series' ? value.series.get(when) : undefined;
  };
  return seriesOf(
    condition.window,
    [...condition.series].flatMap(([when, holds]): [number, number][] => {
      const picked = at(holds === 0 ? otherwise : then, when);
      return picked === undefined ? [] : [[when, picked]];
    }),
  );
}

function differences(value: MathValue, divisor: (window: Window) => number): MathValue {
  if (value.kind !== 'series') throw new ExpressionRefused('RATE and DIFF take a metric');
  const points = [...value.series].sort(([a], [b]) => a - b);
  return seriesOf(
    value.window,
    points
      .slice(1)
      .map(([at, number], index) => [at, (number - (points[index]?.[1] ?? 0)) / divisor(value.window)]),
  );
}

type Aggregate = 'SUM' | 'AVG' | 'MIN' | 'MAX';

function aggregate(name: Aggregate, values: number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (name === 'SUM') return sum;
  if (name === 'AVG') return sum / values.length;
  return name === 'MIN' ? Math.min(...values) : Math.max(...values);
}

/** Of one metric: a number over all its points. Of several: a metric, point by point over those that have one. */
function aggregated(name: Aggregate, value: MathValue): MathValue {
  if (value.kind === 'series') return scalar(aggregate(name, [...value.series.values()]));
  if (value.kind !== 'list') throw new ExpressionRefused(`${name} takes a metric or a list of metrics`);
  const all = value.items.flatMap((item) => (item.kind === 'series' ? [item] : []));
  const [first] = all;
  if (!first) return { kind: 'list', items: [] };
  const times = [...new Set(all.flatMap((item) => [...item.series.keys()]))].sort((a, b) => a - b);
  return seriesOf(
    first.window,
    times.map((at) => [
      at,
      aggregate(
        name,
        all.flatMap((item) => item.series.get(at) ?? []),
      ),
    ]),
  );
}
