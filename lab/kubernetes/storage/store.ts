import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Collection } from '#lab/kernel/state.ts';
import { alreadyExists, notFound } from '../fault.ts';
import { type Draft, isTerminating, type KubeObject, type ObjectMeta, timestamp } from '../objects.ts';
import { RESOURCES, type Resource } from '../resources.ts';

export interface StoreChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  revision: number;
  resource: Resource;
  object: KubeObject;
  /** What the object was; absent for ADDED. */
  previous: KubeObject | undefined;
}

export interface ObjectStore {
  /** The revision of the latest change. */
  revision(): number;
  find<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
  ): T | undefined;
  get<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string): T;
  /** In name order within namespace order. */
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): T[];
  /** Every object, of any resource, that names `uid` as its owner. */
  dependents(uid: string): { resource: Resource; object: KubeObject }[];
  create<T extends KubeObject>(resource: Resource<T>, draft: Draft<T>): T;
  /** Puts `next` in place of the object of its name; nothing happens when they are equal. */
  replace<T extends KubeObject>(resource: Resource<T>, next: T): T;
  remove<T extends KubeObject>(resource: Resource<T>, object: T): void;
  /** Changes after `revision`, oldest first, or undefined where the history no longer reaches back so far. */
  since(revision: number): StoreChange[] | undefined;
  onChange(listener: (change: StoreChange) => void): () => void;
  /** Forgets every object without telling anyone; revisions go on rising. */
  clear(): void;
}

const HISTORY_LENGTH = 600;
const FIRST_REVISION = 1000;

interface StoreOptions {
  objects: Collection<KubeObject>;
  revisions: Collection<number>;
  now: () => number;
}

/**
 * Objects of one cluster. Stored objects are frozen: a change is a new object with a new revision, so that watch history can hold
 * the objects themselves. Survives a restart through `objects`; its watch history does not, and such watchers are told to list again.
 */
export function createObjectStore({ objects, revisions, now }: StoreOptions): ObjectStore {
  const tables = new Map<string, Map<string, KubeObject>>();
  for (const resource of RESOURCES) tables.set(tableKey(resource), new Map());
  for (const [id, object] of objects.entries()) {
    const [table = '', name = ''] = id.split('|');
    tables.get(table)?.set(name, deepFreeze(object));
  }
  let revision = revisions.get('current') ?? FIRST_REVISION;
  let historyStart = revision;
  const history: StoreChange[] = [];
  const listeners = new Set<(change: StoreChange) => void>();

  function table<T extends KubeObject>(resource: Resource<T>): Map<string, T> {
    const found = tables.get(tableKey(resource));
    if (!found) throw new Error(`The lab's clusters do not store ${resource.plural}.`);
    return typed(found);
  }

  function record(change: Omit<StoreChange, 'revision'>) {
    const entry = { ...change, revision };
    history.push(entry);
    if (history.length > HISTORY_LENGTH) historyStart = history.shift()?.revision ?? historyStart;
    revisions.put('current', revision);
    for (const listener of listeners) listener(entry);
  }

  function save<T extends KubeObject>(resource: Resource<T>, object: T, previous: T | undefined): T {
    const key = nameKey(object.metadata.namespace, object.metadata.name);
    table(resource).set(key, deepFreeze(object));
    objects.put(`${tableKey(resource)}|${key}`, object);
    record({ type: previous ? 'MODIFIED' : 'ADDED', resource, object, previous });
    return object;
  }

  function find<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string) {
    return table(resource).get(nameKey(resource.namespaced ? namespace : undefined, name));
  }

  function remove<T extends KubeObject>(resource: Resource<T>, object: T) {
    const key = nameKey(object.metadata.namespace, object.metadata.name);
    const previous = table(resource).get(key);
    if (!previous) return;
    revision += 1;
    table(resource).delete(key);
    objects.delete(`${tableKey(resource)}|${key}`);
    const last = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
    record({ type: 'DELETED', resource, object: deepFreeze(last), previous });
  }

  return {
    revision: () => revision,
    find,
    get(resource, namespace, name) {
      const found = find(resource, namespace, name);
      if (!found) throw notFound(resource, name);
      return found;
    },
    list(resource, namespace) {
      const rows = [...table(resource)].filter(([key]) => !namespace || key.startsWith(`${namespace}/`));
      return rows.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    },
    dependents: (uid) =>
      RESOURCES.flatMap((resource) =>
        [...table(resource).values()]
          .filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid))
          .map((object) => ({ resource, object })),
      ),
    create(resource, draft) {
      if (find(resource, draft.metadata.namespace, draft.metadata.name)) {
        throw alreadyExists(resource, draft.metadata.name);
      }
      revision += 1;
      return save(resource, withIdentity(draft, revision, now()), undefined);
    },
    replace(resource, next) {
      const previous = find(resource, next.metadata.namespace, next.metadata.name);
      if (!previous) throw notFound(resource, next.metadata.name);
      if (sameContent(previous, next)) return previous;
      revision += 1;
      const object = withRevision(previous, next, revision);
      if (isReleased(previous, object)) {
        remove(resource, object);
        return object;
      }
      return save(resource, object, previous);
    },
    remove,
    since: (from) => (from < historyStart ? undefined : history.filter((change) => change.revision > from)),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear() {
      for (const rows of tables.values()) rows.clear();
      objects.clear();
      history.length = 0;
      revision += 1;
      historyStart = revision;
      revisions.put('current', revision);
    },
  };
}

const tableKey = (resource: Resource) => `${resource.group}/${resource.plural}`;
const nameKey = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;

/** A table holds only the objects of its own resource; only `save` writes to it. */
const typed = <T extends KubeObject>(rows: Map<string, KubeObject>) => rows as Map<string, T>;

/** `draft` lacks only what is added here. */
function withIdentity<T extends KubeObject>(draft: Draft<T>, revision: number, nowMs: number): T {
  const metadata: ObjectMeta = {
    ...draft.metadata,
    uid: draft.metadata.uid ?? randomUUID(),
    resourceVersion: String(revision),
    generation: 1,
    creationTimestamp: timestamp(nowMs),
  };
  return { ...draft, metadata } as T;
}

function withRevision<T extends KubeObject>(previous: T, next: T, revision: number): T {
  const changed = !isDeepStrictEqual(specOf(previous), specOf(next));
  return {
    ...next,
    metadata: {
      ...next.metadata,
      uid: previous.metadata.uid,
      creationTimestamp: previous.metadata.creationTimestamp,
      resourceVersion: String(revision),
      generation: (previous.metadata.generation ?? 1) + (changed ? 1 : 0),
    },
  };
}

/** A deleted object goes when its last finalizer does. */
const isReleased = (before: KubeObject, after: KubeObject) =>
  isTerminating(after) && Boolean(before.metadata.finalizers?.length) && !after.metadata.finalizers?.length;

const specOf = (object: KubeObject) => ('spec' in object ? object.spec : undefined);

function sameContent(before: KubeObject, after: KubeObject): boolean {
  const comparable = (object: KubeObject) => ({
    ...object,
    metadata: {
      ...object.metadata,
      resourceVersion: '',
      generation: 0,
      managedFields: object.metadata.managedFields?.map((entry) => ({ ...entry, time: '' })),
    },
  });
  return isDeepStrictEqual(comparable(before), comparable(after));
}

function deepFreeze<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) deepFreeze(item);
  return Object.freeze(value);
}
