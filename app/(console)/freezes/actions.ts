'use server';

import type {
  ExceptRequest,
  FreezeRequest,
  OccurrencePreview,
  RecurrenceValues,
} from '#components/freezes/model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';
import { endException, exceptFreeze } from '#lib/services/freezes/exceptions.ts';
import { changeFreeze, createFreeze } from '#lib/services/freezes/freezes.ts';
import { previewFreeze } from '#lib/services/freezes/preview.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { answerPreview } from '#lib/web/preview.ts';

const create = defineAction(createFreeze);
const change = defineAction(changeFreeze);
const except = defineAction(exceptFreeze);
const end = defineAction(endException);

export async function createFreezeAction(request: FreezeRequest): Promise<ActionResult> {
  return told(await create(request), 'The freeze is set.');
}

export async function changeFreezeAction(id: string, request: FreezeRequest): Promise<ActionResult> {
  const { name, reason, incidentUrl, endsAt, recurrence } = request;
  const said = { name, reason, incidentUrl, endsAt };
  return told(await change({ id, ...said, ...(recurrence ? { recurrence } : {}) }), 'The freeze is changed.');
}

export async function exceptFreezeAction(request: ExceptRequest): Promise<ActionResult> {
  return told(await except(request), 'What it names may go through.');
}

export async function endExceptionAction(id: string): Promise<ActionResult> {
  return told(await end({ id }), 'The exception is taken back.');
}

/** The next times of a rule; reads only. */
export async function previewFreezeAction(request: {
  recurrence: RecurrenceValues;
  endsAt: string | null;
}): Promise<PreviewAnswer<OccurrencePreview>> {
  return answerPreview('freeze preview', (context) => previewFreeze(context, request));
}
