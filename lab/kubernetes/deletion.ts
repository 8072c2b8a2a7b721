import { badRequest, KubernetesFault, modified } from './fault.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { isTerminating, type KubeObject, type Pod, timestamp } from './objects.ts';
import { namespaces, pods, type Resource } from './resources.ts';
import type { ObjectStore } from './storage/store.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  propagation: Propagation;
  /** Absent: the pod's own. */
  gracePeriodSeconds: number | undefined;
  uid: string | undefined;
  resourceVersion: string | undefined;
}

/** Waits for its dependents to go first. */
export const FOREGROUND = 'foregroundDeletion';
const PROTECTED_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Reads DeleteOptions from the body and the query. */
export function parseDeleteOptions(body: JsonObject, query: URLSearchParams): DeleteOptions {
  const propagation = body.propagationPolicy ?? query.get('propagationPolicy') ?? 'Background';
  if (propagation !== 'Background' && propagation !== 'Foreground' && propagation !== 'Orphan') {
    throw badRequest(
      `propagationPolicy ${JSON.stringify(propagation)} must be Background, Foreground or Orphan`,
    );
  }
  const grace = body.gracePeriodSeconds ?? query.get('gracePeriodSeconds') ?? undefined;
  const gracePeriodSeconds = grace === undefined ? undefined : Number(grace);
  if (gracePeriodSeconds !== undefined && !(gracePeriodSeconds >= 0)) {
    throw badRequest('gracePeriodSeconds must be 0 or more');
  }
  const preconditions = isJsonObject(body.preconditions) ? body.preconditions : {};
  const { uid, resourceVersion } = preconditions;
  return {
    propagation,
    gracePeriodSeconds,
    uid: typeof uid === 'string' ? uid : undefined,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
  };
}

const BACKGROUND: DeleteOptions = {
  propagation: 'Background',
  gracePeriodSeconds: undefined,
  uid: undefined,
  resourceVersion: undefined,
};

/**
 * Deletes at once, or marks the object where it has to wait: a running pod for its grace period, a namespace for its contents,
 * finalizers and Foreground for what they name. Dependents are the garbage collector's. Returns whether the object is gone.
 */
export function deleteObject(
  { store, nowMs }: { store: ObjectStore; nowMs: number },
  resource: Resource,
  object: KubeObject,
  options: DeleteOptions = BACKGROUND,
): boolean {
  expectPreconditions(resource, object, options);
  if (resource === namespaces && PROTECTED_NAMESPACES.includes(object.metadata.name)) {
    throw new KubernetesFault(
      403,
      'Forbidden',
      `namespaces "${object.metadata.name}" is forbidden: this namespace may not be deleted`,
    );
  }
  if (options.propagation === 'Orphan') orphanDependents(store, object);
  const finalizers = [
    ...(object.metadata.finalizers ?? []),
    ...(options.propagation === 'Foreground' && !object.metadata.finalizers?.includes(FOREGROUND)
      ? [FOREGROUND]
      : []),
  ];
  const grace = resource === pods ? podGraceSeconds(store, object, options) : 0;
  if (finalizers.length === 0 && grace === 0 && resource !== namespaces) {
    store.remove(resource, object);
    return true;
  }
  if (!isTerminating(object)) store.replace(resource, marked(resource, object, finalizers, grace, nowMs));
  return false;
}

function expectPreconditions(resource: Resource, object: KubeObject, options: DeleteOptions) {
  const { metadata } = object;
  const stale = options.resourceVersion !== undefined && options.resourceVersion !== metadata.resourceVersion;
  if (stale || (options.uid !== undefined && options.uid !== metadata.uid))
    throw modified(resource, metadata.name);
}

function podGraceSeconds(store: ObjectStore, object: KubeObject, options: DeleteOptions): number {
  const pod = store.find(pods, object.metadata.namespace, object.metadata.name);
  if (!pod || !hasProcess(pod)) return 0;
  return options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

const hasProcess = (pod: Pod) =>
  pod.spec.nodeName !== undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';

function marked(
  resource: Resource,
  object: KubeObject,
  finalizers: string[],
  grace: number,
  nowMs: number,
): KubeObject {
  const terminating = {
    ...object,
    metadata: {
      ...object.metadata,
      deletionTimestamp: timestamp(nowMs),
      deletionGracePeriodSeconds: grace,
      ...(finalizers.length > 0 ? { finalizers } : {}),
    },
  };
  return resource === namespaces ? { ...terminating, ...{ status: { phase: 'Terminating' } } } : terminating;
}

function orphanDependents(store: ObjectStore, owner: KubeObject) {
  for (const { resource, object } of store.dependents(owner.metadata.uid)) {
    const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid);
    store.replace(resource, { ...object, metadata: { ...object.metadata, ownerReferences } });
  }
}
