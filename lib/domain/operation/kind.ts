/** Every kind of operation that can be run, frozen or given a policy of its own. */
export const OPERATION_KINDS = [
  'traffic-shift',
  'traffic-revert',
  'recovery-revert',
  'failover',
  'switchover',
  'evacuate',
  'return',
  'rebuild',
  'failback',
  'drill',
  'prepare-switch',
  'connect-regions',
  'deployment',
  'rollback',
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/** Kinds that bring the application out of an outage: an emergency may start them at once, and take the environment. */
export const EMERGENCY_KINDS = ['failover', 'evacuate'] as const satisfies readonly OperationKind[];

export function isEmergencyKind(kind: string): boolean {
  return (EMERGENCY_KINDS as readonly string[]).includes(kind);
}
