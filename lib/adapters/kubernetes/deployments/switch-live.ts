import { LIVE_SERVICE } from '#lib/domain/deployment/shop-services.ts';
import { StaleServiceError } from '../../../ports/deployment.ts';
import { hasStatus } from '../api-status.ts';
import type { ClusterConnection } from '../connection.ts';
import { patchService } from './patch-service.ts';

/** The API server compares the resourceVersion that a patch names with the Service's, in the same transaction. */
export async function switchLive(
  connection: ClusterConnection,
  namespace: string,
  { version, resourceVersion }: { version: string; resourceVersion: string },
): Promise<void> {
  try {
    await patchService(connection, {
      namespace,
      name: LIVE_SERVICE,
      body: { metadata: { resourceVersion }, spec: { selector: { version } } },
    });
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    throw new StaleServiceError(
      `${LIVE_SERVICE} of ${namespace} was not pointed at ${version}: somebody changed it since it was read at resourceVersion ${resourceVersion}. Look who did, then decide again.`,
      { cause: error },
    );
  }
}
