'use server';

import type { ActionResult } from '#components/ui/model.ts';
import { changeOwnPassword } from '#lib/services/people/accounts.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { proveFirst } from '#lib/web/prove.ts';
import { forgetSession, readSessionId } from '#lib/web/session.ts';

const change = defineAction(changeOwnPassword);

/**
 * The old password is first taken as a proof, so that a wrong one counts and throttles as a failed sign-in does: an open session
 * is no place to guess it.
 */
export async function changePasswordAction(wanted: {
  current: string;
  password: string;
}): Promise<ActionResult> {
  const proved = await proveFirst(wanted.current);
  if (!proved.ok) {
    const wrong = proved.fields?.password;
    return wrong === undefined ? proved : { ...proved, fields: { current: wrong } };
  }
  const answer = await change({ current: wanted.current, password: wanted.password });
  // The page is read again with this answer, and has to find that its session is over.
  const sessionId = answer.ok ? await readSessionId() : null;
  if (sessionId !== null) forgetSession(sessionId);
  return told(answer, 'Your password is changed.');
}
