import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { fieldShape, type ListShape, type Shape } from '../schema/shape.ts';

const DIRECTIVE = /^\$(patch|retainKeys|setElementOrder\/.+|deleteFromPrimitiveList\/.+)$/;

/**
 * Kubernetes' strategic merge patch: maps merge, null deletes, lists with a patch key merge item by item, others are replaced.
 * Understands `$patch: replace|delete`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`. Neither argument is changed.
 */
export function strategicMerge(shape: Shape, current: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const result: JsonObject = isJsonObject(current) ? { ...current } : {};

  if (Array.isArray(patch.$retainKeys)) {
    for (const field of Object.keys(result)) if (!patch.$retainKeys.includes(field)) delete result[field];
  }
  for (const [directive, values] of Object.entries(patch)) {
    const field = /^\$deleteFromPrimitiveList\/(.+)$/.exec(directive)?.[1];
    const items = field === undefined ? undefined : result[field];
    if (field && Array.isArray(items) && Array.isArray(values)) {
      result[field] = items.filter((item) => !values.includes(item));
    }
  }
  for (const [field, value] of Object.entries(patch)) {
    if (DIRECTIVE.test(field)) continue;
    const merged = mergeField({
      shape: fieldShape(shape, field),
      current: result[field],
      patch: value,
      order: patch[`$setElementOrder/${field}`],
    });
    if (merged === undefined) delete result[field];
    else result[field] = merged;
  }
  return result;
}

interface FieldMerge {
  shape: Shape;
  current: Json | undefined;
  patch: Json;
  order: Json | undefined;
}

function mergeField({ shape, current, patch, order }: FieldMerge): Json | undefined {
  if (patch === null) return undefined;
  if (isJsonObject(patch))
    return patch.$patch === 'delete' ? undefined : strategicMerge(shape, current, patch);
  if (!Array.isArray(patch) || shape.type !== 'list') return patch;
  const existing = Array.isArray(current) ? current : [];
  if (shape.set) return [...new Set([...existing, ...patch])];
  if (!shape.patchKey || isReplaced(patch)) return patch.filter((item) => !isReplaceDirective(item));
  return mergeItems({ shape, key: shape.patchKey, existing, patch, order });
}

const isReplaceDirective = (item: Json) => isJsonObject(item) && item.$patch === 'replace';
const isReplaced = (patch: Json[]) => patch.some(isReplaceDirective);

interface ItemMerge {
  shape: ListShape;
  key: string;
  existing: Json[];
  patch: Json[];
  order: Json | undefined;
}

function mergeItems({ shape, key, existing, patch, order }: ItemMerge): Json[] {
  const identity = (item: Json) => (isJsonObject(item) ? item[key] : item);
  let items = [...existing];
  for (const change of patch) {
    const at = items.findIndex((item) => identity(item) === identity(change));
    if (isJsonObject(change) && change.$patch === 'delete') items = items.filter((_, i) => i !== at);
    else if (at >= 0) items[at] = strategicMerge(shape.items, items[at], change);
    else items.push(strategicMerge(shape.items, {}, change));
  }
  if (!Array.isArray(order)) return items;
  const wanted = order.map(identity);
  const rank = (item: Json) => {
    const at = wanted.indexOf(identity(item));
    return at < 0 ? wanted.length : at;
  };
  return items.sort((a, b) => rank(a) - rank(b));
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([field]) => !DIRECTIVE.test(field)));
}
