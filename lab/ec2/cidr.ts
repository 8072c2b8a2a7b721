/** An IPv4 network. */
export interface Cidr {
  /** First address as a number. */
  base: number;
  prefix: number;
}

const SHAPE = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Reads `10.0.0.0/16`; undefined for what is no IPv4 network. Host bits are dropped, as EC2 does. */
export function parseCidr(text: string): Cidr | undefined {
  const [, ...parts] = SHAPE.exec(text)?.map(Number) ?? [];
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = parts;
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: address - (address % sizeOf(prefix)), prefix };
}

const sizeOf = (prefix: number) => 2 ** (32 - prefix);

export function formatCidr({ base, prefix }: Cidr): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${octets.join('.')}/${prefix}`;
}

/** Whether `inner` lies wholly in `outer`. */
export const contains = (outer: Cidr, inner: Cidr) =>
  inner.prefix >= outer.prefix && inner.base - (inner.base % sizeOf(outer.prefix)) === outer.base;

export const overlaps = (a: Cidr, b: Cidr) => contains(a, b) || contains(b, a);
