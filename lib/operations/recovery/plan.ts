import { RECOVERY_PARAMS, type RecoveryKind } from '#lib/domain/recovery/params.ts';
import type { Planned } from './planning.ts';
import { planConnectRegions } from './plans/connect-regions.ts';
import { type DrillFacts, planDrill } from './plans/drill.ts';
import { planEvacuate, planReturn } from './plans/evacuate.ts';
import { planFailback } from './plans/failback.ts';
import { planFailover } from './plans/failover.ts';
import { planPrepareSwitch } from './plans/prepare-switch.ts';
import { planRebuild } from './plans/rebuild.ts';
import { planSwitchover } from './plans/switchover.ts';

export type { Planned, PlanningFacts } from './planning.ts';
export { type LaterRun, planRecoveryRevert } from './plans/revert.ts';
export type { RecoveryTopology, RegionTopology } from './topology.ts';
export { recoveryTopology } from './topology.ts';

/** What plans of recovery are made from; all but a drill's own are the same for each kind. */
export type RecoveryPlanFacts = DrillFacts;

const PLANNERS: Readonly<Record<RecoveryKind, (facts: RecoveryPlanFacts, params: unknown) => Planned>> = {
  failover: (facts, params) => planFailover(facts, RECOVERY_PARAMS.failover.parse(params)),
  switchover: (facts, params) => planSwitchover(facts, RECOVERY_PARAMS.switchover.parse(params)),
  evacuate: (facts, params) => planEvacuate(facts, RECOVERY_PARAMS.evacuate.parse(params)),
  return: (facts, params) => planReturn(facts, RECOVERY_PARAMS.return.parse(params)),
  rebuild: (facts, params) => planRebuild(facts, RECOVERY_PARAMS.rebuild.parse(params)),
  failback: (facts, params) => planFailback(facts, RECOVERY_PARAMS.failback.parse(params)),
  drill: (facts, params) => planDrill(facts, RECOVERY_PARAMS.drill.parse(params)),
  'prepare-switch': (facts, params) =>
    planPrepareSwitch(facts, RECOVERY_PARAMS['prepare-switch'].parse(params)),
  'connect-regions': (facts, params) =>
    planConnectRegions(facts, RECOVERY_PARAMS['connect-regions'].parse(params)),
};

/**
 * The plan of that kind from these facts, or a refusal that says what to do instead. The same facts give the same plan.
 * Throws a ZodError on parameters that were not parsed before.
 */
export function planRecovery(kind: RecoveryKind, params: unknown, facts: RecoveryPlanFacts): Planned {
  return PLANNERS[kind](facts, params);
}
