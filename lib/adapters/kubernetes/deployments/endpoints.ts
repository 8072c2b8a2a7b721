import { DiscoveryV1Api, type V1EndpointSlice } from '@kubernetes/client-node';
import type { ClusterConnection, Look } from '../connection.ts';

/** Pods behind a Service that take requests, by its EndpointSlices. */
export async function countReadyEndpoints(
  connection: ClusterConnection,
  namespace: string,
  service: string,
  look?: Look,
): Promise<number> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const { items } = await connection.call(
    'ListEndpointSlices',
    (kube, options) =>
      kube.makeApiClient(DiscoveryV1Api).listNamespacedEndpointSlice({ namespace, labelSelector }, options),
    look,
  );
  return readyPods(items).size;
}

/** By name: one pod stands in a slice for each family of addresses. No condition means ready, as the API has it. */
export function readyPods(slices: readonly V1EndpointSlice[]): Set<string> {
  const ready = slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false);
  return new Set(ready.map(({ targetRef, addresses }) => targetRef?.name ?? addresses[0] ?? ''));
}
