import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { FIELD_MANAGER } from '#lib/domain/deployment/shop-services.ts';
import type { ClusterConnection } from '../connection.ts';

/** Merges `body` into a Service; a resourceVersion in it makes the API server refuse what is not as it was then. */
export async function patchService(
  connection: ClusterConnection,
  { namespace, name, body }: { namespace: string; name: string; body: object },
): Promise<void> {
  await connection.call('PatchService', (kube, options) =>
    kube
      .makeApiClient(CoreV1Api)
      .patchNamespacedService(
        { namespace, name, body, fieldManager: FIELD_MANAGER },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch, options),
      ),
  );
}
