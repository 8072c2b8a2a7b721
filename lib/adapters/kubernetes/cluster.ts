import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { Region } from '#lib/domain/estate/estate.ts';
import type { ServiceObservation } from '#lib/domain/observation/kinds.ts';
import type { AwsClients } from '../aws/clients.ts';
import { eksToken } from './eks-token.ts';

const TOKEN_MS = 10 * 60_000;
const CLUSTER_MS = 10 * 60_000;

/** One Region's cluster, reached as EKS wants it: endpoint and CA from DescribeCluster, a token from the Region's STS. */
export interface ClusterClient {
  countReadyNodes(): Promise<{ ready: number; total: number }>;
  readService(namespace: string, service: string): Promise<ServiceObservation>;
}

export function createClusterClient(
  clients: AwsClients,
  region: Region,
  now: () => number,
  timeoutMs: number,
): ClusterClient {
  let config: { kube: KubeConfig; until: number } | undefined;

  async function kubeConfig(): Promise<KubeConfig> {
    if (config && now() < config.until) return config.kube;
    const { cluster } = await clients
      .eks(region.code)
      .send(new DescribeClusterCommand({ name: region.cluster.name }));
    if (!cluster?.endpoint || !cluster.certificateAuthority?.data) {
      throw new Error(
        `EKS names no endpoint or certificate for ${region.cluster.name}; it is ${cluster?.status ?? 'unknown'}.`,
      );
    }
    const kube = new KubeConfig();
    kube.loadFromOptions({
      clusters: [
        { name: region.cluster.name, server: cluster.endpoint, caData: cluster.certificateAuthority.data },
      ],
      users: [{ name: 'meridian', token: await eksToken(clients, region.code, region.cluster.name) }],
      contexts: [{ name: region.code, cluster: region.cluster.name, user: 'meridian' }],
      currentContext: region.code,
    });
    config = { kube, until: now() + Math.min(TOKEN_MS, CLUSTER_MS) };
    return kube;
  }

  async function within<T>(what: string, work: (kube: KubeConfig) => Promise<T>): Promise<T> {
    const late = new Promise<never>((_, reject) => {
      setTimeout(
        () => reject(new Error(`${what} of ${region.cluster.name} took longer than ${timeoutMs} ms`)),
        timeoutMs,
      ).unref();
    });
    try {
      return await Promise.race([kubeConfig().then(work), late]);
    } catch (error) {
      config = undefined;
      throw error;
    }
  }

  return {
    countReadyNodes: () =>
      within('Listing the nodes', async (kube) => {
        const { items } = await kube.makeApiClient(CoreV1Api).listNode();
        const ready = items.filter((node) =>
          node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
        );
        return { ready: ready.length, total: items.length };
      }),
    readService: (namespace, service) =>
      within(`Reading ${service}`, async (kube) => {
        const found = await kube.makeApiClient(CoreV1Api).readNamespacedService({ namespace, name: service });
        const { items } = await kube.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace });
        const selector = found.spec?.selector ?? {};
        const deployments = items.map((deployment) => {
          const labels = deployment.spec?.template.metadata?.labels ?? {};
          return {
            name: deployment.metadata?.name ?? '',
            version: labels.version ?? '',
            image: deployment.spec?.template.spec?.containers[0]?.image ?? '',
            desired: deployment.spec?.replicas ?? 0,
            ready: deployment.status?.readyReplicas ?? 0,
            selected: Object.entries(selector).every(([name, value]) => labels[name] === value),
          };
        });
        const live =
          deployments.find(({ selected, ready }) => selected && ready > 0) ??
          deployments.find(({ selected }) => selected);
        return {
          namespace,
          service,
          liveVersion: selector.version ?? live?.version ?? null,
          deployments: deployments.map(({ selected: _, ...deployment }) => deployment),
        };
      }),
  };
}
