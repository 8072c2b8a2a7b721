import { AppsV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { FIELD_MANAGER, PREVIEW_SERVICE } from '#lib/domain/deployment/shop-services.ts';
import { RefusedError } from '../../../errors.ts';
import { conflictsOf, hasStatus } from '../api-status.ts';
import type { ClusterConnection } from '../connection.ts';
import { colourManifest, type WantedColour } from './colour-manifest.ts';
import { patchService } from './patch-service.ts';
import { scaleColour } from './scale.ts';
import { findLive, labelsOf, readShopObjects, type ShopObjects } from './shop-state.ts';

/** Repeat-safe: every part of it names what shall be, not what shall be different. */
export async function applyColour(
  connection: ClusterConnection,
  namespace: string,
  wanted: WantedColour & { replicas: number },
): Promise<void> {
  const objects = await readShopObjects(connection, namespace);
  const live = idleOrRefuse(objects, namespace, wanted);
  await apply(connection, namespace, colourManifest(live, namespace, wanted));
  await scaleColour(connection, namespace, wanted);
  await patchService(connection, {
    namespace,
    name: PREVIEW_SERVICE,
    body: { spec: { selector: { version: wanted.version } } },
  });
}

/**
 * The live Deployment to copy from. Refuses what would change pods that take traffic: the live colour itself, and its version
 * under another colour, which the live Service would select at once.
 */
function idleOrRefuse(objects: ShopObjects, namespace: string, { colour, version }: WantedColour) {
  const live = findLive(objects);
  if (!live) {
    throw new RefusedError(
      'no-live-colour',
      `Cannot apply ${version} in ${namespace}: the live Service selects no colour's pods, so there is nothing to deploy beside. Point it at a version that runs, then try again.`,
    );
  }
  const { colour: liveColour, version: liveVersion } = labelsOf(live);
  if (colour === liveColour) {
    throw new RefusedError(
      'colour-is-live',
      `Cannot apply ${version} to ${colour} in ${namespace}: ${colour} takes the traffic, with ${liveVersion}. Deploy to the other colour.`,
    );
  }
  if (version === liveVersion) {
    throw new RefusedError(
      'version-is-live',
      `Cannot apply ${version} to ${colour} in ${namespace}: ${liveColour} serves that version, and the live Service would send traffic to both. There is nothing to deploy.`,
    );
  }
  if (!objects.preview) {
    throw new RefusedError(
      'no-preview',
      `Cannot apply ${version} in ${namespace}: there is no Service ${PREVIEW_SERVICE} to look at it by. Make one beside the live Service.`,
    );
  }
  return live;
}

async function apply(
  connection: ClusterConnection,
  namespace: string,
  body: ReturnType<typeof colourManifest>,
): Promise<void> {
  const name = body.metadata?.name ?? '';
  try {
    await connection.call('ApplyDeployment', (kube, options) =>
      kube
        .makeApiClient(AppsV1Api)
        .patchNamespacedDeployment(
          { namespace, name, body, fieldManager: FIELD_MANAGER, force: false },
          setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply, options),
        ),
    );
  } catch (error) {
    const conflicts = conflictsOf(error);
    if (!hasStatus(error, 409) || conflicts.length === 0) throw error;
    const said = conflicts.map(({ field, manager }) => `${field} by ${manager}`).join(', ');
    throw new RefusedError(
      'changed-by-hand',
      `Cannot apply ${name} in ${namespace}: somebody else has set ${said}. Nothing was changed. Take the change back or delete ${name}, which takes no traffic, then try again.`,
    );
  }
}
