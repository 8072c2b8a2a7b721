import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEc2, createNetwork, type LabNetwork } from '#lab/ec2/index.ts';
import { createEks } from '#lab/eks/index.ts';
import { createChaos } from '#lab/kernel/chaos.ts';
import { createClock } from '#lab/kernel/clock.ts';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { createMetricStore } from '#lab/kernel/metric-store.ts';
import { createNameRegistry } from '#lab/kernel/names.ts';
import { createRandom } from '#lab/kernel/random.ts';
import { createStateStore } from '#lab/kernel/state.ts';
import { type ClusterDependencies, type Clusters, createClusters } from '#lab/kubernetes/index.ts';
import { type Credentials, createCredentials } from '#lab/wire/credentials.ts';
import { createGateway } from '#lab/wire/gateway.ts';
import { parseEstate } from '#lib/domain/estate/estate.ts';

/** The repository's estate with its clusters, EKS and EC2, without databases, DNS and shop. */
export interface ClusterLab {
  ctx: LabContext;
  clusters: Clusters;
  network: LabNetwork;
  credentials: Credentials;
  reset(): Promise<void>;
  /** Options for an SDK client of that Region. */
  sdk(region: string): {
    region: string;
    endpoint: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  };
  /** Stops it; `keep` leaves its data for a lab started later in the same folder. */
  close(options?: { keep: boolean }): Promise<void>;
}

interface ClusterLabOptions {
  /** AWS waits pass this many times faster. */
  timeScale: number;
  dataDir?: string;
  dependencies?: ClusterDependencies;
}

export async function startClusterLab(options: ClusterLabOptions): Promise<ClusterLab> {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'meridian-clusters-'));
  const parsed = parseEstate(readFileSync(path.join(import.meta.dirname, '../../../estate.yaml'), 'utf8'));
  if (!parsed.ok) throw new Error(`estate.yaml: ${JSON.stringify(parsed.problems)}`);
  const clock = createClock(options.timeScale);
  const problems: string[] = [];
  const ctx: LabContext = {
    estate: parsed.estate,
    dataDir,
    clock,
    random: createRandom(7),
    chaos: createChaos(20),
    metrics: createMetricStore(clock),
    names: createNameRegistry(),
    state: createStateStore(path.join(dataDir, 'state')),
    log: (part, message, fields) => problems.push(`${part}: ${message} ${JSON.stringify(fields)}`),
  };
  const credentials = createCredentials(dataDir, parsed.estate.account, clock.now);
  const clusters = await createClusters(ctx, {
    verifyEksToken(url, clusterName) {
      const verified = credentials.verifyPresigned(url, { 'x-k8s-aws-id': clusterName });
      return verified.ok ? verified.caller.identityArn : undefined;
    },
    ...options.dependencies,
  });
  const network = createNetwork(ctx);
  const eks = createEks(ctx, { clusters });
  const ec2 = createEc2(ctx, network);
  const gateway = await createGateway(ctx, { credentials, services: [eks.service, ec2.service] });
  const parts: LabPart[] = [clusters, network, eks.part, ec2.part, gateway];
  return {
    ctx,
    clusters,
    network,
    credentials,
    async reset() {
      for (const part of parts) await part.reset?.();
    },
    sdk: (region) => ({ region, endpoint: gateway.url, credentials: credentials.user, maxAttempts: 1 }),
    async close({ keep } = { keep: false }) {
      for (const part of parts.toReversed()) await part.close();
      ctx.state.flush();
      if (!keep) rmSync(dataDir, { recursive: true, force: true });
      if (problems.length > 0) throw new Error(`The lab logged problems:\n${problems.join('\n')}`);
    },
  };
}
