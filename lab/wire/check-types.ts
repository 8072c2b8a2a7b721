import type { Shape } from './sdk.ts';

/** Where the input's types differ from the model's (`MetricDataQueries[0].Period is not a number`), or undefined. */
export function findTypeMismatch(shape: Shape, value: unknown, at = ''): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (shape.isStructSchema()) return inStructure(shape, value, at);
  if (shape.isListSchema()) return inList(shape, value, at);
  if (shape.isMapSchema()) return inMap(shape, value, at);
  return isScalarOf(shape, value) ? undefined : `${at} is not ${kindOf(shape)}`;
}

function inStructure(shape: Shape, value: unknown, at: string): string | undefined {
  if (!isRecord(value)) return `${at || 'The request'} is not a structure`;
  for (const [name, member] of shape.structIterator()) {
    const found = findTypeMismatch(member, value[name], at ? `${at}.${name}` : name);
    if (found) return found;
  }
  return undefined;
}

function inList(shape: Shape, value: unknown, at: string): string | undefined {
  if (!Array.isArray(value)) return `${at} is not a list`;
  for (const [index, item] of value.entries()) {
    if (item === null || item === undefined) return `${at}[${index}] is empty`;
    const found = findTypeMismatch(shape.getValueSchema(), item, `${at}[${index}]`);
    if (found) return found;
  }
  return undefined;
}

function inMap(shape: Shape, value: unknown, at: string): string | undefined {
  if (!isRecord(value)) return `${at} is not a map`;
  for (const [key, item] of Object.entries(value)) {
    const found = findTypeMismatch(shape.getValueSchema(), item, `${at}.${key}`);
    if (found) return found;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function isScalarOf(shape: Shape, value: unknown): boolean {
  if (shape.isTimestampSchema()) return value instanceof Date && !Number.isNaN(value.getTime());
  if (shape.isNumericSchema()) return typeof value === 'number' && !Number.isNaN(value);
  if (shape.isBooleanSchema()) return typeof value === 'boolean';
  if (shape.isStringSchema()) return typeof value === 'string';
  return true;
}

function kindOf(shape: Shape): string {
  if (shape.isTimestampSchema()) return 'a timestamp';
  if (shape.isNumericSchema()) return 'a number';
  return shape.isBooleanSchema() ? 'a boolean' : 'a string';
}
