import { type ReleasedMinimum, RevertRequest, ShiftRequest } from '#lib/domain/traffic/request.ts';
import { type PlannedShift, planShiftNow } from '../plan-shift.ts';
import { definePlanner, type PlanChange, type PlannedOperation } from './planner.ts';

export const trafficShift = definePlanner(
  'traffic-shift',
  ShiftRequest,
  async (context, environment, request) =>
    asOperation(await planShiftNow(context, environment, { kind: 'traffic-shift', request })),
);

/** Never asked for by itself: it puts a finished shift back. */
export const trafficRevert = definePlanner(
  'traffic-revert',
  RevertRequest,
  async (context, environment, { release, ...request }) =>
    asOperation(await planShiftNow(context, environment, { kind: 'traffic-revert', request, release })),
);

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
    changes: [...shareChanges(shift), ...shift.release.map(minimumChange)],
    change,
    largestSafePoints,
    accepted: null,
    confirm: null,
    outageAt: null,
    blocks: [],
  };
}

function minimumChange({ region, minimumBefore, minimumSet }: ReleasedMinimum): PlanChange {
  return {
    label: `Minimum of nodes in ${region}`,
    before: String(minimumSet),
    after: String(minimumBefore),
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
