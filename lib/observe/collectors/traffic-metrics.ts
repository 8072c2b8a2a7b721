import { ownLoadBalancers } from '#lib/domain/estate/environments.ts';
import type { Region } from '#lib/domain/estate/estate.ts';
import { REGION_METRICS, type RegionMetric, type TrafficObservation } from '#lib/domain/observation/kinds.ts';
import {
  balancerAliveQuery,
  type MetricQuery,
  nodeUseQueries,
  trafficQueries,
} from '#lib/domain/observation/metric-queries.ts';
import { type MetricPoint, weightedMs } from '../../adapters/aws/metrics.ts';
import { type CollectContext, type Collected, factsOf, regionOf } from '../collector.ts';
import type { SamplePoint, Seen } from '../store.ts';
import type { MetricPart, Points } from './metric-part.ts';

/**
 * Requests, errors and response times at the Region's load balancer and at those that environments have to themselves, and the
 * nodes behind them, which they share.
 */
export const trafficMetrics: MetricPart = {
  covers: (context) => balancersOf(context).map(({ name }) => ({ kind: 'traffic', name })),
  ask(context) {
    const region = regionOf(context);
    const balancers = balancersOf(context);
    return {
      queries: [
        ...balancers.flatMap((balancer) => balancerQueries(region, balancer)),
        ...nodeQueries(region),
      ],
      read(points, window) {
        const seconds = (window.toMs - window.fromMs) / 1_000;
        const seen: Seen<'traffic'>[] = [];
        const missing: NonNullable<Collected['missing']> = [];
        const samples = nodeSamples(region.code, points);
        for (const { name, loadBalancer, prefix } of balancers) {
          const own = ofBalancer(points, prefix);
          samples.push(...toSamples(name, own, context.estate.metrics.periodSeconds));
          if (!isAlive(own)) {
            const error = `CloudWatch has nothing of load balancer ${loadBalancer.name}, so no traffic is no zero; check its name in the estate`;
            missing.push({ kind: 'traffic', name, error });
            continue;
          }
          const traffic = summarise(own, seconds);
          seen.push({ kind: 'traffic', name, value: traffic });
          if (name === region.code)
            factsOf(context).requests = { perSecond: traffic.requestsPerSecond, atMs: context.nowMs };
        }
        return { seen, samples, missing };
      },
    };
  },
};

interface Balancer {
  /** What its traffic is observed and sampled under. */
  name: string;
  loadBalancer: Region['loadBalancer'];
  /** Of its queries' ids: the Region's own has none. */
  prefix: string;
}

function balancersOf(context: CollectContext): Balancer[] {
  const { code, loadBalancer } = regionOf(context);
  return [
    { name: code, loadBalancer, prefix: '' },
    ...ownLoadBalancers(context.estate, code).map((own, i) => ({
      name: own.name,
      loadBalancer: own,
      prefix: `lb${i}_`,
    })),
  ];
}

const OF_BALANCER = /^(reads|writes|elb)_/;

/** The points of one load balancer under the ids of its kind, with those of the nodes. */
function ofBalancer(points: Points, prefix: string): Points {
  return new Map(
    [...points].flatMap(([id, found]): [string, readonly MetricPoint[]][] => {
      if (NODE_METRICS.has(id)) return [[id, found]];
      const own = id.startsWith(prefix) ? id.slice(prefix.length) : '';
      return OF_BALANCER.test(own) ? [[own, found]] : [];
    }),
  );
}

/** A load balancer counts its hosts every period, traffic or not. */
function isAlive(points: Points): boolean {
  return (points.get('elb_alive') ?? []).length > 0 || (points.get('reads_requests') ?? []).length > 0;
}

function balancerQueries(region: Region, { loadBalancer, prefix }: Balancer): MetricQuery[] {
  const behind = { ...region, loadBalancer };
  return [...trafficQueries(behind), balancerAliveQuery(behind)].map((query) => ({
    ...query,
    id: `${prefix}${query.id}`,
  }));
}

const NODE_METRICS = new Set(['cpu', 'memory', 'nodes']);

function nodeQueries({ cluster }: Region): MetricQuery[] {
  return [
    ...nodeUseQueries({ cluster }),
    {
      id: 'nodes',
      namespace: 'ContainerInsights',
      metric: 'cluster_node_count',
      dimensions: { ClusterName: cluster.name },
      stat: 'Average',
    },
  ];
}

function summarise(points: Points, seconds: number): TrafficObservation {
  // A request that the load balancer itself failed belongs to no target group: it counts as a read that erred.
  const balancerErrors = total(points, 'elb_errors');
  const readRequests = total(points, 'reads_requests') + balancerErrors;
  const readErrors = total(points, 'reads_errors') + balancerErrors;
  const writeRequests = total(points, 'writes_requests');
  const writeErrors = total(points, 'writes_errors');
  const requests = readRequests + writeRequests;
  const rate = (errors: number, of: number) => (of > 0 ? errors / of : null);
  const p95 = (group: string) => weightedMs(points.get(`${group}_p95`), points.get(`${group}_requests`));
  return {
    requestsPerSecond: requests / seconds,
    errorRate: rate(readErrors + writeErrors, requests),
    p50Ms: weightedMs(points.get('reads_p50'), points.get('reads_requests')),
    p95Ms: p95('reads'),
    p99Ms: weightedMs(points.get('reads_p99'), points.get('reads_requests')),
    reads: {
      requestsPerSecond: readRequests / seconds,
      errorRate: rate(readErrors, readRequests),
      p95Ms: p95('reads'),
    },
    writes: {
      requestsPerSecond: writeRequests / seconds,
      errorRate: rate(writeErrors, writeRequests),
      p95Ms: p95('writes'),
    },
    cpu: share(points, 'cpu'),
    memory: share(points, 'memory'),
  };
}

function total(points: Points, id: string): number {
  return (points.get(id) ?? []).reduce((sum, { value }) => sum + value, 0);
}

function share(points: Points, id: string): number | null {
  const latest = points.get(id)?.at(-1);
  return latest ? latest.value / 100 : null;
}

/**
 * Samples by period. CloudWatch leaves out counts that are zero: in a period in which the load balancer counted its hosts,
 * what is absent is none.
 */
function toSamples(subject: string, points: Points, periodSeconds: number): SamplePoint[] {
  const samples: SamplePoint[] = [];
  const add = (metric: RegionMetric, atMs: number, value: number) =>
    void samples.push({ subject, metric, unit: REGION_METRICS[metric], atMs, value });
  const counts = new Map(COUNTS.map((id) => [id, valuesByPeriod(points.get(id))]));
  const count = (id: (typeof COUNTS)[number], atMs: number) => counts.get(id)?.get(atMs) ?? 0;
  const addRate = (
    prefix: '' | 'reads.' | 'writes.',
    atMs: number,
    of: { requests: number; errors: number },
  ) => {
    add(`${prefix}requests`, atMs, of.requests / periodSeconds);
    if (of.requests > 0) add(`${prefix}errorRate`, atMs, of.errors / of.requests);
  };
  for (const atMs of new Set(
    ['elb_alive', ...COUNTS].flatMap((id) => (points.get(id) ?? []).map((p) => p.atMs)),
  )) {
    const balancer = count('elb_errors', atMs);
    const reads = {
      requests: count('reads_requests', atMs) + balancer,
      errors: count('reads_errors', atMs) + balancer,
    };
    const writes = { requests: count('writes_requests', atMs), errors: count('writes_errors', atMs) };
    addRate('reads.', atMs, reads);
    addRate('writes.', atMs, writes);
    addRate('', atMs, {
      requests: reads.requests + writes.requests,
      errors: reads.errors + writes.errors,
    });
  }
  const plain: [string, RegionMetric, number][] = [
    ['reads_p95', 'reads.p95Ms', 1_000],
    ['writes_p95', 'writes.p95Ms', 1_000],
    ['reads_p50', 'p50Ms', 1_000],
    ['reads_p95', 'p95Ms', 1_000],
    ['reads_p99', 'p99Ms', 1_000],
  ];
  for (const [id, metric, factor] of plain)
    for (const { atMs, value } of points.get(id) ?? []) add(metric, atMs, value * factor);
  return samples;
}

function nodeSamples(subject: string, points: Points): SamplePoint[] {
  const plain: [RegionMetric, number][] = [
    ['cpu', 0.01],
    ['memory', 0.01],
    ['nodes', 1],
  ];
  return plain.flatMap(([metric, factor]) =>
    (points.get(metric) ?? []).map(({ atMs, value }) => ({
      subject,
      metric,
      unit: REGION_METRICS[metric],
      atMs,
      value: value * factor,
    })),
  );
}

const COUNTS = ['reads_requests', 'reads_errors', 'writes_requests', 'writes_errors', 'elb_errors'] as const;

function valuesByPeriod(points: readonly MetricPoint[] | undefined): Map<number, number> {
  return new Map((points ?? []).map(({ atMs, value }) => [atMs, value]));
}
