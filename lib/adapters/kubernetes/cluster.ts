import { AppsV1Api, CoreV1Api, type V1Node } from '@kubernetes/client-node';
import type { ServiceObservation } from '#lib/domain/observation/kinds.ts';
import type { ProbeResult, ProbeTask, ShopConfig } from '../../ports/recovery.ts';
import { type ClusterConnection, type ConnectionOptions, createClusterConnection } from './connection.ts';
import { readProbeLine, toProbeArgument } from './probe-form.ts';
import { runProbeJob } from './probe-job.ts';
import { toServiceObservation } from './service-observation.ts';
import { patchShopConfig, readShopConfig } from './shop-config.ts';

/** One Region's cluster. Every request is bounded in time. */
export interface ClusterClient {
  /** Nodes that are Ready and take pods, and all there are. */
  countReadyNodes(): Promise<{ ready: number; total: number }>;
  readService(namespace: string, service: string): Promise<ServiceObservation>;
  /** ConfigMap `shop-config` of the namespace; rejects with 404 where there is none. */
  readShopConfig(namespace: string): Promise<ShopConfig>;
  /** Changes what is given and leaves the rest as it is. */
  patchShopConfig(namespace: string, config: Partial<ShopConfig>): Promise<void>;
  /** The Job of that name, made where there is none; its result once it has ended. */
  runProbe(namespace: string, task: ProbeTask, name: string): Promise<{ result: ProbeResult; job: string }>;
}

export type ClusterClientOptions = ConnectionOptions;

export function createClusterClient(options: ClusterClientOptions): ClusterClient {
  return clusterClientOn(createClusterConnection(options));
}

export function clusterClientOn(connection: ClusterConnection): ClusterClient {
  return {
    async countReadyNodes() {
      const { items } = await connection.call('ListNodes', (kube, call) =>
        kube.makeApiClient(CoreV1Api).listNode({}, call),
      );
      return { ready: items.filter(takesPods).length, total: items.length };
    },
    async readService(namespace, service) {
      const [found, { items }] = await Promise.all([
        connection.call('ReadService', (kube, call) =>
          kube.makeApiClient(CoreV1Api).readNamespacedService({ namespace, name: service }, call),
        ),
        connection.call('ListDeployments', (kube, call) =>
          kube.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace }, call),
        ),
      ]);
      return toServiceObservation(found, items);
    },
    readShopConfig: (namespace) => readShopConfig(connection, namespace),
    patchShopConfig: (namespace, config) => patchShopConfig(connection, namespace, config),
    async runProbe(namespace, task, name) {
      const argument = toProbeArgument(task);
      const { log, job } = await runProbeJob(connection, { namespace, argument, name });
      return { result: readProbeLine(task, log, job), job };
    },
  };
}

/** Ready, and not cordoned: a node that is being drained carries nothing new. */
function takesPods({ spec, status }: V1Node): boolean {
  const ready = status?.conditions?.some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
  return ready === true && spec?.unschedulable !== true;
}
