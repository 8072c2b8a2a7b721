import { AppsV1Api, CoreV1Api, type V1Deployment, type V1Service } from '@kubernetes/client-node';
import { LIVE_SERVICE, PREVIEW_SERVICE } from '#lib/domain/deployment/shop-services.ts';
import type { ColourState, ShopState } from '../../../ports/deployment.ts';
import { hasStatus } from '../api-status.ts';
import type { ClusterConnection, Look } from '../connection.ts';

/** What the cluster holds of one environment's application, as the API server gave it. */
export interface ShopObjects {
  live: V1Service;
  preview: V1Service | null;
  deployments: V1Deployment[];
}

export async function readShopObjects(
  connection: ClusterConnection,
  namespace: string,
  look?: Look,
): Promise<ShopObjects> {
  const service = (name: string) =>
    connection.call(
      'ReadService',
      (kube, options) => kube.makeApiClient(CoreV1Api).readNamespacedService({ namespace, name }, options),
      look,
    );
  const [live, preview, { items: deployments }] = await Promise.all([
    service(LIVE_SERVICE),
    service(PREVIEW_SERVICE).catch((error: unknown) => {
      if (hasStatus(error, 404)) return null;
      throw error;
    }),
    connection.call(
      'ListDeployments',
      (kube, options) => kube.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace }, options),
      look,
    ),
  ]);
  return { live, preview, deployments };
}

/** Which colour takes the traffic is what the live Service selects, whatever it is called (aws-facts C-28). */
export function toShopState(objects: ShopObjects): Omit<ShopState, 'clusterUid' | 'endpointHost'> {
  const { live, preview } = objects;
  const selector = live.spec?.selector ?? {};
  const liveDeployment = findLive(objects);
  const colours = coloursOf(objects);
  return {
    live: {
      version: selector.version ?? labelsOf(liveDeployment).version ?? '',
      colour: labelsOf(liveDeployment).colour ?? null,
      resourceVersion: live.metadata?.resourceVersion ?? '',
      selector,
    },
    preview: {
      version: preview?.spec?.selector?.version ?? null,
      resourceVersion: preview?.metadata?.resourceVersion ?? '',
    },
    colours: colours.map(toColour),
  };
}

/** Deployments of the application that have a colour. */
function coloursOf({ live, deployments }: ShopObjects): V1Deployment[] {
  const app = live.spec?.selector?.app;
  return deployments.filter((deployment) => {
    const labels = labelsOf(deployment);
    return labels.colour !== undefined && (app === undefined || labels.app === app);
  });
}

/** The Deployment whose pods the live Service selects; none where it selects by nothing. */
export function findLive(objects: ShopObjects): V1Deployment | undefined {
  const selector = objects.live.spec?.selector ?? {};
  return Object.keys(selector).length === 0 ? undefined : selectedBy(selector, coloursOf(objects));
}

/** The Deployment whose pods have all these labels; where several do, one that has ready pods. */
export function selectedBy(
  selector: Readonly<Record<string, string>>,
  deployments: readonly V1Deployment[],
): V1Deployment | undefined {
  const selected = deployments.filter((deployment) => {
    const labels = labelsOf(deployment);
    return Object.entries(selector).every(([name, value]) => labels[name] === value);
  });
  return selected.find(({ status }) => (status?.readyReplicas ?? 0) > 0) ?? selected[0];
}

/** Labels of its pods. */
export function labelsOf(deployment: V1Deployment | undefined): Record<string, string> {
  return deployment?.spec?.template.metadata?.labels ?? {};
}

function toColour(deployment: V1Deployment): ColourState {
  const { metadata, spec, status } = deployment;
  const labels = labelsOf(deployment);
  return {
    colour: labels.colour ?? '',
    deployment: metadata?.name ?? '',
    version: labels.version ?? '',
    image: spec?.template.spec?.containers[0]?.image ?? '',
    replicas: spec?.replicas ?? 0,
    generation: metadata?.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    updatedReplicas: status?.updatedReplicas ?? 0,
    readyReplicas: status?.readyReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    stuck: stuckBecause(deployment),
  };
}

/** As `kubectl rollout status` gives up: the controller saw no progress within the deadline, or can make no pods. */
function stuckBecause({ metadata, status }: V1Deployment): string | null {
  // Conditions of an earlier generation say nothing about this one.
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return null;
  const conditions = status?.conditions ?? [];
  const found =
    conditions.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded') ??
    conditions.find(({ type, status: said }) => type === 'ReplicaFailure' && said === 'True');
  return found ? (found.message ?? found.reason ?? found.type) : null;
}
