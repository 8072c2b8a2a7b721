/**
 * Whether AWS refused with one of these codes. RDS' own classes end in `Fault` where its wire codes do not, and the SDK
 * uses either.
 */
export function isRefusal(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes(error.name.replace(/Fault$/, ''));
}
