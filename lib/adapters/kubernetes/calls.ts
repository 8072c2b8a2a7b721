import type { AwsPort } from '../../ports/aws.ts';
import type { PortContext } from '../aws/port-context.ts';
import { clusterClientOn } from './cluster.ts';
import { type ClusterConnection, createClusterConnection } from './connection.ts';
import { deploymentCalls } from './deployments/calls.ts';
import { PROBE_MS } from './probe-job.ts';

type ClusterCalls = Pick<AwsPort, 'countReadyNodes' | 'readShopConfig' | 'writeShopConfig' | 'runProbe'>;

export function clusterCalls(context: PortContext): ClusterCalls & ReturnType<typeof deploymentCalls> {
  const { estate, reading, now, timeoutMs, record, closed, regionOf } = context;
  const connections = new Map<string, ClusterConnection>();

  function connectionTo(code: string): ClusterConnection {
    const known =
      connections.get(code) ??
      createClusterConnection({
        clients: reading,
        region: regionOf(code),
        now,
        timeoutMs,
        onCall: record,
        closed,
      });
    connections.set(code, known);
    return known;
  }

  const clusterOf = (code: string) => clusterClientOn(connectionTo(code));

  /** Where the shop of the Region's first environment runs: probes stand beside it. */
  function namespaceIn(code: string): string {
    const environment = estate.environments.find(({ regions }) => regions.includes(code));
    if (environment) return environment.namespace;
    throw new Error(`No environment of the estate is in ${code}. Import the estate that has one there.`);
  }

  return {
    ...deploymentCalls(context, connectionTo),
    countReadyNodes: (code) =>
      context.read(
        `The Kubernetes API of ${code}`,
        async () => (await clusterOf(code).countReadyNodes()).ready,
      ),
    readShopConfig: (code, namespace) =>
      context.read(`Reading shop-config of ${namespace} in ${code}`, () =>
        clusterOf(code).readShopConfig(namespace),
      ),
    writeShopConfig: (code, namespace, config) =>
      context.change(`Changing shop-config of ${namespace} in ${code}`, code, () =>
        clusterOf(code).patchShopConfig(namespace, config),
      ),
    runProbe: (code, task, name) =>
      context.change(
        `The probe ${name} in ${code}`,
        code,
        () => clusterOf(code).runProbe(namespaceIn(code), task, name),
        PROBE_MS + timeoutMs,
      ),
  };
}
