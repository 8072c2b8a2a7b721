import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import {
  AppsV1Api,
  type ConfigurationOptions,
  CoreV1Api,
  KubeConfig,
  Observable,
  type V1Node,
} from '@kubernetes/client-node';
import type { Region } from '#lib/domain/estate/estate.ts';
import type { ServiceObservation } from '#lib/domain/observation/kinds.ts';
import type { AwsClients } from '../aws/clients.ts';
import { eksToken } from './eks-token.ts';

/** A token is good for about 15 minutes. */
const CONFIG_MS = 10 * 60_000;

/** One Region's cluster, reached as EKS wants it: endpoint and CA from DescribeCluster, a token from the Region's STS. */
export interface ClusterClient {
  /** Nodes that are Ready and take pods, and all there are. */
  countReadyNodes(): Promise<{ ready: number; total: number }>;
  readService(namespace: string, service: string): Promise<ServiceObservation>;
}

export interface ClusterClientOptions {
  clients: AwsClients;
  region: Region;
  now: () => number;
  /** Longest that one of its calls takes, the way to the cluster included. */
  timeoutMs: number;
}

export function createClusterClient({
  clients,
  region,
  now,
  timeoutMs,
}: ClusterClientOptions): ClusterClient {
  const { name } = region.cluster;
  let known: { kube: Promise<KubeConfig>; until: number } | undefined;

  async function connect(): Promise<KubeConfig> {
    const { cluster } = await clients.eks(region.code).send(new DescribeClusterCommand({ name }));
    if (!cluster?.endpoint || !cluster.certificateAuthority?.data) {
      throw new Error(
        `EKS names no endpoint or certificate for ${name}; it is ${cluster?.status ?? 'unknown'}.`,
      );
    }
    const kube = new KubeConfig();
    kube.loadFromOptions({
      clusters: [{ name, server: cluster.endpoint, caData: cluster.certificateAuthority.data }],
      users: [{ name: 'meridian', token: await eksToken(clients, region.code, name) }],
      contexts: [{ name: region.code, cluster: name, user: 'meridian' }],
      currentContext: region.code,
    });
    return kube;
  }

  /** The same for calls at the same time; a failure is forgotten, so that the next call looks again. */
  function kubeConfig(): Promise<KubeConfig> {
    if (!known || now() >= known.until) known = { kube: connect(), until: now() + CONFIG_MS };
    return known.kube;
  }

  async function within<T>(
    what: string,
    work: (kube: KubeConfig, options: ConfigurationOptions) => Promise<T>,
  ): Promise<T> {
    const giveUp = new AbortController();
    const late = new Promise<never>((_, reject) => {
      giveUp.signal.addEventListener('abort', () => reject(giveUp.signal.reason), { once: true });
    });
    const timer = setTimeout(
      () => giveUp.abort(timeoutError(`${what} of ${name} took longer than ${timeoutMs} ms`)),
      timeoutMs,
    );
    const config = kubeConfig();
    try {
      return await Promise.race([config.then((kube) => work(kube, abortedBy(giveUp.signal))), late]);
    } catch (error) {
      if (known?.kube === config) known = undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    countReadyNodes: () =>
      within('Listing the nodes', async (kube, options) => {
        const { items } = await kube.makeApiClient(CoreV1Api).listNode({}, options);
        return { ready: items.filter(takesPods).length, total: items.length };
      }),
    readService: (namespace, service) =>
      within(`Reading ${service}`, async (kube, options) => {
        const found = await kube
          .makeApiClient(CoreV1Api)
          .readNamespacedService({ namespace, name: service }, options);
        const { items } = await kube
          .makeApiClient(AppsV1Api)
          .listNamespacedDeployment({ namespace }, options);
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

/** Ready, and not cordoned: a node that is being drained carries nothing new. */
function takesPods({ spec, status }: V1Node): boolean {
  const ready = status?.conditions?.some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
  return ready === true && spec?.unschedulable !== true;
}

/** Ends the request itself when the signal aborts: without it a cluster that hangs would keep every socket. */
function abortedBy(signal: AbortSignal): ConfigurationOptions {
  return {
    middleware: [
      {
        pre(request) {
          request.setSignal(signal);
          return new Observable(Promise.resolve(request));
        },
        post: (response) => new Observable(Promise.resolve(response)),
      },
    ],
    middlewareMergeStrategy: 'append',
  };
}

function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { name: 'TimeoutError' });
}
