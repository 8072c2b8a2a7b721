import type { MapFlow } from '#components/map/model.ts';
import type { ShiftRequest as ComposedShift, Preview } from '#components/traffic/model.ts';
import { nodesNeeded } from '#lib/domain/capacity/capacity.ts';
import { type Estate, findEnvironment } from '#lib/domain/estate/estate.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { cityFlows, movedPart } from '#lib/domain/traffic/city-flows.ts';
import { movedPoints } from '#lib/domain/traffic/largest-step.ts';
import { acceptable, openChecks } from '#lib/domain/traffic/preflight.ts';
import { rampSteps } from '#lib/domain/traffic/ramp.ts';
import type { ShiftRequest } from '#lib/domain/traffic/request.ts';
import { plannedShares } from '#lib/domain/traffic/solve.ts';
import { globalShares, type WeightMatrix } from '#lib/domain/traffic/weights.ts';
import { previewApproval } from '#lib/services/approvals/preview.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { PlannedShift } from '#lib/services/operations/plan-shift.ts';
import { agreementWords } from './agreement.ts';
import { acceptModel, gateWords, within } from './common.ts';
import { mapFlow } from './map-flow.ts';

/** Real seconds beside the dwell that a step takes: change in sync, and enough requests to judge. */
const SYNC_AND_JUDGE_SECONDS = 25;

/** The composer speaks of percents and minutes, the rules of percents and hours. */
export function toShiftRequest({ shift, ramp }: ComposedShift): ShiftRequest {
  const spread: ShiftRequest['ramp'] =
    ramp.kind === 'interval'
      ? { kind: 'interval', points: ramp.points, intervalHours: ramp.everyMinutes / 60 }
      : ramp;
  switch (shift.mode) {
    case 'geography':
      return { mode: 'geography', geography: shift.geography, weights: { ...shift.weights }, ramp: spread };
    case 'target':
      return { mode: 'split', target: { ...shift.shares }, ramp: spread };
    case 'drain':
      return {
        mode: 'drain',
        region: shift.region,
        ramp: spread,
        ...(shift.points === undefined ? {} : { points: shift.points }),
      };
    default:
      return shift satisfies never;
  }
}

/** What the composer shows of a planned shift: its effects, its checks, its price and who must agree. */
export async function shiftPreview(
  context: VerbContext,
  environmentName: string,
  composed: ComposedShift,
  planned: PlannedShift,
): Promise<Preview> {
  const { estate, now } = context;
  const environment = findEnvironment(estate, environmentName);
  const { change, load, facts } = planned;
  const perNode = estate.capacity.requestsPerSecondPerNode;
  const scale = environment?.timeScale ?? 1;
  const accepted = acceptable(planned.checks);
  const agreement = await previewApproval(context, planned, accepted);
  const steps = rampSteps(estate, toShiftRequest(composed).ramp, change.before, change.after);
  const minimumDwell = 2 * estate.dns.ttlSeconds;
  let at = now.getTime();
  const ramp = steps.map((step) => {
    const shares = globalShares(step.matrix, plannedShares(estate), environment?.regions ?? []);
    const point = {
      at: new Date(at).toISOString(),
      points: movedPoints({ sharesBefore: change.sharesBefore, sharesAfter: shares }),
    };
    at += (Math.max(minimumDwell, step.dwellSeconds / scale) + SYNC_AND_JUDGE_SECONDS) * 1_000;
    return point;
  });
  const blocking = openChecks(planned.checks, accepted)[0];
  const withinSeconds = staleAfterSeconds('metrics', estate.metrics.periodSeconds);
  const here = within(estate, environmentName);
  return {
    points: movedPoints(change),
    largestSafePoints: planned.largestSafePoints,
    regions: facts.regions.map((region) => {
      const before = change.sharesBefore[region.code] ?? 0;
      const after = change.sharesAfter[region.code] ?? 0;
      return {
        region: region.code,
        shareBefore: before,
        shareAfter: after,
        requestsBefore: before * load,
        requestsAfter: after * load,
        nodesBefore: nodesNeeded(before * load, perNode),
        nodesAfter: nodesNeeded(after * load, perNode),
        nodesReady: region.nodes.value?.ready ?? null,
      };
    }),
    flows: {
      before: flowsOf(estate, change.before, change.after),
      after: flowsOf(estate, change.after, change.before),
    },
    checks: planned.checks.map((check) => acceptModel(check, { withinSeconds, here })),
    price: { lines: planned.price.lines, monthlyDollars: planned.price.monthlyDollars },
    approval: agreementWords(context, environmentName, agreement),
    digest: planned.digest,
    ramp: {
      steps: ramp,
      doneAt: new Date(at).toISOString(),
      note: `Dwell ${Math.round(Math.max(minimumDwell, (estate.traffic.dwellMinutes * 60) / scale))} s: two TTLs of ${estate.dns.ttlSeconds} s and ${estate.traffic.dwellMinutes} min at time scale ${scale}. ${gateWords(estate)}`,
    },
    refusal: blocking?.message ?? null,
  };
}

/** Who serves whom under these weights, marked where the other weights do not send them. */
function flowsOf(estate: Estate, weights: WeightMatrix, other: WeightMatrix): MapFlow[] {
  return cityFlows(estate, weights).map((flow) =>
    mapFlow(flow, flow.share, { by: 'this shift', part: movedPart(flow, other) }),
  );
}
