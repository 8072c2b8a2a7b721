'use server';

import type { ShiftRequest as ComposedShift, PreviewResult } from '#components/traffic/model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import { previewShift } from '#lib/services/operations/plan-shift.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { answerPreview } from '#lib/web/preview.ts';
import { startWords } from '../_models/common.ts';
import { shiftPreview, toShiftRequest } from '../_models/shift-preview.ts';

const request = defineAction(requestOperation);

export async function previewShiftAction(
  environment: string,
  composed: ComposedShift,
): Promise<PreviewResult> {
  return answerPreview('shift preview', async (context) => {
    const planned = await previewShift(context, { environment, params: toShiftRequest(composed) });
    return shiftPreview(context, environment, composed, planned);
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
    params: toShiftRequest(composed),
    reason,
    acknowledged: [...composed.accepted],
    digest,
  });
  return told(answer, startWords);
}
