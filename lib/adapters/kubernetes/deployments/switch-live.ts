import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { StaleServiceError } from '../../../ports/deployment.ts';
import { hasStatus } from '../api-status.ts';
import type { ClusterConnection } from '../connection.ts';
import { FIELD_MANAGER, LIVE_SERVICE } from '../shop-services.ts';

/** The API server compares the resourceVersion that a patch names with the Service's, in the same transaction. */
export async function switchLive(
  connection: ClusterConnection,
  namespace: string,
  { version, resourceVersion }: { version: string; resourceVersion: string },
): Promise<void> {
  try {
    await connection.call('PatchService', (kube, options) =>
      kube.makeApiClient(CoreV1Api).patchNamespacedService(
        {
          namespace,
          name: LIVE_SERVICE,
          body: { metadata: { resourceVersion }, spec: { selector: { version } } },
          fieldManager: FIELD_MANAGER,
        },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch, options),
      ),
    );
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    throw new StaleServiceError(
      `${LIVE_SERVICE} of ${namespace} was not pointed at ${version}: somebody changed it since it was read at resourceVersion ${resourceVersion}. Look who did, then decide again.`,
      { cause: error },
    );
  }
}
