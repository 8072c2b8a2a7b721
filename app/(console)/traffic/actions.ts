'use server';

import type { ShiftRequest as ComposedShift, Preview, PreviewResult } from '#components/traffic/model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import { nodesNeeded } from '#lib/domain/capacity/capacity.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { movedPoints } from '#lib/domain/traffic/largest-step.ts';
import { acceptable, openChecks } from '#lib/domain/traffic/preflight.ts';
import { rampSteps } from '#lib/domain/traffic/ramp.ts';
import type { ShiftRequest } from '#lib/domain/traffic/request.ts';
import { plannedShares } from '#lib/domain/traffic/solve.ts';
import { globalShares } from '#lib/domain/traffic/weights.ts';
import { previewApproval } from '#lib/services/approvals/preview.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type PlannedShift, previewShift } from '#lib/services/operations/plan-shift.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { answerPreview } from '#lib/web/preview.ts';
import { agreementWords } from '../_models/agreement.ts';
import { acceptModel, gateWords, startWords, within } from '../_models/common.ts';

const request = defineAction(requestOperation);

/** Real seconds beside the dwell that a step takes: change in sync, and enough requests to judge. */
const SYNC_AND_JUDGE_SECONDS = 25;

export async function previewShiftAction(
  environment: string,
  composed: ComposedShift,
): Promise<PreviewResult> {
  return answerPreview('shift preview', async (context) => {
    const planned = await previewShift(context, { environment, params: toRequest(composed) });
    return toPreview(context, environment, composed, planned);
  });
}

export async function requestShiftAction(
  environment: string,
  composed: ComposedShift,
  reason: string,
  digest: string,
): Promise<ActionResult> {
  const answer = await request({
    kind: 'traffic-shift',
    environment,
    params: toRequest(composed),
    reason,
    acknowledged: [...composed.accepted],
    digest,
  });
  return told(answer, startWords);
}

/** The composer speaks of percents and minutes, the rules of percents and hours. */
function toRequest({ shift, ramp }: ComposedShift): ShiftRequest {
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

async function toPreview(
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
  const steps = rampSteps(estate, toRequest(composed).ramp, change.before, change.after);
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
        nodesReady: region.nodes.value?.ready ?? 0,
      };
    }),
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
