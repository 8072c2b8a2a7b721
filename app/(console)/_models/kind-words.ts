import type { OperationKind } from '#lib/domain/operation/kind.ts';

const NAMES = {
  'traffic-shift': 'Traffic shift',
  'traffic-revert': 'Putting traffic back',
  'recovery-revert': 'Putting a recovery back',
  failover: 'Failover',
  switchover: 'Switchover',
  evacuate: 'Evacuate',
  return: 'Return',
  rebuild: 'Rebuild',
  failback: 'Failback',
  drill: 'Drill',
  'prepare-switch': 'Prepare switch',
  'connect-regions': 'Connect',
  deployment: 'Deployment',
  rollback: 'Rollback',
} as const satisfies Record<OperationKind, string>;

/** What a kind of operation is called; the kind itself where a later version made it. */
export function kindName(kind: string): string {
  return (NAMES as Readonly<Record<string, string>>)[kind] ?? kind;
}
