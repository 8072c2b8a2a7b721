import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { MetricStore } from '#lab/kernel/metrics.ts';
import { evaluate, type MathValue } from './expression.ts';
import { ExpressionRefused, type Node, parseExpression } from './expression-syntax.ts';
import { querySeries, readMetricStat, type StatQuery } from './metric-stat.ts';
import { badCombination, invalidRequest, missing } from './refusals.ts';
import type { Series } from './series.ts';

/** A query of GetMetricData or of an alarm, read and checked. */
export interface MetricQuery {
  id: string;
  label: string | undefined;
  returned: boolean;
  metric: StatQuery | undefined;
  expression: { source: string; node: Node } | undefined;
}

export interface QueryResult {
  id: string;
  label: string;
  series: Series;
}

const ID = /^[a-z]\w{0,254}$/;
const MOST_QUERIES = 500;

/** Checks the queries as CloudWatch does: ids, one of metric and expression each, something to return. */
export function readQueries(region: string, queries: MetricDataQuery[] | undefined): MetricQuery[] {
  if (!queries?.length) throw missing('MetricDataQueries');
  if (queries.length > MOST_QUERIES)
    throw invalidRequest(
      `The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`,
    );
  const seen = new Set<string>();
  const read = queries.map((query) => {
    const id = query.Id ?? '';
    if (!ID.test(id))
      throw invalidRequest(
        `The id "${id.slice(0, 64)}" must start with a lower-case letter and hold letters, digits and _ only.`,
      );
    if (seen.has(id)) throw invalidRequest(`The id "${id}" stands on more than one query.`);
    seen.add(id);
    return readQuery(region, id, query);
  });
  if (!read.some((query) => query.returned))
    throw invalidRequest('At least one query must have ReturnData true.');
  return read;
}

function readQuery(region: string, id: string, query: MetricDataQuery): MetricQuery {
  if ((query.MetricStat === undefined) === (query.Expression === undefined)) {
    throw badCombination(`The query "${id}" must have exactly one of MetricStat and Expression.`);
  }
  return {
    id,
    label: query.Label,
    returned: query.ReturnData ?? true,
    metric: query.MetricStat && readMetricStat(region, query.MetricStat),
    expression: query.Expression === undefined ? undefined : readExpression(id, query.Expression),
  };
}

function readExpression(id: string, source: string): { source: string; node: Node } {
  return { source, node: refusing(id, source, () => parseExpression(source)) };
}

/** Puts CloudWatch's envelope around what is wrong with an expression. */
function refusing<Result>(id: string, source: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ExpressionRefused)) throw error;
    throw invalidRequest(`Error in expression '${id}' [${source}]: ${error.message}.`);
  }
}

/** The longest period asked for: expressions are evaluated on it. */
export function longestPeriod(queries: MetricQuery[]): number {
  return Math.max(1, ...queries.flatMap((query) => query.metric?.periodSeconds ?? []));
}

/** Evaluates the queries that return data, in the order asked. `nowMs` bounds FILL: the future is not filled. */
export function runQueries(
  store: MetricStore,
  queries: MetricQuery[],
  range: { startMs: number; endMs: number; nowMs: number },
): QueryResult[] {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const values = new Map<string, MathValue>();
  const running = new Set<string>();
  const endMs = Math.min(range.endMs, Math.max(range.startMs, range.nowMs));

  function resultOf(query: MetricQuery): MathValue {
    const known = values.get(query.id);
    if (known) return known;
    if (running.has(query.id)) throw invalidRequest(`The expression '${query.id}' refers to itself.`);
    running.add(query.id);
    const value = query.metric ? metricValue(query.metric) : expressionValue(query);
    running.delete(query.id);
    values.set(query.id, value);
    return value;
  }

  function metricValue(metric: StatQuery): MathValue {
    const periodMs = metric.periodSeconds * 1000;
    const startMs = Math.floor(range.startMs / periodMs) * periodMs;
    const series = querySeries(store, metric, { startMs, endMs: range.endMs });
    return { kind: 'series', series, window: { startMs, endMs, periodSeconds: metric.periodSeconds } };
  }

  function expressionValue({ id, expression }: MetricQuery): MathValue {
    if (!expression) return { kind: 'list', items: [] };
    const scope = {
      find: (name: string) => {
        const other = byId.get(name);
        return other && resultOf(other);
      },
      metrics: (prefix: string) =>
        queries
          .filter((query) => query.metric && query.id.startsWith(prefix))
          .map((query) => resultOf(query)),
    };
    return refusing(id, expression.source, () => evaluate(expression.node, scope));
  }

  return queries.filter((query) => query.returned).flatMap((query) => resultsOf(query, resultOf(query)));
}

/** One result a series; a list gives several under the same id, as on CloudWatch. */
function resultsOf(query: MetricQuery, value: MathValue): QueryResult[] {
  const label = query.label ?? query.metric?.id.name ?? query.id;
  switch (value.kind) {
    case 'series':
      return [{ id: query.id, label, series: value.series }];
    case 'list':
      return value.items.flatMap((item) => resultsOf(query, item));
    case 'scalar':
    case 'text':
      throw invalidRequest(`Error in expression '${query.id}': it does not return a time series.`);
  }
}
