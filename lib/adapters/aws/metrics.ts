import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { Region } from '#lib/domain/estate/estate.ts';
import { type MetricQuery, toDataQuery, trafficQueries } from '#lib/domain/observation/metric-queries.ts';
import type { SliMeasurement, TrafficMeasurement } from '../../ports/aws.ts';
import type { AwsClients } from './clients.ts';

/** GetMetricData takes so many series a call (aws-facts part 5). */
const QUERIES_PER_CALL = 500;

export type MetricPoint = { atMs: number; value: number };

export interface MetricWindow {
  fromMs: number;
  toMs: number;
  periodSeconds: number;
  /** Gives up when it aborts, in the midst of a call too. */
  signal?: AbortSignal;
}

/** Points of every query, oldest first, in as few calls as CloudWatch allows; a query without data has none. */
export async function readMetrics(
  clients: AwsClients,
  region: string,
  queries: readonly MetricQuery[],
  window: MetricWindow,
): Promise<Map<string, MetricPoint[]>> {
  const points = new Map<string, MetricPoint[]>(queries.map(({ id }) => [id, []]));
  // Not a whole period has passed yet; CloudWatch refuses to be asked about an empty window.
  if (window.fromMs >= window.toMs) return points;
  for (let first = 0; first < queries.length; first += QUERIES_PER_CALL) {
    const batch = queries
      .slice(first, first + QUERIES_PER_CALL)
      .map((query) => toDataQuery(query, window.periodSeconds));
    let nextToken: string | undefined;
    do {
      const answer = await clients.cloudwatch(region).send(
        new GetMetricDataCommand({
          MetricDataQueries: batch,
          StartTime: new Date(window.fromMs),
          EndTime: new Date(window.toMs),
          ScanBy: 'TimestampAscending',
          NextToken: nextToken,
        }),
        { abortSignal: window.signal },
      );
      for (const result of answer.MetricDataResults ?? []) {
        const series = points.get(result.Id ?? '');
        for (const [i, at] of (result.Timestamps ?? []).entries()) {
          const value = result.Values?.[i];
          if (series && value !== undefined) series.push({ atMs: at.getTime(), value });
        }
      }
      nextToken = answer.NextToken;
    } while (nextToken);
  }
  return points;
}

/** Both SLIs of a Region over whole periods inside the window. CloudWatch omits 5xx counts that are zero: absent is 0. */
export async function measureRegion(
  clients: AwsClients,
  region: Region,
  window: MetricWindow,
): Promise<TrafficMeasurement> {
  const queries = trafficQueries(region);
  const aligned = alignInside(window, window.periodSeconds);
  if (aligned.toMs === aligned.fromMs) return nothingMeasured(region.code);
  const points = await readMetrics(clients, region.code, queries, { ...window, ...aligned });
  const reads = toSli(points, 'reads');
  const balancerErrors = sum(points.get('elb_errors'));
  return {
    region: region.code,
    reads: { ...reads, requests: reads.requests + balancerErrors, errors: reads.errors + balancerErrors },
    writes: toSli(points, 'writes'),
    error: null,
  };
}

export function nothingMeasured(region: string): TrafficMeasurement {
  const none: SliMeasurement = { requests: 0, errors: 0, p95Ms: null };
  return { region, reads: none, writes: none, error: null };
}

/** The whole periods that lie inside the window: half a period would count half its requests. */
export function alignInside(
  window: { fromMs: number; toMs: number },
  periodSeconds: number,
): { fromMs: number; toMs: number } {
  const periodMs = periodSeconds * 1_000;
  const fromMs = Math.ceil(window.fromMs / periodMs) * periodMs;
  return { fromMs, toMs: Math.max(fromMs, Math.floor(window.toMs / periodMs) * periodMs) };
}

function toSli(points: Map<string, MetricPoint[]>, group: string): SliMeasurement {
  return {
    requests: sum(points.get(`${group}_requests`)),
    errors: sum(points.get(`${group}_errors`)),
    p95Ms: weightedMs(points.get(`${group}_p95`), points.get(`${group}_requests`)),
  };
}

function sum(points: readonly MetricPoint[] | undefined): number {
  return (points ?? []).reduce((total, { value }) => total + value, 0);
}

/**
 * A percentile over several periods, ms: CloudWatch gives one a period, and percentiles do not add, so this is their mean
 * weighted by requests. Null where no period has one.
 */
export function weightedMs(
  percentiles: readonly MetricPoint[] | undefined,
  requests: readonly MetricPoint[] | undefined,
): number | null {
  const weights = new Map((requests ?? []).map(({ atMs, value }) => [atMs, value]));
  let weighted = 0;
  let total = 0;
  for (const { atMs, value } of percentiles ?? []) {
    const weight = weights.get(atMs) ?? 1;
    weighted += value * weight;
    total += weight;
  }
  return total > 0 ? (weighted / total) * 1_000 : null;
}
