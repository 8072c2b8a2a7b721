import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { Door } from '#lab/kernel/door.ts';
import { openDoorsOnOnePort } from '#lab/kernel/open-doors.ts';
import { startPeriodic } from '#lab/kernel/periodic.ts';
import { type ShopPlace, writerIn } from '#lab/postgres/index.ts';
import { electedWriter } from './current-writer.ts';
import { createShopDatabase, type ShopDatabase } from './database.ts';
import { errorMessage } from './faults.ts';
import { createForwarder, type Forwarder } from './forward.ts';
import { createLoadBalancerMetrics, type LoadBalancerMetrics } from './load-balancer-metrics.ts';
import { ensureEnvironmentTables } from './other-environments.ts';
import { createRateMeter } from './rate-meter.ts';
import { readerIn } from './readers.ts';
import { dropOldOrders } from './retention.ts';
import { recordSample, type SampleSource, utilisationIn } from './sampling.ts';
import { modelledServiceMs } from './service-time.ts';
import { planSites, type Site } from './sites.ts';
import { createStorefront } from './storefront.ts';
import { createTargetHealth, LOOK_EVERY_MS, type TargetHealth } from './target-health.ts';
import type { ShopDependencies } from './types.ts';
import { routeWrite, type WriteRoute } from './write-route.ts';

/** The shops of every Region and environment. */
export interface Shops {
  /** The same on every address. */
  port: number;
  sites: Site[];
  /** The shop of that Region that shoppers visit; undefined for a Region without one. */
  site(region: string): Site | undefined;
  /** `http://127.0.11.1:41234`; throws for a Region without a shop. */
  url(region: string): string;
  /** The database that orders go to now, and how the lab reads it; undefined when no Region takes orders. */
  currentWriter(): { region: string; instance: string; adminUrl: string } | undefined;
}

interface Shop {
  site: Site;
  metrics: LoadBalancerMetrics;
  database: ShopDatabase;
}

const RATE_WINDOW_SECONDS = 15;
const HOUSEKEEPING_MS = 600_000;

/**
 * Starts one HTTP shop per environment and Region on addresses of their own, registers their load balancers' names, and
 * keeps their metrics. The databases and clusters have to be up.
 */
export async function createShops(
  ctx: LabContext,
  dependencies: ShopDependencies,
): Promise<{ shops: Shops; part: LabPart }> {
  const sites = planSites(ctx.estate);
  const production = sites.filter((site) => site.environment === ctx.estate.environments[0]?.name);
  const rates = new Map(
    ctx.estate.regions.map((region) => [region.code, createRateMeter(RATE_WINDOW_SECONDS, ctx.clock.now)]),
  );
  const load: SampleSource = { ctx, cluster: dependencies.cluster, rates };
  const forwarder = createForwarder();
  const shops: Shop[] = sites.map((site) => ({
    site,
    metrics: createLoadBalancerMetrics(ctx.metrics, site),
    database: createShopDatabase(site.schema),
  }));

  const remembered = ctx.state.collection<number>('shop-port');
  let port = 0;
  const portNow = () => port;
  const common = { ctx, dependencies, sites, load, forwarder, portNow };
  const opened = await openDoorsOnOnePort(
    'the shops',
    [
      ...shops.map((shop) => ({ host: shop.site.address, answer: storefrontOf({ ...common, shop }) })),
      ...shops.map((shop) => ({
        host: shop.site.previewAddress,
        answer: storefrontOf({ ...common, shop, isPreview: true }),
      })),
    ],
    remembered.get('port'),
  );
  port = opened.port;
  remembered.put('port', port);

  const doors = doorsOf(sites, opened.doors);
  const targetHealth = registerNames(ctx, dependencies, doors);
  ctx.chaos.onChange(() => followOutages(ctx, doors));
  await followOutages(ctx, doors);
  await ensureTables(ctx, dependencies, sites);

  const sampler = startPeriodic(ctx.estate.metrics.periodSeconds * 1000, () => recordSample(load, shops));
  const looker = setInterval(() => {
    for (const health of targetHealth) health.look();
  }, dependencies.targetHealthEveryMs ?? LOOK_EVERY_MS);
  const housekeeper = setInterval(() => keepHouse(ctx, dependencies, shops), HOUSEKEEPING_MS);

  return {
    shops: {
      port,
      sites,
      site: (region) => production.find((site) => site.region === region),
      url(region) {
        const site = production.find((candidate) => candidate.region === region);
        if (!site)
          throw new Error(
            `There is no shop in ${region}; there are ${production.map((s) => s.region).join(', ')}.`,
          );
        return `http://${site.address}:${port}`;
      },
      currentWriter() {
        const routes = production.map((site) => [site.region, routeOf(dependencies, sites, site)] as const);
        const region = electedWriter(new Map(routes));
        const site = production.find((candidate) => candidate.region === region);
        const instance =
          site && writerIn(placeOf(site, endpointOf(dependencies, site)), dependencies.databases.list());
        if (!instance) return undefined;
        return {
          region: instance.region,
          instance: instance.resourceId,
          adminUrl: dependencies.databases.adminUrl(instance.resourceId),
        };
      },
    },
    part: {
      async close() {
        sampler.stop();
        clearInterval(looker);
        clearInterval(housekeeper);
        await Promise.all(opened.doors.map((door) => door.close()));
        forwarder.close();
        await Promise.all(shops.map((shop) => shop.database.close()));
      },
      async reset() {
        remembered.put('port', port);
        for (const health of targetHealth) health.settle();
        await ensureTables(ctx, dependencies, sites);
      },
    },
  };
}

interface StorefrontOptions {
  ctx: LabContext;
  dependencies: ShopDependencies;
  sites: Site[];
  load: SampleSource;
  forwarder: Forwarder;
  shop: Shop;
  portNow: () => number;
  isPreview?: boolean;
}

interface Doors {
  visitors: Door;
  preview: Door;
}

/** The doors of each site: those of all visitors were opened first, then those of all previews. */
function doorsOf(sites: Site[], opened: Door[]): Map<Site, Doors> {
  return new Map(
    sites.flatMap((site, i) => {
      const [visitors, preview] = [opened[i], opened[sites.length + i]];
      return visitors && preview ? [[site, { visitors, preview }] as const] : [];
    }),
  );
}

function storefrontOf(options: StorefrontOptions) {
  const { ctx, dependencies, sites, load, forwarder, shop, portNow, isPreview = false } = options;
  const { site, metrics, database } = shop;
  const { databases, links, serviceTime = modelledServiceMs } = dependencies;
  const cluster = () => dependencies.cluster(site.region);
  return createStorefront({
    site,
    random: ctx.random,
    pods: () => (isPreview ? cluster()?.previewPods(site.namespace) : cluster()?.pods(site.namespace)) ?? [],
    isPreview,
    chaos: () => ctx.chaos.shop(site.region),
    serviceMs: () => serviceTime(ctx.random, utilisationIn(load, site.region)),
    async readerUrl() {
      const { readerEndpoint } = settingsOf(dependencies, site);
      const instance = readerIn(placeOf(site, readerEndpoint?.trim()), databases.list());
      return instance && databases.urlFrom(site.region, instance.resourceId);
    },
    writeRoute: () => routeOf(dependencies, sites, site),
    async shopOf(region) {
      const other = sites.find(
        (candidate) => candidate.environment === site.environment && candidate.region === region,
      );
      return other && links.proxy(site.region, region, { host: other.address, port: portNow() });
    },
    database,
    forwarder,
    worked: () => load.rates.get(site.region)?.count(),
    answered(request) {
      // What an outage cut off was never answered, so nothing published it.
      if (!isPreview && !ctx.chaos.outage(site.region)) metrics.answered(request);
    },
    log: (message, fields) => ctx.log('shop', message, { site: site.key, ...fields }),
  });
}

const settingsOf = (dependencies: ShopDependencies, site: Site) =>
  dependencies.cluster(site.region)?.settings(site.namespace) ?? {};

const endpointOf = (dependencies: ShopDependencies, site: Site) =>
  settingsOf(dependencies, site).writerEndpoint?.trim();

const placeOf = ({ region, databases }: Site, endpoint: string | undefined): ShopPlace => ({
  region,
  environment: databases,
  endpoint,
});

function routeOf(dependencies: ShopDependencies, sites: Site[], site: Site): WriteRoute {
  return routeWrite({
    region: site.region,
    settings: settingsOf(dependencies, site),
    regions: sites.filter((other) => other.environment === site.environment).map((other) => other.region),
    writerUrl: ({ region, endpoint }) =>
      dependencies.databases.writerUrl({ region, environment: site.databases, endpoint }),
  });
}

function registerNames(
  ctx: LabContext,
  dependencies: ShopDependencies,
  doors: Map<Site, Doors>,
): TargetHealth[] {
  return [...doors].map(([site, { visitors }]) => {
    const readyPods = () => dependencies.cluster(site.region)?.pods(site.namespace).length ?? 0;
    const health = createTargetHealth(() => visitors.mode() === 'open' && readyPods() > 0);
    ctx.names.register(site.loadBalancer.dnsName, {
      addresses: () => [site.address],
      healthy: health.healthy,
    });
    return health;
  });
}

async function followOutages(ctx: LabContext, doors: Map<Site, Doors>): Promise<void> {
  await Promise.all(
    [...doors].flatMap(([site, { visitors, preview }]) => {
      const mode = ctx.chaos.outage(site.region) ?? 'open';
      return [visitors.setMode(mode), preview.setMode(mode)];
    }),
  );
}

/** Tables come with the databases; those of an environment that shares another's are made here, where a Region takes writes. */
async function ensureTables(ctx: LabContext, { databases }: ShopDependencies, sites: Site[]): Promise<void> {
  const sharing = Map.groupBy(
    sites.filter(({ schema }) => schema !== 'public'),
    ({ schema }) => schema,
  );
  for (const [schema, [site]] of sharing) {
    const writer = databases
      .list()
      .find(
        ({ role, state, environment }) =>
          role === 'primary' && state === 'running' && environment === site?.databases,
      );
    if (!writer) {
      ctx.log('shop', 'No database takes writes, so an environment keeps the tables it has', { schema });
      continue;
    }
    try {
      await ensureEnvironmentTables(databases.endpointUrl(writer.resourceId, 'master'), schema);
    } catch (error) {
      // Production's shops need nothing of it.
      ctx.log('shop', 'Tables of another environment could not be made', {
        schema,
        error: errorMessage(error),
      });
    }
  }
}

function keepHouse(ctx: LabContext, { databases }: ShopDependencies, shops: Shop[]): void {
  for (const { site, database } of shops) {
    const url = databases.writerUrl(placeOf(site, undefined));
    if (!url) continue;
    dropOldOrders(database, url).catch((error: unknown) => {
      ctx.log('shop', 'Old orders could not be dropped', { site: site.key, error: errorMessage(error) });
    });
  }
}
