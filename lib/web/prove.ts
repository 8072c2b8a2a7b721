import 'server-only';
import { proofCountsUntil } from '#lib/domain/access/proof.ts';
import type { Actor } from '../services/context.ts';
import { proveIdentity } from '../services/sessions/prove.ts';
import { type ActionResult, toFailure } from './define-action.ts';
import { requestOrigin } from './origin.ts';
import { webRuntime } from './runtime.ts';
import { forgetSession, requireSignedIn } from './session.ts';

/**
 * Takes the password that came with a request as a fresh proof, before the request itself is made; resolves with the time from
 * which it counts, null where no password came.
 */
export async function proveFirst(password: string): Promise<ActionResult<Date | null>> {
  if (password === '') return { ok: true, result: null };
  const origin = await requestOrigin();
  try {
    const { sessionId, personId, email } = await requireSignedIn();
    const { database } = await webRuntime();
    const context = { database, now: new Date() };
    const session = { sessionId, personId: personId ?? '', email };
    const provedAt = await proveIdentity(context, origin, session, { password });
    forgetSession(sessionId);
    return { ok: true, result: provedAt };
  } catch (error) {
    return toFailure(error, origin.requestId, 'session.prove');
  }
}

/** How this person proves who they are, and until when they have. */
export function proofNeed({ provedAt, provesBy }: Pick<Actor, 'provedAt' | 'provesBy'>): {
  by: 'password' | 'provider';
  freshUntil: string | null;
} {
  return { by: provesBy ?? 'password', freshUntil: proofCountsUntil(provedAt ?? null) };
}
