import type { V1Deployment, V1Service } from '@kubernetes/client-node';
import type { DeploymentObservation, ServiceObservation } from '#lib/domain/observation/kinds.ts';
import { labelsOf, selectedBy } from './deployments/shop-state.ts';

const DIGEST = /@(sha256:[0-9a-f]{64})$/;

/** What users are served by a Service, and every Deployment beside it. */
export function toServiceObservation(
  found: V1Service,
  deployments: readonly V1Deployment[],
): ServiceObservation {
  const selector = found.spec?.selector ?? {};
  const live = selectedBy(selector, deployments);
  return {
    namespace: found.metadata?.namespace ?? '',
    service: found.metadata?.name ?? '',
    liveVersion: selector.version ?? (live ? (labelsOf(live).version ?? '') : null),
    liveColour: live ? (labelsOf(live).colour ?? null) : null,
    liveSince: selectorWrittenAt(found),
    deployments: deployments.map(toDeploymentObservation),
  };
}

function toDeploymentObservation(deployment: V1Deployment): DeploymentObservation {
  const { metadata, spec, status } = deployment;
  const labels = labelsOf(deployment);
  const image = spec?.template.spec?.containers[0]?.image ?? '';
  return {
    name: metadata?.name ?? '',
    version: labels.version ?? '',
    image,
    desired: spec?.replicas ?? 0,
    ready: status?.readyReplicas ?? 0,
    colour: labels.colour ?? null,
    updated: status?.updatedReplicas ?? 0,
    available: status?.availableReplicas ?? 0,
    digest: DIGEST.exec(image)?.[1] ?? null,
  };
}

/**
 * Kubernetes keeps with each manager's fields when it last wrote one of them. Nobody else but who switches writes the version
 * in a selector, so its time is that of the switch; of a Service that was never changed, it is its creation.
 */
function selectorWrittenAt({ metadata }: V1Service): string | null {
  const writers = (metadata?.managedFields ?? []).filter(({ fieldsV1 }) => ownsSelectorVersion(fieldsV1));
  const times = writers.flatMap(({ time }) => (time ? [new Date(time).getTime()] : []));
  const created = metadata?.creationTimestamp;
  if (times.length > 0) return new Date(Math.max(...times)).toISOString();
  return created ? new Date(created).toISOString() : null;
}

function ownsSelectorVersion(fields: unknown): boolean {
  const path = ['f:spec', 'f:selector', 'f:version'];
  return (
    path.reduce<unknown>(
      (below, key) => (typeof below === 'object' && below !== null ? Reflect.get(below, key) : undefined),
      fields,
    ) !== undefined
  );
}
