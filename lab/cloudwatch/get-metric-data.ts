import { createHash } from 'node:crypto';
import type { GetMetricDataInput, GetMetricDataOutput, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { MetricStore } from '#lab/kernel/metrics.ts';
import { longestPeriod, type QueryResult, readQueries, runQueries } from './metric-queries.ts';
import { readRange } from './metric-stat.ts';
import { invalidToken, invalidValue } from './refusals.ts';

const MOST_POINTS = 100_800;

/** GetMetricData: up to 500 queries, up to 100,800 points a page. */
export function getMetricData(
  store: MetricStore,
  input: GetMetricDataInput,
  call: { region: string; nowMs: number },
): GetMetricDataOutput {
  const queries = readQueries(call.region, input.MetricDataQueries);
  const range = readRange(input, longestPeriod(queries));
  const limit = input.MaxDatapoints ?? MOST_POINTS;
  if (limit < 1 || limit > MOST_POINTS)
    throw invalidValue('MaxDatapoints', `it is not between 1 and ${MOST_POINTS}`);
  const request = digestOf(input);
  const offset = readToken(input.NextToken, request);
  const results = runQueries(store, queries, { ...range, nowMs: call.nowMs });
  const page = pageOf(results, { offset, limit, ascending: input.ScanBy === 'TimestampAscending' });
  return {
    MetricDataResults: page.results,
    Messages: [],
    NextToken: page.next === undefined ? undefined : writeToken(page.next, request),
  };
}

/** Points `offset` to `offset + limit` of all results laid end to end. The first page names every result, even empty ones. */
function pageOf(
  results: QueryResult[],
  { offset, limit, ascending }: { offset: number; limit: number; ascending: boolean },
): { results: MetricDataResult[]; next: number | undefined } {
  const page: MetricDataResult[] = [];
  let passed = 0;
  for (const { id, label, series } of results) {
    const points = [...series].sort(([a], [b]) => (ascending ? a - b : b - a));
    const from = Math.max(0, offset - passed);
    const to = Math.min(points.length, offset + limit - passed);
    const shown = points.slice(from, Math.max(from, to));
    passed += points.length;
    if (shown.length === 0 && offset > 0) continue;
    page.push({
      Id: id,
      Label: label,
      Timestamps: shown.map(([at]) => new Date(at)),
      Values: shown.map(([, value]) => value),
      StatusCode: to < points.length ? 'PartialData' : 'Complete',
    });
  }
  return { results: page, next: passed > offset + limit ? offset + limit : undefined };
}

/** A token is good only for the request that earned it. */
function digestOf(input: GetMetricDataInput): string {
  const { NextToken: _, ...request } = input;
  return createHash('sha256').update(JSON.stringify(request)).digest('base64url').slice(0, 16);
}

const writeToken = (offset: number, request: string): string =>
  Buffer.from(`${offset}.${request}`).toString('base64url');

function readToken(token: string | undefined, request: string): number {
  if (token === undefined) return 0;
  const [offset = '', digest] = Buffer.from(token, 'base64url').toString().split('.');
  if (!/^\d{1,9}$/.test(offset) || digest !== request) throw invalidToken();
  return Number(offset);
}
