import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createActions } from '#lab/admin/actions.ts';
import { readStatus } from '#lab/admin/read-status.ts';
import { createAdminServer } from '#lab/admin/server.ts';
import { startCanaries } from '#lab/canaries/index.ts';
import { createCloudWatch } from '#lab/cloudwatch/index.ts';
import { createCostExplorer } from '#lab/cost-explorer/index.ts';
import type { LabDescription, RegionDescription } from '#lab/description.ts';
import { startDns } from '#lab/dns/server.ts';
import { createEc2, createNetwork } from '#lab/ec2/index.ts';
import { createEcr } from '#lab/ecr/index.ts';
import { createEks } from '#lab/eks/index.ts';
import { createElastiCache } from '#lab/elasticache/index.ts';
import { createKafka } from '#lab/kafka/index.ts';
import { createChaos } from '#lab/kernel/chaos.ts';
import { createClock } from '#lab/kernel/clock.ts';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { createMetricStore } from '#lab/kernel/metric-store.ts';
import { createNameRegistry } from '#lab/kernel/names.ts';
import { createRandom } from '#lab/kernel/random.ts';
import { createStateStore } from '#lab/kernel/state.ts';
import { type Clusters, createClusters } from '#lab/kubernetes/index.ts';
import { createLinks } from '#lab/links/index.ts';
import { startLoad } from '#lab/load/index.ts';
import { createDatabases, type DatabaseControl } from '#lab/postgres/index.ts';
import { createProbeRunner } from '#lab/probe/index.ts';
import { createRds } from '#lab/rds/index.ts';
import { createRoute53 } from '#lab/route53/index.ts';
import { createS3, type S3 } from '#lab/s3/index.ts';
import { createSecretsManager } from '#lab/secrets-manager/index.ts';
import { createShops, type Shops } from '#lab/shop/index.ts';
import { createSts } from '#lab/sts/index.ts';
import { createCredentials } from '#lab/wire/credentials.ts';
import { createGateway, type Gateway } from '#lab/wire/gateway.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';

export interface LabOptions {
  estate: Estate;
  /** Folder of the lab's own files. */
  directory: string;
  /** Of every draw. */
  seed: number;
  log: LabContext['log'];
}

export interface RunningLab {
  description: LabDescription;
  /** Stops everything, the last started first. Rejects with what could not be stopped, after trying all of it. */
  close(): Promise<void>;
}

/** Share of the peak the shoppers begin with (DECISIONS "Capacity"). */
const STARTING_LOAD = 0.4;

/** Starts every part of the lab in the order they need each other. If one cannot start, those before it are stopped again. */
export async function startLabParts(options: LabOptions): Promise<RunningLab> {
  const ctx = createContext(options);
  const started: LabPart[] = [];
  const close = async () => {
    ctx.state.flush();
    await closeAll(started);
    ctx.state.flush();
  };
  try {
    return { description: await startInOrder(ctx, options, started), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function createContext({ estate, directory, seed, log }: LabOptions): LabContext {
  const clock = createClock(estate.environments[0]?.timeScale ?? 1);
  return {
    estate,
    clock,
    log,
    dataDir: directory,
    random: createRandom(seed),
    chaos: createChaos(STARTING_LOAD * estate.capacity.peakRequestsPerSecond),
    metrics: createMetricStore(clock),
    names: createNameRegistry(),
    state: createStateStore(path.join(directory, 'state')),
  };
}

async function startInOrder(
  ctx: LabContext,
  options: LabOptions,
  started: LabPart[],
): Promise<LabDescription> {
  const startedAt = new Date(ctx.clock.now()).toISOString();
  const token = randomBytes(24).toString('base64url');
  const keep = <Part extends LabPart>(part: Part): Part => {
    started.push(part);
    return part;
  };

  const skewedNow = () => ctx.clock.now() + ctx.chaos.state().clockSkewSeconds * 1000;
  const credentials = createCredentials(ctx.dataDir, ctx.estate.account, skewedNow);
  const cloudWatch = createCloudWatch(ctx);
  keep(cloudWatch.part);

  const network = keep(createNetwork(ctx));
  const ec2 = createEc2(ctx, network);
  keep(ec2.part);
  const links = keep(await createLinks(ctx, network));
  const databases = keep(await createDatabases(ctx, links));
  const rds = await createRds(ctx, databases, { securityGroups: network.securityGroups });
  keep(rds.part);
  const ecr = createEcr(ctx);
  keep(ecr.part);
  const shopsReady = Promise.withResolvers<Shops>();
  const clusters = keep(
    await createClusters(ctx, {
      verifyEksToken(url, clusterName) {
        const verified = credentials.verifyPresigned(url, { 'x-k8s-aws-id': clusterName });
        return verified.ok ? verified.caller.identityArn : undefined;
      },
      canPull: ecr.canPull,
      run: createProbeRunner(ctx, { links, databases, admits: rds.admits, shops: shopsReady.promise }),
    }),
  );
  const secretsManager = createSecretsManager(ctx, { login: databases.masterLogin() });
  keep(secretsManager.part);
  const elastiCache = createElastiCache(ctx);
  keep(elastiCache.part);
  const kafka = createKafka(ctx);
  keep(kafka.part);
  const eks = createEks(ctx, { clusters });
  keep(eks.part);
  const { shops, part: shopPart } = await createShops(ctx, { databases, links, cluster: clusters.region });
  keep(shopPart);
  shopsReady.resolve(shops);

  // Before Route 53, whose health checkers probe its switches.
  const s3 = await createS3(ctx);
  keep(s3.part);
  const route53 = createRoute53(ctx, { alarmState: cloudWatch.alarmState });
  keep(route53.part);
  for (const region of ctx.estate.regions) {
    const site = shops.site(region.code);
    if (site)
      route53.healthChecks.setTarget(region.healthCheckId, { ipAddress: site.address, port: shops.port });
  }
  const dns = await startDns(ctx, route53.resolver);
  keep(dns.part);

  keep(startCanaries(ctx, { links, shops }));

  const services = [
    createSts(ctx, credentials),
    rds.service,
    route53.service,
    cloudWatch.service,
    ec2.service,
    eks.service,
    ecr.service,
    s3.service,
    secretsManager.service,
    elastiCache.service,
    kafka.service,
    createCostExplorer(ctx),
  ];
  const gateway = keep(await createGateway(ctx, { services, credentials }));

  const load = await startLoad(ctx, { dns, shops });

  const admin = keep(
    await createAdminServer(ctx, {
      token,
      reads: {
        '/status': () =>
          readStatus({
            ctx,
            startedAt,
            gateway,
            network,
            databases,
            clusters,
            shops,
            switches: s3.switches,
            cacheRole: elastiCache.roleIn,
            dns,
            seed: options.seed,
            publishedZones: route53.zones.published,
            ledgerUrl: () => load.ledgerUrl,
          }),
        '/calls': async () => ({ calls: gateway.calls.recent() }),
      },
      actions: createActions(ctx.estate, ctx.chaos, { reset: () => resetAll(ctx, started), push: ecr.push }),
    }),
  );
  // The shoppers come last and go first: they count every second in which the shop is not there.
  keep(load.part);

  return {
    startedAt,
    token,
    pid: process.pid,
    seed: options.seed,
    adminUrl: admin.url,
    gatewayUrl: gateway.url,
    credentials: credentials.user,
    account: ctx.estate.account,
    dns: { host: dns.host, port: dns.port, ...pick(ctx.estate.dns) },
    kubeconfig: clusters.kubeconfigPath,
    caFile: clusters.caFile,
    ledgerUrl: load.ledgerUrl,
    regions: describeRegions(ctx.estate, { gateway, shops, clusters, databases, s3 }),
  };
}

const pick = ({ zoneId, zoneName, originName }: Estate['dns']) => ({ zoneId, zoneName, originName });

function describeRegions(
  estate: Estate,
  parts: { gateway: Gateway; shops: Shops; clusters: Clusters; databases: DatabaseControl; s3: S3 },
): Record<string, RegionDescription> {
  const described = estate.regions.map((region): [string, RegionDescription] => {
    const shopUrl = parts.shops.url(region.code);
    const cluster = parts.clusters.region(region.code);
    const visited = parts.shops.site(region.code);
    const instance = parts.databases
      .list()
      .find((one) => one.region === region.code && one.environment === visited?.databases);
    return [
      region.code,
      {
        shopUrl,
        gatewayUrl: parts.gateway.regionUrl(region.code) ?? parts.gateway.url,
        healthUrl: `${shopUrl}/health`,
        shopAddress: visited?.address ?? '',
        shopPort: parts.shops.port,
        kubernetesUrl: cluster?.url ?? '',
        kubeconfig: cluster?.kubeconfigPath ?? '',
        postgresUrl: instance ? parts.databases.endpointUrl(instance.resourceId) : '',
        databaseInstance: instance?.id ?? '',
        switchUrl: parts.s3.switches.url(region.code),
      },
    ];
  });
  return Object.fromEntries(described);
}

/** In the order of start: the shop finds its databases new, the shoppers find the shop new. */
async function resetAll(ctx: LabContext, started: LabPart[]): Promise<void> {
  await ctx.chaos.heal();
  await ctx.chaos.change({ shopperRate: STARTING_LOAD * ctx.estate.capacity.peakRequestsPerSecond });
  for (const part of started) part.halt?.();
  for (const part of started) await part.reset?.();
  // What was measured while everything was being replaced belongs to neither state.
  ctx.metrics.clear();
}

async function closeAll(started: LabPart[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of started.reverse()) {
    await part.close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Some parts of the lab could not be stopped.');
}
