import { OPERATION_KINDS, type OperationKind } from '../operation/kind.ts';

/** Groups of operation kinds that are frozen together: the columns of the freeze matrix. */
export const ACTION_KINDS = ['deploy', 'shift', 'failover', 'rollback', 'lifecycle', 'cost'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** Deployments and their rollbacks have their group before anything carries them out. */
const GROUPS = {
  deployment: 'deploy',
  rollback: 'rollback',
  'traffic-shift': 'shift',
  'traffic-revert': 'rollback',
  'recovery-revert': 'rollback',
  failover: 'failover',
  switchover: 'failover',
  evacuate: 'shift',
  return: 'shift',
  rebuild: 'failover',
  failback: 'failover',
  drill: 'failover',
  'prepare-switch': 'shift',
  'connect-regions': 'lifecycle',
} as const satisfies Record<OperationKind | 'deployment' | 'rollback', ActionKind>;

/** The group of an operation kind; null for a kind that this version does not know. */
export function actionKindOf(kind: string): ActionKind | null {
  return Object.hasOwn(GROUPS, kind) ? GROUPS[kind as keyof typeof GROUPS] : null;
}

/** Operation kinds of a group, in the order in which they are declared; none for a group that nothing carries out yet. */
export function kindsOf(actionKind: ActionKind): OperationKind[] {
  return OPERATION_KINDS.filter((kind) => GROUPS[kind] === actionKind);
}

/** What is frozen, as the subject of a sentence. */
export const ACTION_KIND_WORDS = {
  deploy: 'Deployments',
  shift: 'Traffic shifts',
  failover: 'Failovers and other recoveries',
  rollback: 'Rollbacks',
  lifecycle: 'Changes of Regions',
  cost: 'Cost changes',
} as const satisfies Record<ActionKind, string>;
