/**
 * Whether AWS refused with one of these codes, as they are on the wire (`InvalidDBInstanceState`). RDS' own classes end in
 * `Fault` where the codes do not, and the SDK names errors by either.
 */
export function isRefusal(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes(error.name.replace(/Fault$/, ''));
}
