import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** JSON merge patch (RFC 7386). Neither argument is changed. */
export function mergePatch(current: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(current) ? { ...current } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else result[field] = mergePatch(result[field], value);
  }
  return result;
}
