import { badRequest } from '../fault.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { ScalarType, Shape, StructShape } from './shape.ts';

export interface Decoded {
  object: JsonObject;
  /** Paths of fields the kind does not have; they are dropped. */
  unknownFields: string[];
}

/** Reads an object as its kind's Go type would: nulls and unknown fields dropped, a wrong type refused (400) with its path. */
export function decode(shape: StructShape, kind: string, body: JsonObject): Decoded {
  const unknownFields: string[] = [];

  function read(part: Shape, value: Json, path: string): Json {
    switch (part.type) {
      case 'struct':
        return readStruct(part, value, path);
      case 'map': {
        const entries = Object.entries(expectObject(value, path)).filter(
          ([, item]) => item !== null && item !== undefined,
        );
        return Object.fromEntries(
          entries.map(([key, item]) => [key, read(part.values, item, `${path}.${key}`)]),
        );
      }
      case 'list':
        if (!Array.isArray(value)) throw wrongType(path, value, 'an array');
        return value.map((item, i) => read(part.items, item, `${path}[${i}]`));
      default:
        if (!fits(part.type, value)) throw wrongType(path, value, EXPECTED[part.type]);
        return value;
    }
  }

  function readStruct(part: StructShape, value: Json, path: string): JsonObject {
    const object: JsonObject = {};
    for (const [field, item] of Object.entries(expectObject(value, path))) {
      const below = path ? `${path}.${field}` : field;
      const known = Object.hasOwn(part.fields, field) ? part.fields[field] : undefined;
      if (!known) unknownFields.push(below);
      else if (item !== null && item !== undefined) object[field] = read(known, item, below);
    }
    return object;
  }

  function expectObject(value: Json, path: string): JsonObject {
    if (!isJsonObject(value)) throw wrongType(path, value, 'an object');
    return value;
  }

  const wrongType = (path: string, value: Json, expected: string) =>
    badRequest(
      `${kind} in version "${String(body.apiVersion)}" cannot be handled as a ${kind}: ${path || 'the body'} is ${named(value)}, and must be ${expected}`,
    );

  return { object: readStruct(shape, body, ''), unknownFields };
}

const EXPECTED: Record<ScalarType, string> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  quantity: 'a quantity such as 500m or 1Gi',
  intOrString: 'a whole number or a string',
  any: 'any value',
};

function fits(type: ScalarType, value: Json): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'quantity':
      return (
        typeof value === 'number' || (typeof value === 'string' && /^[+-]?[\d.]+([a-zA-Z]\w*)?$/.test(value))
      );
    case 'intOrString':
      return Number.isSafeInteger(value) || typeof value === 'string';
    default:
      return typeof value === type;
  }
}

const named = (value: Json) =>
  typeof value === 'object' ? 'an object or array' : `${typeof value} ${JSON.stringify(value)}`;
