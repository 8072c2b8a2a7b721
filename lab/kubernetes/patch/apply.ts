import { isDeepStrictEqual } from 'node:util';
import { KubernetesFault } from '../fault.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { type ManagedFieldsEntry, timestamp } from '../objects.ts';
import { fieldShape, type ListShape, type Shape } from '../schema/shape.ts';
import { type FieldSet, fieldSet, itemKey, parsePath, readablePath } from './field-set.ts';
import {
  type Ownership,
  readOwnerships,
  sameWriter,
  type Writer,
  writeOwnerships,
} from './managed-fields.ts';

interface ApplyRequest {
  shape: Shape;
  /** Absent: the object is created. */
  live: JsonObject | undefined;
  entries: readonly ManagedFieldsEntry[] | undefined;
  config: JsonObject;
  writer: Writer;
  force: boolean;
  nowMs: number;
}

export interface ApplyResult {
  object: JsonObject;
  managedFields: ManagedFieldsEntry[];
}

interface Conflict {
  owner: Ownership;
  path: string;
}

/**
 * Server-side apply: the manager's fields are exactly those of `config`. Fields it owned alone and no longer names are removed;
 * a field another manager owns with another value is a conflict (409) unless `force`, which takes it over.
 */
export function serverSideApply(request: ApplyRequest): ApplyResult {
  const { shape, live, config, writer, force, nowMs } = request;
  const wanted = fieldSet(shape, config);
  const current: FieldSet = live ? fieldSet(shape, live) : new Map();
  const ownerships = readOwnerships(request.entries);
  const others = ownerships.filter((ownership) => !sameWriter(ownership, writer));
  const own = ownerships.find((ownership) => sameWriter(ownership, writer));

  const conflicts = findConflicts(wanted, current, others);
  if (conflicts.length > 0 && !force) throw conflictFault(conflicts);
  for (const { owner, path } of conflicts) owner.paths.delete(path);

  const abandoned = [...(own?.paths ?? [])].filter(
    (path) => !wanted.has(path) && !others.some((other) => ownsAtOrBelow(other, path)),
  );
  const pruned = live
    ? abandoned.reduce((object, path) => without(shape, object, parsePath(path)), live)
    : {};
  const object = applyMerge(shape, pruned, config);
  const kept: Ownership = {
    ...writer,
    apiVersion: String(config.apiVersion),
    time: timestamp(nowMs),
    paths: new Set(wanted.keys()),
  };
  return {
    object: isJsonObject(object) ? object : {},
    managedFields: writeOwnerships([...others, kept]),
  };
}

function findConflicts(wanted: FieldSet, current: FieldSet, others: Ownership[]): Conflict[] {
  return [...wanted].flatMap(([path, value]) =>
    isDeepStrictEqual(current.get(path), value)
      ? []
      : others.filter((owner) => owner.paths.has(path)).map((owner) => ({ owner, path })),
  );
}

/** An item's marker (`….`) goes only with the whole item, so it is kept while another manager owns anything in the item. */
function ownsAtOrBelow(other: Ownership, path: string): boolean {
  if (other.paths.has(path)) return true;
  const steps = parsePath(path);
  if (steps.at(-1) !== '.') return false;
  const prefix = JSON.stringify(steps.slice(0, -1)).slice(0, -1);
  return [...other.paths].some((owned) => owned.startsWith(prefix));
}

function conflictFault(conflicts: Conflict[]): KubernetesFault {
  const by = (owner: Ownership) =>
    `"${owner.manager}"${owner.subresource ? ` with subresource "${owner.subresource}"` : ''} using ${owner.apiVersion}`;
  const [only] = conflicts;
  const listed =
    conflicts.length === 1 && only
      ? `conflict with ${by(only.owner)}: ${readablePath(only.path)}`
      : [...new Set(conflicts.map((conflict) => conflict.owner))]
          .map((owner) => {
            const paths = conflicts.filter((conflict) => conflict.owner === owner);
            return [
              `conflicts with ${by(owner)}:`,
              ...paths.map(({ path }) => `- ${readablePath(path)}`),
            ].join('\n');
          })
          .join('\n');
  return new KubernetesFault(
    409,
    'Conflict',
    `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}: ${listed}`,
    {
      causes: conflicts.map(({ owner, path }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${by(owner)}`,
        field: readablePath(path),
      })),
    },
  );
}

/** Merges by the rules of server-side apply: keyed lists item by item, sets as unions, everything else replaced. */
function applyMerge(shape: Shape, live: Json | undefined, config: Json): Json {
  const atomic = (shape.type === 'struct' || shape.type === 'map') && shape.atomic;
  if (isJsonObject(config) && isJsonObject(live) && !atomic && shape.type !== 'any') {
    const result: JsonObject = { ...live };
    for (const [field, value] of Object.entries(config)) {
      result[field] = applyMerge(fieldShape(shape, field), live[field], value);
    }
    return result;
  }
  if (Array.isArray(config) && Array.isArray(live) && shape.type === 'list') {
    if (shape.set) return [...new Set([...live, ...config])];
    if (shape.applyKeys.length > 0) return mergeKeyed(shape, live, config);
  }
  return config;
}

/** The order of `config` first, then what others added. */
function mergeKeyed(shape: ListShape, live: Json[], config: Json[]): Json[] {
  const named = new Set(config.map((item) => itemKey(shape, item)));
  const merged = config.map((item) => {
    const key = itemKey(shape, item);
    return applyMerge(
      shape.items,
      live.find((candidate) => itemKey(shape, candidate) === key),
      item,
    );
  });
  return [...merged, ...live.filter((item) => !named.has(itemKey(shape, item)))];
}

function without(shape: Shape, object: JsonObject, path: string[]): JsonObject {
  const removed = removeAt(shape, object, path);
  return isJsonObject(removed) ? removed : {};
}

function removeAt(shape: Shape, value: Json | undefined, [step, ...rest]: string[]): Json | undefined {
  if (step === undefined || step === '.') return undefined;
  if (step.startsWith('f:') && isJsonObject(value)) {
    const field = step.slice(2);
    const { [field]: current, ...others } = value;
    if (current === undefined) return value;
    const below = removeAt(fieldShape(shape, field), current, rest);
    const emptied = isJsonObject(below) && Object.keys(below).length === 0;
    return below === undefined || emptied ? others : { ...others, [field]: below };
  }
  if (!Array.isArray(value) || shape.type !== 'list') return value;
  if (step.startsWith('v:')) return value.filter((item) => `v:${JSON.stringify(item)}` !== step);
  return value.flatMap((item) => {
    if (itemKey(shape, item) !== step) return [item];
    const below = removeAt(shape.items, item, rest);
    return below === undefined ? [] : [below];
  });
}
