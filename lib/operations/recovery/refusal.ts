/** Whether AWS refused with one of these codes: RDS' own classes end in `Fault` where its wire codes do not. */
export function isRefusal(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes(error.name.replace(/Fault$/, ''));
}

/** RDS takes no change while an instance is being changed or backed up: to be waited for (aws-facts 2.10). */
export function isBusy(error: unknown): boolean {
  return isRefusal(error, 'InvalidDBInstanceState');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
