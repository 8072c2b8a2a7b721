import { deleteObject, FOREGROUND } from '../deletion.ts';
import { isTerminating, type KubeObject } from '../objects.ts';
import { namespaces, RESOURCES, type Resource } from '../resources.ts';
import type { Controller, ControllerContext } from './controller.ts';

/** Deletes what belongs to owners that are gone or go in the foreground, and the contents of namespaces that are being deleted. */
export const collectGarbage: Controller = (context) => {
  const everything = RESOURCES.flatMap((resource) =>
    context.store.list(resource).map((object) => ({ resource, object })),
  );
  collectOrphans(context, everything);
  for (const { resource, object } of everything) {
    if (isTerminating(object) && object.metadata.finalizers?.includes(FOREGROUND))
      finishForeground(context, resource, object);
  }
  for (const namespace of context.store.list(namespaces)) {
    if (isTerminating(namespace)) emptyNamespace(context, namespace);
  }
};

type Held = { resource: Resource; object: KubeObject };

function collectOrphans({ store, clock }: ControllerContext, everything: Held[]) {
  const living = new Set(everything.map(({ object }) => object.metadata.uid));
  for (const { resource, object } of everything) {
    const owners = object.metadata.ownerReferences ?? [];
    const abandoned = owners.length > 0 && owners.every(({ uid }) => !living.has(uid));
    if (abandoned && !isTerminating(object)) deleteObject({ store, nowMs: clock.now() }, resource, object);
  }
}

function finishForeground({ store, clock }: ControllerContext, resource: Resource, owner: KubeObject) {
  const dependents = store.dependents(owner.metadata.uid);
  for (const dependent of dependents) {
    if (!isTerminating(dependent.object)) {
      deleteObject({ store, nowMs: clock.now() }, dependent.resource, dependent.object);
    }
  }
  if (dependents.length > 0) return;
  const finalizers = owner.metadata.finalizers?.filter((finalizer) => finalizer !== FOREGROUND);
  store.replace(resource, { ...owner, metadata: { ...owner.metadata, finalizers } });
}

function emptyNamespace({ store, clock }: ControllerContext, namespace: KubeObject) {
  const contents = RESOURCES.filter((resource) => resource.namespaced).flatMap((resource) =>
    store.list(resource, namespace.metadata.name).map((object) => ({ resource, object })),
  );
  for (const { resource, object } of contents) {
    if (!isTerminating(object)) deleteObject({ store, nowMs: clock.now() }, resource, object);
  }
  if (contents.length === 0) store.remove(namespaces, namespace);
}
