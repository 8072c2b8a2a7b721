/**
 * The three calls of `reflect-metadata` that tsyringe (inside @peculiar/x509) insists on at import. That package is no dependency of
 * this project, and only key–value notes on classes are needed here.
 */
type Notes = Map<unknown, unknown>;
type Inspect = (key: unknown, target: object) => unknown;

const notes = new WeakMap<object, Notes>();

const define = (key: unknown, value: unknown, target: object) => {
  const own = notes.get(target) ?? new Map();
  notes.set(target, own.set(key, value));
};

const getOwn: Inspect = (key, target) => notes.get(target)?.get(key);

const get: Inspect = (key, target) => {
  if (notes.get(target)?.has(key)) return getOwn(key, target);
  const parent: unknown = Object.getPrototypeOf(target);
  return typeof parent === 'object' && parent !== null ? get(key, parent) : undefined;
};

/** Leaves a real `reflect-metadata` alone. */
export function provideReflectMetadata() {
  if ('getMetadata' in Reflect) return;
  Object.assign(Reflect, { defineMetadata: define, getOwnMetadata: getOwn, getMetadata: get });
}
