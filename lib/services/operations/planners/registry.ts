import { OPERATION_KINDS, type OperationKind } from '#lib/domain/operation/kind.ts';
import { deployment } from './deployment.ts';
import type { Planner } from './planner.ts';
import { recoveryPlanners } from './recovery.ts';
import { recoveryRevert } from './recovery-revert.ts';
import { rollback } from './rollback.ts';
import { trafficRevert, trafficShift } from './traffic.ts';

/** How each kind of operation is planned: another kind is one entry more. */
const PLANNERS: Readonly<Record<OperationKind, Planner>> = {
  'traffic-shift': trafficShift,
  'traffic-revert': trafficRevert,
  'recovery-revert': recoveryRevert,
  ...recoveryPlanners,
  deployment,
  rollback,
};

/** Kinds that people ask for; what puts another one back is asked of that one. */
export const REQUESTABLE_KINDS = OPERATION_KINDS.filter(
  (kind) => kind !== 'traffic-revert' && kind !== 'recovery-revert',
);

export function plannerOf(kind: OperationKind): Planner {
  return PLANNERS[kind];
}

/** The planner of a stored operation, or undefined for a kind that this version does not know. */
export function findPlanner(kind: string): Planner | undefined {
  const known = OPERATION_KINDS.find((candidate) => candidate === kind);
  return known && PLANNERS[known];
}
