import type { V1Deployment, V1PodTemplateSpec } from '@kubernetes/client-node';
import { imageBeside } from '#lib/domain/deployment/image.ts';
import { deploymentName } from '#lib/domain/deployment/shop-services.ts';

export interface WantedColour {
  colour: string;
  version: string;
  image: string;
  operation: string;
}

/** Left behind by `kubectl rollout restart`: true of the pods that it was said about, not of others. */
const RESTARTED = 'kubectl.kubernetes.io/restartedAt';

/**
 * The Deployment of one colour as server-side apply takes it: the pods of the live one, but for version and image, so that
 * nothing else differs between the colours. Without `replicas`: they are set by the scale subresource, which keeps a size
 * that people or an autoscaler gave from being a conflict.
 */
export function colourManifest(live: V1Deployment, namespace: string, wanted: WantedColour): V1Deployment {
  const { colour, version, image, operation } = wanted;
  const labels = { ...live.spec?.template.metadata?.labels, colour, version };
  const name = deploymentName(colour);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace,
      labels: { ...live.metadata?.labels, colour, version },
      annotations: { 'kubernetes.io/change-cause': `release ${version} by ${operation}` },
    },
    spec: {
      ...rolloutOf(live),
      selector: { matchLabels: { ...live.spec?.selector.matchLabels, colour } },
      template: templateOf(live, labels, image),
    },
  };
}

function rolloutOf({ spec }: V1Deployment) {
  const { strategy, minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit } = spec ?? {};
  return {
    ...(strategy ? { strategy } : {}),
    ...(minReadySeconds ? { minReadySeconds } : {}),
    ...(progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds }),
    ...(revisionHistoryLimit === undefined ? {} : { revisionHistoryLimit }),
  };
}

function templateOf(live: V1Deployment, labels: Record<string, string>, image: string): V1PodTemplateSpec {
  const { metadata, spec } = live.spec?.template ?? {};
  const [first, ...others] = spec?.containers ?? [];
  if (!spec || !first) {
    throw new Error(`${live.metadata?.name} has no container to copy. Nothing was changed.`);
  }
  const { [RESTARTED]: _, ...annotations } = metadata?.annotations ?? {};
  return {
    metadata: { labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...spec, containers: [{ ...first, image: imageBeside(first.image ?? '', image) }, ...others] },
  };
}
