export type ScalarType = 'string' | 'integer' | 'number' | 'boolean' | 'quantity' | 'intOrString' | 'any';

/** How a part of a Kubernetes object looks and how its lists and maps merge. One description drives decoding, both merges and OpenAPI. */
export type Shape = ScalarShape | MapShape | StructShape | ListShape;

export interface ScalarShape {
  type: ScalarType;
}

export interface MapShape {
  type: 'map';
  values: Shape;
  /** Replaced whole by server-side apply. */
  atomic: boolean;
}

export interface StructShape {
  type: 'struct';
  fields: Record<string, Shape>;
  /** Replaced whole by server-side apply. */
  atomic: boolean;
}

export interface ListShape {
  type: 'list';
  items: Shape;
  /** What identifies an item to a strategic merge patch; absent: the list is replaced. */
  patchKey?: string;
  /** What identifies an item to server-side apply; empty: the list is one value. */
  applyKeys: string[];
  /** Taken for a key an item leaves out (`protocol: TCP`). */
  keyDefaults: Record<string, string>;
  /** A set of scalars: both merges add to it. */
  set: boolean;
}

export const string: ScalarShape = { type: 'string' };
export const integer: ScalarShape = { type: 'integer' };
export const number: ScalarShape = { type: 'number' };
export const boolean: ScalarShape = { type: 'boolean' };
export const quantity: ScalarShape = { type: 'quantity' };
export const intOrString: ScalarShape = { type: 'intOrString' };
/** Kept as it came: parts the lab stores and never reads. */
export const anything: ScalarShape = { type: 'any' };

export const struct = (fields: Record<string, Shape>, options: { atomic?: boolean } = {}): StructShape => ({
  type: 'struct',
  fields,
  atomic: options.atomic ?? false,
});

export const mapOf = (values: Shape, options: { atomic?: boolean } = {}): MapShape => ({
  type: 'map',
  values,
  atomic: options.atomic ?? false,
});

export const list = (items: Shape, options: Partial<Omit<ListShape, 'type' | 'items'>> = {}): ListShape => ({
  type: 'list',
  items,
  applyKeys: [],
  keyDefaults: {},
  set: false,
  ...options,
});

/** A list whose items both merges tell apart by the same field. */
export const listBy = (key: string, items: Shape): ListShape =>
  list(items, { patchKey: key, applyKeys: [key] });

/** The shape one field below, or `anything` where the description ends. */
export function fieldShape(shape: Shape, field: string): Shape {
  if (shape.type === 'struct') return shape.fields[field] ?? anything;
  if (shape.type === 'map') return shape.values;
  return anything;
}
