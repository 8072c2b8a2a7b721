'use server';

import { redirect } from 'next/navigation';
import type { ActionResult as UiResult } from '#components/ui/model.ts';
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
import { type ActionResult, defineAction } from '#lib/web/define-action.ts';
import { proveFirst } from '#lib/web/prove.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import { clearSessionCookie, readSessionId } from '#lib/web/session.ts';

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

export async function pauseAction(id: string): Promise<UiResult> {
  return told(await pause({ id }), `${id} pauses at its next gate.`);
}

export async function resumeAction(id: string): Promise<UiResult> {
  const answer = await resume({ id });
  if (!answer.ok) return answer;
  const message = answer.result.state === 'holding' ? `${id} tries again now.` : `${id} goes on.`;
  return { ok: true, message };
}

export async function abortAction(id: string, reason: string): Promise<UiResult> {
  return told(await abort({ id, reason }), `${id} stops and puts traffic back.`);
}

export async function revertAction(id: string, reason: string): Promise<UiResult> {
  const answer = await revert({ id, reason });
  if (!answer.ok) return answer;
  const undo = answer.result;
  if (undo.id === id) return { ok: true, message: `${id} puts the former weights back.` };
  return {
    ok: true,
    message:
      undo.state === 'queued' ? `${undo.id} puts the former weights back.` : `${undo.id} waits for approval.`,
  };
}

export async function leaveAction(id: string, reason: string): Promise<UiResult> {
  return told(await leave({ id, reason }), `${id} puts nothing more back and ends.`);
}

export async function closeAction(id: string, reason: string): Promise<UiResult> {
  return told(await close({ id, reason }), `${id} ends incomplete. You owe a review of it.`);
}

export async function omitAction(id: string, step: string, reason: string): Promise<UiResult> {
  return told(await omit({ id, step, reason }), `${id} goes on without it. You owe a review of it.`);
}

export async function approveAction(
  id: string,
  digest: string,
  accept: RpoContract | null,
  password: string,
): Promise<UiResult> {
  const proved = await proveFirst(password);
  if (!proved.ok) return proved;
  const answer = await approve({ id, digest, ...(accept ? { accept } : {}) }, { provedAt: proved.result });
  if (!answer.ok) return answer;
  const { state, approvals, needed } = answer.result;
  return {
    ok: true,
    message:
      state === 'queued' ? `${id} is approved and starts.` : `${id} has ${approvals} of ${needed} approvals.`,
  };
}

/** The digest comes first, so that a page can bind it. */
export async function rejectAction(digest: string, id: string, reason: string): Promise<UiResult> {
  return told(await reject({ id, digest, reason }), `${id} is rejected.`);
}

export async function commentAction(id: string, body: string): Promise<UiResult> {
  return told(await comment({ id, body }), `Your comment on ${id} is kept.`);
}

export async function withdrawAction(id: string): Promise<UiResult> {
  return told(await withdraw({ id }), `${id} is withdrawn.`);
}

export async function stopTheLineAction(environment: string, reason: string): Promise<UiResult> {
  return told(
    await freeze({ environment, stopTheLine: true, reason }),
    `${environment} is frozen; what runs is held at its next gate.`,
  );
}

export async function liftFreezeAction(id: string): Promise<UiResult> {
  return told(await lift({ id }), 'The freeze is lifted.');
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

function told(answer: ActionResult<unknown>, message: string): UiResult {
  return answer.ok ? { ok: true, message } : answer;
}
