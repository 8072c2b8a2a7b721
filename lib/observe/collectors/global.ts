import { createHash } from 'node:crypto';
import {
  DataUnavailableException,
  GetCostAndUsageCommand,
  type GetCostAndUsageCommandOutput,
  GetCostForecastCommand,
} from '@aws-sdk/client-cost-explorer';
import canonicalize from 'canonicalize';
import type { CostLine, CostObservation } from '#lib/domain/observation/kinds.ts';
import { expectedEverySeconds, STANDING_METRICS } from '#lib/domain/observation/kinds.ts';
import type { MetricQuery } from '#lib/domain/observation/metric-queries.ts';
import { plannedShares } from '#lib/domain/traffic/solve.ts';
import { fromRecordWeights, globalShares } from '#lib/domain/traffic/weights.ts';
import { GLOBAL_REGION } from '../../adapters/aws/clients.ts';
import { readMetrics } from '../../adapters/aws/metrics.ts';
import { listRecordSets, toWeightedRecords } from '../../adapters/aws/route53.ts';
import { setName, targetsOf, weightsOf } from '../../operations/traffic-shift/records.ts';
import type { Collector } from '../collector.ts';
import type { SamplePoint } from '../store.ts';
import { dnsCollector } from './dns.ts';
import { zone } from './zone.ts';

/** The live weights, and what share of traffic they configure. */
const records: Collector = {
  service: 'route53',
  covers: ({ estate }) => [{ kind: 'records', name: estate.dns.zoneId }],
  everySeconds: (period) => expectedEverySeconds('records', period),
  async collect({ estate, clients, nowMs }) {
    const geographies = estate.geographies.map(({ key }) => key);
    const names = geographies.map((key) => setName(estate, key));
    const all = toWeightedRecords(await listRecordSets(clients, estate.dns.zoneId));
    const sets = all.filter(({ name }) => names.includes(name));
    if (sets.length === 0) {
      throw new Error(`the zone ${estate.dns.zoneId} has no weighted set under ${estate.dns.originName}`);
    }
    const recordWeights = weightsOf(estate, geographies, sets);
    const weights = Object.fromEntries(
      geographies.map((key) => [key, fromRecordWeights(recordWeights[key] ?? {})]),
    );
    const hash = createHash('sha256')
      .update(canonicalize(sets) ?? '')
      .digest('hex');
    const configured = globalShares(
      weights,
      plannedShares(estate),
      estate.regions.map(({ code }) => code),
    );
    const atMs = Math.floor(nowMs / 1_000) * 1_000;
    return {
      seen: [
        {
          kind: 'records',
          name: estate.dns.zoneId,
          value: {
            zoneId: estate.dns.zoneId,
            weights,
            recordWeights,
            targets: targetsOf(estate, geographies, sets),
            hash,
          },
        },
      ],
      samples: Object.entries(configured).map(
        ([subject, value]): SamplePoint => ({
          subject,
          metric: 'share.configured',
          unit: 'share',
          atMs,
          value,
        }),
      ),
    };
  },
};

/** Health by Route 53's own metric: GetHealthCheckStatus is not meant for regular queries (aws-facts part 5). */
const healthChecks: Collector = {
  service: 'cloudwatch',
  covers: ({ estate }) =>
    estate.regions.map(({ healthCheckId }) => ({ kind: 'health-check', name: healthCheckId })),
  everySeconds: (period) => expectedEverySeconds('health-check', period),
  async collect({ estate, clients, nowMs }) {
    const query = (id: string, metric: string, healthCheckId: string, stat: string): MetricQuery => ({
      id,
      namespace: 'AWS/Route53',
      metric,
      dimensions: { HealthCheckId: healthCheckId },
      stat,
    });
    const queries = estate.regions.flatMap(({ healthCheckId }, i) => [
      query(`status_${i}`, 'HealthCheckStatus', healthCheckId, 'Minimum'),
      query(`percent_${i}`, 'HealthCheckPercentageHealthy', healthCheckId, 'Average'),
    ]);
    const periodSeconds = estate.metrics.periodSeconds;
    const periodMs = periodSeconds * 1_000;
    const toMs = Math.ceil(nowMs / periodMs) * periodMs;
    const points = await readMetrics(clients, GLOBAL_REGION, queries, {
      fromMs: toMs - Math.max(60_000, periodMs * 3),
      toMs,
      periodSeconds,
    });
    return {
      samples: estate.regions.flatMap(({ code }, i) =>
        (points.get(`status_${i}`) ?? []).map(
          ({ atMs, value }): SamplePoint => ({
            subject: code,
            metric: 'health.up',
            unit: STANDING_METRICS['health.up'],
            atMs,
            value: value >= 1 ? 1 : 0,
          }),
        ),
      ),
      seen: estate.regions.map((region, i) => {
        const status = points.get(`status_${i}`)?.at(-1);
        const percent = points.get(`percent_${i}`)?.at(-1);
        return {
          kind: 'health-check',
          name: region.healthCheckId,
          value: {
            region: region.code,
            healthy: status === undefined ? null : status.value >= 1,
            percentHealthy: percent?.value ?? null,
          },
        };
      }),
    };
  },
};

/** Month to date by Region and service, by day, and the rest of the month as forecast: $0.01 a request and page. */
const cost: Collector = {
  service: 'ce',
  covers: () => [{ kind: 'cost', name: 'month' }],
  everySeconds: (period) => expectedEverySeconds('cost', period),
  async collect({ clients, nowMs }) {
    const today = new Date(nowMs);
    const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 1));
    const next = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 1));
    const tomorrow = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + 1));
    const period = { Start: isoDay(first), End: isoDay(tomorrow) };
    const lines: CostLine[] = [];
    const daily = new Map<string, number>();
    let estimated = false;
    let nextToken: string | undefined;
    do {
      const page: GetCostAndUsageCommandOutput = await clients.costExplorer().send(
        new GetCostAndUsageCommand({
          TimePeriod: period,
          Granularity: 'DAILY',
          Metrics: ['UnblendedCost'],
          GroupBy: [
            { Type: 'DIMENSION', Key: 'REGION' },
            { Type: 'DIMENSION', Key: 'SERVICE' },
          ],
          NextPageToken: nextToken,
        }),
      );
      for (const day of page.ResultsByTime ?? []) {
        estimated ||= day.Estimated ?? false;
        for (const group of day.Groups ?? []) {
          const [region = 'global', service = 'unknown'] = group.Keys ?? [];
          const dollars = Number(group.Metrics?.UnblendedCost?.Amount ?? 0);
          addLine(lines, region, service, dollars);
          const date = day.TimePeriod?.Start ?? '';
          daily.set(date, (daily.get(date) ?? 0) + dollars);
        }
      }
      nextToken = page.NextPageToken;
    } while (nextToken);
    const spent = [...daily.values()].reduce((sum, dollars) => sum + dollars, 0);
    const rest = tomorrow < next ? await forecast(clients, tomorrow, next) : 0;
    const value: CostObservation = {
      from: period.Start,
      toExclusive: period.End,
      lines,
      daily: [...daily].sort().map(([date, dollars]) => ({ date, dollars })),
      forecastDollars: rest === null ? null : spent + rest,
      estimated,
    };
    return { seen: [{ kind: 'cost', name: 'month', value }] };
  },
};

async function forecast(
  clients: Parameters<Collector['collect']>[0]['clients'],
  from: Date,
  to: Date,
): Promise<number | null> {
  try {
    const { Total } = await clients.costExplorer().send(
      new GetCostForecastCommand({
        TimePeriod: { Start: isoDay(from), End: isoDay(to) },
        Metric: 'UNBLENDED_COST',
        Granularity: 'MONTHLY',
      }),
    );
    return Total?.Amount === undefined ? null : Number(Total.Amount);
  } catch (error) {
    // A young account has too little history to forecast from; what was spent is known all the same.
    if (error instanceof DataUnavailableException) return null;
    throw error;
  }
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function addLine(lines: CostLine[], region: string, service: string, dollars: number): void {
  const place = region === 'NoRegion' || region === '' ? 'global' : region;
  const known = lines.find((line) => line.region === place && line.service === service);
  if (known) known.dollars += dollars;
  else lines.push({ region: place, service, component: componentOf(service), dollars });
}

/** Cost Explorer's service names as components of the plan (aws-facts part 5, Cost mapping); what fits none is `other`, never dropped. */
function componentOf(service: string): CostLine['component'] {
  const name = service.toLowerCase();
  if (/data transfer|nat gateway|virtual private cloud|elastic load balancing|^ec2 - other/.test(name))
    return 'network';
  if (/elastic compute cloud|kubernetes|eks/.test(name)) return 'compute';
  if (/relational database/.test(name)) return 'database';
  if (/elasticache/.test(name)) return 'cache';
  if (/simple storage/.test(name)) return 'storage';
  if (/cloudfront/.test(name)) return 'cdn';
  if (/route 53/.test(name)) return 'dns';
  if (/kafka/.test(name)) return 'queue';
  return 'other';
}

/** What is asked once for the whole estate; `nameServers` as the environment names them, none: the zone's own. */
export function globalCollectors(nameServers: readonly string[]): readonly Collector[] {
  return [records, healthChecks, dnsCollector(nameServers), zone, cost];
}
