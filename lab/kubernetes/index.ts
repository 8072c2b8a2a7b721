import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { labCertificates } from '#lab/certificates/index.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import { type ClusterDependencies, startCluster } from './cluster.ts';
import { kubeconfig } from './security/kubeconfig.ts';
import type { Clusters } from './types.ts';

export type { ClusterDependencies } from './cluster.ts';
export type { ContainerResult, ContainerRun, ContainerRunner } from './kubelet/kubelet.ts';
export type { EksTokenVerifier } from './security/authentication.ts';
export type { Cluster, Clusters, ServingPod, ServingPods } from './types.ts';

/**
 * Starts one Kubernetes cluster per Region of the estate. Objects, certificates, tokens and ports survive a restart. A Region's outage takes
 * its API away and gives it back as it was; `reset` returns every cluster to the estate's first state and keeps the keys.
 */
export async function createClusters(
  ctx: LabContext,
  dependencies: ClusterDependencies = {},
): Promise<Clusters> {
  const keptTokens = ctx.state.collection<string>('kubernetes-tokens');
  const certificates = await labCertificates(ctx);
  const staticToken = keptTokens.get('admin') ?? `lab-${randomBytes(24).toString('base64url')}`;
  keptTokens.put('admin', staticToken);
  const clusters = await Promise.all(
    ctx.estate.regions.map((region) =>
      startCluster({ ...dependencies, ctx, region, certificates, staticToken }),
    ),
  );
  const applyOutages = async () => {
    await Promise.all(clusters.map((cluster) => cluster.setOutage(ctx.chaos.outage(cluster.region))));
  };
  ctx.chaos.onChange(applyOutages);
  await applyOutages();

  const folder = path.join(ctx.dataDir, 'kubernetes');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kubeconfigPath = path.join(folder, 'kubeconfig');
  const namespace = ctx.estate.environments[0]?.namespace ?? 'default';
  const entries = clusters.map(({ region, url }) => ({ name: region, url, namespace }));
  writeFileSync(kubeconfigPath, kubeconfig(entries, certificates.ca, staticToken), { mode: 0o600 });
  const caFile = path.join(folder, 'ca.crt');
  writeFileSync(caFile, certificates.ca);

  return {
    kubeconfigPath,
    caFile,
    ca: certificates.ca,
    region: (code) => clusters.find((cluster) => cluster.region === code),
    list: () => clusters,
    async reset() {
      for (const cluster of clusters) cluster.reset();
    },
    async close() {
      await Promise.all(clusters.map((cluster) => cluster.close()));
    },
  };
}
