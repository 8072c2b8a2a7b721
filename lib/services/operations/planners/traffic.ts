import { ShiftRequest } from '#lib/domain/traffic/request.ts';
import type { ShiftKind } from '../../../operations/traffic-shift/plan.ts';
import { type PlannedShift, planShiftNow } from '../plan-shift.ts';
import { definePlanner, type PlanChange, type PlannedOperation } from './planner.ts';

function shiftPlanner(kind: ShiftKind) {
  return definePlanner(kind, ShiftRequest, async (context, environment, request) =>
    asOperation(await planShiftNow(context, environment, request, kind)),
  );
}

export const trafficShift = shiftPlanner('traffic-shift');
/** Never asked for by itself: it puts a finished shift back. */
export const trafficRevert = shiftPlanner('traffic-revert');

/** A planned shift as any other operation. */
function asOperation(shift: PlannedShift): PlannedOperation {
  const { plan, change, checks, price, digest, subject, regions, largestSafePoints } = shift;
  return {
    plan,
    checks,
    price,
    digest,
    subject,
    regions,
    changes: shareChanges(shift),
    change,
    largestSafePoints,
    accepted: null,
    confirm: null,
    outageAt: null,
    blocks: [],
  };
}

function shareChanges({ change, regions }: PlannedShift): PlanChange[] {
  const percent = (share: number | undefined) => `${((share ?? 0) * 100).toFixed(1)} %`;
  return regions.map((code) => ({
    label: `Share of ${code}`,
    before: percent(change.sharesBefore[code]),
    after: percent(change.sharesAfter[code]),
  }));
}
