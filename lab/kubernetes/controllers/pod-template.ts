import { createHash } from 'node:crypto';
import { isJsonObject } from '../json.ts';
import { controllerReference, type Draft, type KubeObject, type Pod, type PodTemplate } from '../objects.ts';

export const TEMPLATE_HASH = 'pod-template-hash';

/** A template's identity whatever the order of its keys, so that `rollout undo` finds the ReplicaSet it had. */
export function templateHash(template: PodTemplate): string {
  const { [TEMPLATE_HASH]: _own, ...labels } = template.metadata?.labels ?? {};
  const content = { ...template, metadata: { ...template.metadata, labels } };
  return createHash('sha256')
    .update(JSON.stringify(sortedKeys(content)))
    .digest('hex')
    .slice(0, 10);
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortedKeys(value[key])]),
  );
}

/** A pod as its owner's template says, not yet on a node. */
export function podFromTemplate(owner: KubeObject, template: PodTemplate, name: string): Draft<Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      labels: template.metadata?.labels,
      annotations: template.metadata?.annotations,
      ownerReferences: [controllerReference(owner)],
    },
    spec: structuredClone(template.spec),
    status: { phase: 'Pending', qosClass: qosClass(template) },
  };
}

function qosClass(template: PodTemplate): string {
  const requests = template.spec.containers.flatMap(({ resources }) =>
    Object.keys(resources?.requests ?? {}),
  );
  return requests.length > 0 ? 'Burstable' : 'BestEffort';
}
