export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects of the store are plain data; seen as JSON here, so that patches can walk them. */
export const asJson = (object: object): JsonObject => structuredClone(object) as JsonObject;

/** The value at a path of field names, or undefined. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((below, field) => (isJsonObject(below) ? below[field] : undefined), value);
}
