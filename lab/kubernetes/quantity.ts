const UNITS: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `500m` → 0.5, `2Gi` → 2147483648; 0 for what is no quantity. */
export function parseQuantity(text: string | number | undefined): number {
  const match = /^([+-]?[\d.]+)([a-zA-Z]*)$/.exec(String(text ?? '0'));
  const unit = UNITS[match?.[2] ?? ''];
  return match && unit !== undefined ? Number(match[1]) * unit : 0;
}
