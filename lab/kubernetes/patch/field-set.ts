import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { fieldShape, type ListShape, type Shape } from '../schema/shape.ts';

/**
 * Paths of an object's leaves, as managedFields names them: `f:spec`, `k:{"name":"shop"}`, `v:"item"`. Kept as one JSON string a path,
 * so that sets of them can be compared.
 */
export type FieldSet = Map<string, Json>;

const UNTRACKED = new Set(['apiVersion', 'kind']);
const TRACKED_METADATA = new Set(['labels', 'annotations', 'finalizers', 'ownerReferences']);

/** Every leaf of the object that managedFields tracks, with its value. */
export function fieldSet(shape: Shape, object: JsonObject): FieldSet {
  const leaves: FieldSet = new Map();
  const { metadata, ...rest } = object;
  const tracked: JsonObject = {};
  for (const [field, value] of Object.entries(rest)) if (!UNTRACKED.has(field)) tracked[field] = value;
  collect(shape, tracked, [], leaves);
  if (isJsonObject(metadata)) {
    const kept = Object.entries(metadata).filter(([field]) => TRACKED_METADATA.has(field));
    if (kept.length > 0)
      collect(fieldShape(shape, 'metadata'), Object.fromEntries(kept), ['f:metadata'], leaves);
  }
  return leaves;
}

function collect(shape: Shape, value: Json, path: string[], leaves: FieldSet) {
  const atomic = (shape.type === 'struct' || shape.type === 'map') && shape.atomic;
  if (isJsonObject(value) && !atomic && shape.type !== 'any') {
    if (Object.keys(value).length === 0 && path.length > 0) leaves.set(JSON.stringify(path), value);
    for (const [field, below] of Object.entries(value)) {
      collect(fieldShape(shape, field), below, [...path, `f:${field}`], leaves);
    }
    return;
  }
  if (Array.isArray(value) && shape.type === 'list') {
    if (shape.set) {
      for (const item of value) leaves.set(JSON.stringify([...path, `v:${JSON.stringify(item)}`]), item);
      return;
    }
    if (shape.applyKeys.length > 0) {
      for (const item of value) {
        const below = [...path, itemKey(shape, item)];
        leaves.set(JSON.stringify([...below, '.']), true);
        collect(shape.items, item, below, leaves);
      }
      return;
    }
  }
  leaves.set(JSON.stringify(path), value);
}

/** `k:{"containerPort":8080,"protocol":"TCP"}` */
export function itemKey(shape: ListShape, item: Json): string {
  const fields = isJsonObject(item) ? item : {};
  const keys = shape.applyKeys.map((key) => [key, fields[key] ?? shape.keyDefaults[key] ?? null]);
  return `k:${JSON.stringify(Object.fromEntries(keys))}`;
}

/** Leaves of `after` that `before` lacks or has otherwise. */
export function changedFields(before: FieldSet, after: FieldSet): string[] {
  return [...after]
    .filter(([path, value]) => !before.has(path) || !isDeepStrictEqual(before.get(path), value))
    .map(([path]) => path);
}

export function toFieldsV1(paths: Iterable<string>): JsonObject {
  const root: JsonObject = {};
  for (const path of paths) {
    let at = root;
    for (const step of parsePath(path)) {
      const below = at[step];
      const next: JsonObject = isJsonObject(below) ? below : {};
      at[step] = next;
      at = next;
    }
  }
  return root;
}

export function fromFieldsV1(fields: JsonObject): Set<string> {
  const paths = new Set<string>();
  const walk = (node: JsonObject, path: string[]) => {
    const below = Object.entries(node);
    if (below.length === 0 && path.length > 0) paths.add(JSON.stringify(path));
    for (const [step, next] of below) if (isJsonObject(next)) walk(next, [...path, step]);
  };
  walk(fields, []);
  return paths;
}

/** `.spec.template.spec.containers[name="shop"].image`, as conflicts are told. */
export function readablePath(path: string): string {
  return parsePath(path)
    .filter((step) => step !== '.')
    .map((step) => {
      if (step.startsWith('f:')) return `.${step.slice(2)}`;
      if (step.startsWith('v:')) return `[=${step.slice(2)}]`;
      const keys: unknown = JSON.parse(step.slice(2));
      const pairs = isJsonObject(keys) ? Object.entries(keys) : [];
      return `[${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

/** Paths are only ever written by this module and by `toFieldsV1`'s readers. */
export const parsePath = (path: string) => JSON.parse(path) as string[];
