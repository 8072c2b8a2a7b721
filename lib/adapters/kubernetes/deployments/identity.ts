import { CoreV1Api } from '@kubernetes/client-node';
import { RefusedError } from '../../../errors.ts';
import type { ClusterConnection, Look } from '../connection.ts';

export interface ClusterIdentity {
  /** UID of namespace `kube-system`: as old as the cluster, and no other has it (aws-facts B-22). */
  uid: string;
  endpointHost: string;
}

/** Which cluster answers at the Region's endpoint. Refuses where it is not the expected one; null: whichever. */
export async function identify(
  connection: ClusterConnection,
  region: string,
  expected: string | null,
  look?: Look,
): Promise<ClusterIdentity> {
  const { uid, endpointHost } = await connection.call(
    'ReadNamespace',
    async (kube, options) => {
      const api = kube.makeApiClient(CoreV1Api);
      const { metadata } = await api.readNamespace({ name: 'kube-system' }, options);
      return {
        uid: metadata?.uid ?? '',
        endpointHost: new URL(kube.getCurrentCluster()?.server ?? 'https://unknown').host,
      };
    },
    look,
  );
  if (expected === null || uid === expected) return { uid, endpointHost };
  throw new RefusedError(
    'wrong-cluster',
    `The cluster at ${endpointHost} in ${region} is not the one that was looked at before: its kube-system has UID ${uid}, expected was ${expected}. Nothing was changed. Find out who replaced the cluster, then plan again.`,
  );
}
