'use server';

import type {
  ExceptRequest,
  FreezeRequest,
  OccurrencePreview,
  RecurrenceValues,
} from '#components/freezes/model.ts';
import type { ActionResult as UiResult } from '#components/ui/model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';
import { endException, exceptFreeze } from '#lib/services/freezes/exceptions.ts';
import { changeFreeze, createFreeze } from '#lib/services/freezes/freezes.ts';
import { previewFreeze } from '#lib/services/freezes/preview.ts';
import { type ActionResult, defineAction, toFailure } from '#lib/web/define-action.ts';
import { requestOrigin } from '#lib/web/origin.ts';
import { signedInContext } from '#lib/web/session.ts';

const create = defineAction(createFreeze);
const change = defineAction(changeFreeze);
const except = defineAction(exceptFreeze);
const end = defineAction(endException);

export async function createFreezeAction(request: FreezeRequest): Promise<UiResult> {
  return told(await create(request), 'The freeze is set.');
}

export async function changeFreezeAction(id: string, request: FreezeRequest): Promise<UiResult> {
  const { name, reason, incidentUrl, endsAt, recurrence } = request;
  const said = { name, reason, incidentUrl, endsAt };
  return told(await change({ id, ...said, ...(recurrence ? { recurrence } : {}) }), 'The freeze is changed.');
}

export async function exceptFreezeAction(request: ExceptRequest): Promise<UiResult> {
  return told(await except(request), 'What it names may go through.');
}

export async function endExceptionAction(id: string): Promise<UiResult> {
  return told(await end({ id }), 'The exception is taken back.');
}

/** The next times of a rule; reads only. */
export async function previewFreezeAction(request: {
  recurrence: RecurrenceValues;
  endsAt: string | null;
}): Promise<PreviewAnswer<OccurrencePreview>> {
  try {
    return { ok: true, preview: previewFreeze(await signedInContext(), request) };
  } catch (error) {
    const failure = toFailure(error, (await requestOrigin()).requestId, 'freeze preview');
    return { ok: false, message: failure.message, ...(failure.fields ? { fields: failure.fields } : {}) };
  }
}

function told(answer: ActionResult<unknown>, message: string): UiResult {
  return answer.ok ? { ok: true, message } : answer;
}
