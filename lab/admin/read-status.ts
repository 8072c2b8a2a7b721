import { randomSubnet } from '#lab/dns/geo.ts';
import type { ZoneData } from '#lab/dns/zone-data.ts';
import type { CacheRole } from '#lab/elasticache/index.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import type { MetricId } from '#lab/kernel/metrics.ts';
import type { Clusters } from '#lab/kubernetes/types.ts';
import { roundTripMs } from '#lab/links/distance.ts';
import type { PathOracle } from '#lab/links/types.ts';
import { createDnsClient, DnsError } from '#lab/load/dns-client.ts';
import type { LoadReport } from '#lab/load/report.ts';
import type { Databases } from '#lab/postgres/types.ts';
import type { Switches } from '#lab/s3/index.ts';
import type { Shops } from '#lab/shop/index.ts';
import type { Gateway } from '#lab/wire/gateway.ts';
import type { Geography, Region } from '#lib/domain/estate/estate.ts';
import type {
  DatabaseStatus,
  GeographyStatus,
  LabStatus,
  LinkStatus,
  RegionStatus,
  ShoppersStatus,
  ShopStatus,
} from './status.ts';

export interface StatusSources {
  ctx: LabContext;
  seed: number;
  startedAt: string;
  gateway: Gateway;
  network: Pick<PathOracle, 'reachable'>;
  databases: Pick<Databases, 'list'>;
  clusters: Clusters;
  shops: Shops;
  switches: Switches;
  cacheRole: (region: string) => CacheRole | undefined;
  dns: { host: string; port: number };
  publishedZones: () => readonly ZoneData[];
  ledgerUrl: () => string | undefined;
}

const WINDOW_MS = 30_000;
const LEDGER_WITHIN_MS = 3000;

/** The lab as it is now: what its own metrics, servers, name server and shoppers say. */
export async function readStatus(sources: StatusSources): Promise<LabStatus> {
  const { ctx, gateway } = sources;
  const [geographies, shoppers] = await Promise.all([readGeographies(sources), readShoppers(sources)]);
  return {
    estate: ctx.estate.title,
    account: ctx.estate.account,
    seed: sources.seed,
    startedAt: sources.startedAt,
    at: new Date(ctx.clock.now()).toISOString(),
    timeScale: 60_000 / ctx.clock.scaledMs(60_000),
    gatewayUrl: gateway.url,
    regions: ctx.estate.regions.map((region) => regionStatus(sources, region)),
    links: linkStatuses(sources),
    dns: {
      address: `${sources.dns.host}:${sources.dns.port}`,
      originName: ctx.estate.dns.originName,
      geographies,
    },
    chaos: ctx.chaos.state(),
    shoppers,
    api: gateway.calls.totals(),
  };
}

function regionStatus(sources: StatusSources, region: Region): RegionStatus {
  const { ctx, clusters, databases, gateway, shops } = sources;
  const cluster = clusters.region(region.code);
  const namespace = ctx.estate.environments[0]?.namespace ?? '';
  const serving = cluster?.serving(namespace, 'app-service');
  return {
    code: region.code,
    name: region.name,
    outage: ctx.chaos.outage(region.code) ?? null,
    gatewayUrl: gateway.regionUrl(region.code) ?? gateway.url,
    shop: shopStatus(ctx, region, shops.url(region.code)),
    databases: databases
      .list()
      .filter((instance) => instance.region === region.code)
      .map((instance) => databaseStatus(ctx, instance)),
    switchedOff: sources.switches.off(region.code),
    cache: sources.cacheRole(region.code) ?? null,
    kubernetes: {
      url: cluster?.url ?? '',
      readyNodes: cluster?.readyNodes() ?? 0,
      totalNodes: cluster?.totalNodes() ?? 0,
      version: serving?.version ?? null,
      readyPods: serving?.pods.length ?? 0,
    },
  };
}

function shopStatus(ctx: LabContext, region: Region, url: string): ShopStatus {
  const read = (name: string, stat: string): number | undefined => {
    const dimensions = { LoadBalancer: region.loadBalancer.name };
    return overWindow(ctx, { region: region.code, namespace: 'AWS/ApplicationELB', name, dimensions }, stat);
  };
  const requests = read('RequestCount', 'Sum') ?? 0;
  const errors =
    (read('HTTPCode_Target_5XX_Count', 'Sum') ?? 0) + (read('HTTPCode_ELB_5XX_Count', 'Sum') ?? 0);
  const p95Seconds = read('TargetResponseTime', 'p95');
  return {
    url,
    requestsPerSecond: requests / (WINDOW_MS / 1000),
    errorShare: requests > 0 ? errors / requests : null,
    p95Ms: p95Seconds === undefined ? null : p95Seconds * 1000,
  };
}

function databaseStatus(ctx: LabContext, instance: ReturnType<Databases['list']>[number]): DatabaseStatus {
  const { id, region, role, state } = instance;
  const lag = { region, namespace: 'AWS/RDS', name: 'ReplicaLag', dimensions: { DBInstanceIdentifier: id } };
  return { id, role, state, lagSeconds: role === 'replica' ? latest(ctx, lag) : null };
}

/** One figure over the last half minute; periods are as long as the window, so it may span two of them. */
function overWindow(ctx: LabContext, id: MetricId, stat: string): number | undefined {
  const now = ctx.clock.now();
  const points = ctx.metrics.query(id, stat, 5, now - WINDOW_MS, now);
  if (points.length === 0) return undefined;
  const values = points.map((point) => point.value);
  return stat === 'Sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

function latest(ctx: LabContext, id: MetricId): number | null {
  const now = ctx.clock.now();
  return ctx.metrics.query(id, 'Maximum', 5, now - WINDOW_MS, now).at(-1)?.value ?? null;
}

function linkStatuses({ ctx, network }: StatusSources): LinkStatus[] {
  const codes = ctx.estate.regions.map((region) => region.code);
  return codes.flatMap((from) =>
    codes
      .filter((to) => to !== from)
      .map((to) => ({
        from,
        to,
        rttMs: Math.round(roundTripMs(ctx.estate, from, to)),
        ...ctx.chaos.link(from, to),
        routed: network.reachable(from, to),
      })),
  );
}

async function readGeographies(sources: StatusSources): Promise<GeographyStatus[]> {
  const client = await createDnsClient(sources.dns);
  try {
    return await Promise.all(
      sources.ctx.estate.geographies.map(async (geography) => ({
        key: geography.key,
        name: geography.name,
        weights: publishedWeights(sources, geography),
        answer: await answerFor(sources, geography, (subnet) =>
          client.lookUp(sources.ctx.estate.dns.originName, subnet),
        ),
      })),
    );
  } finally {
    client.close();
  }
}

function publishedWeights(
  { ctx, publishedZones }: StatusSources,
  geography: Geography,
): Record<string, number> {
  const name = `${geography.key}.${ctx.estate.dns.originName}.`;
  const records = publishedZones().flatMap((zone) => zone.records(name, 'A'));
  return Object.fromEntries(
    records.flatMap(({ setIdentifier, routing }) =>
      routing.policy === 'weighted' && setIdentifier !== undefined ? [[setIdentifier, routing.weight]] : [],
    ),
  );
}

async function answerFor(
  { ctx, shops }: StatusSources,
  geography: Geography,
  lookUp: (subnet: string) => Promise<{ addresses: string[] }>,
): Promise<string | null> {
  try {
    const { addresses } = await lookUp(randomSubnet(geography.key, ctx.random));
    return shops.sites.find((site) => addresses.includes(site.address))?.region ?? addresses[0] ?? null;
  } catch (error) {
    if (error instanceof DnsError) return null;
    throw error;
  }
}

async function readShoppers(sources: StatusSources): Promise<ShoppersStatus | null> {
  const ledgerUrl = sources.ledgerUrl();
  if (ledgerUrl === undefined) return null;
  try {
    const response = await fetch(`${ledgerUrl}/report?window=30`, {
      signal: AbortSignal.timeout(LEDGER_WITHIN_MS),
    });
    const report = (await response.json()) as LoadReport;
    return {
      requestsPerSecond: report.all.requests / report.windowSeconds,
      total: report.total,
      shareByRegion: report.all.shareByRegion,
      orders: { acknowledged: report.orders.acknowledged, missing: report.orders.missing },
    };
  } catch (error) {
    sources.ctx.log('admin', 'the shoppers did not report', { error: String(error) });
    return null;
  }
}
