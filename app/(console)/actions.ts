'use server';

import { redirect } from 'next/navigation';
import type { ActionResult } from '#components/ui/model.ts';
import { puttingBackWords, turnedRoundWords } from '#lib/domain/operation/put-back.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';
import { routes } from '#lib/routes.ts';
import { createFreeze, liftFreeze } from '#lib/services/freezes/freezes.ts';
import { closeOperation, omitStep } from '#lib/services/operations/close.ts';
import { commentOperation } from '#lib/services/operations/comment.ts';
import {
  abortOperation,
  pauseOperation,
  resumeOperation,
  revertOperation,
} from '#lib/services/operations/control.ts';
import { approveOperation, rejectOperation, withdrawOperation } from '#lib/services/operations/decide.ts';
import { leaveOperation } from '#lib/services/operations/leave.ts';
import { endSession } from '#lib/services/sessions/sign-in.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { proveFirst } from '#lib/web/prove.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import { clearSessionCookie, readSessionId } from '#lib/web/session.ts';
import { listOf } from './_models/common.ts';

const pause = defineAction(pauseOperation);
const resume = defineAction(resumeOperation);
const abort = defineAction(abortOperation);
const revert = defineAction(revertOperation);
const leave = defineAction(leaveOperation);
const close = defineAction(closeOperation);
const omit = defineAction(omitStep);
const approve = defineAction(approveOperation);
const reject = defineAction(rejectOperation);
const withdraw = defineAction(withdrawOperation);
const comment = defineAction(commentOperation);
const freeze = defineAction(createFreeze);
const lift = defineAction(liftFreeze);

export async function pauseAction(id: string): Promise<ActionResult> {
  return told(await pause({ id }), `${id} pauses at its next gate.`);
}

export async function resumeAction(id: string): Promise<ActionResult> {
  return told(await resume({ id }), ({ state }) =>
    state === 'holding' ? `${id} tries again now.` : `${id} goes on.`,
  );
}

export async function abortAction(id: string, reason: string): Promise<ActionResult> {
  return told(await abort({ id, reason }), `${id} stops and puts back what it has changed.`);
}

export async function revertAction(id: string, reason: string): Promise<ActionResult> {
  return told(await revert({ id, reason }), (undo) => {
    if (undo.id === id) return `${id} ${turnedRoundWords(undo.kind)}.`;
    return undo.state === 'queued'
      ? `${undo.id} ${puttingBackWords(undo.kind)}.`
      : `${undo.id} waits for approval.`;
  });
}

export async function leaveAction(id: string, reason: string): Promise<ActionResult> {
  return told(await leave({ id, reason }), `${id} puts nothing more back and ends.`);
}

export async function closeAction(id: string, reason: string): Promise<ActionResult> {
  return told(await close({ id, reason }), `${id} ends incomplete. You owe a review of it.`);
}

export async function omitAction(id: string, step: string, reason: string): Promise<ActionResult> {
  return told(await omit({ id, step, reason }), `${id} goes on without it. You owe a review of it.`);
}

export async function approveAction(
  id: string,
  digest: string,
  accept: RpoContract | null,
  password: string,
): Promise<ActionResult> {
  const proved = await proveFirst(password);
  if (!proved.ok) return proved;
  const answer = await approve({ id, digest, ...(accept ? { accept } : {}) }, { provedAt: proved.result });
  return told(answer, ({ state, open }) =>
    state === 'awaiting-approval'
      ? `${id} has your approval; it still needs ${listOf(open)}.`
      : `${id} is approved and starts${state === 'scheduled' ? ' at its time' : ''}.`,
  );
}

/** The digest comes first, so that a page can bind it. */
export async function rejectAction(digest: string, id: string, reason: string): Promise<ActionResult> {
  return told(await reject({ id, digest, reason }), `${id} is rejected.`);
}

export async function commentAction(id: string, body: string): Promise<ActionResult> {
  return told(await comment({ id, body }), `Your comment on ${id} is kept.`);
}

export async function withdrawAction(id: string): Promise<ActionResult> {
  return told(await withdraw({ id }), `${id} is withdrawn.`);
}

export async function stopTheLineAction(environment: string, reason: string): Promise<ActionResult> {
  return told(
    await freeze({ environment, stopTheLine: true, reason }),
    `${environment} is frozen; what runs is held at its next gate.`,
  );
}

export async function liftFreezeAction(id: string, reason: string): Promise<ActionResult> {
  return told(await lift({ id, reason }), 'The freeze is lifted.');
}

export async function signOutAction(): Promise<void> {
  const sessionId = await readSessionId();
  if (sessionId) {
    const { database } = await webRuntime();
    await endSession({ database, now: new Date() }, sessionId, 'signed out');
  }
  await clearSessionCookie();
  redirect(routes.signIn());
}
