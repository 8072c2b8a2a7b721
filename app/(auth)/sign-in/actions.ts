'use server';

import { redirect } from 'next/navigation';
import type { SignInState } from '#components/sign-in/sign-in-form.tsx';
import { MeridianError, ThrottledError } from '#lib/errors.ts';
import { signIn } from '#lib/services/sessions/sign-in.ts';
import { toFailure } from '#lib/web/define-action.ts';
import { requestOrigin } from '#lib/web/origin.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import { writeSessionCookie } from '#lib/web/session.ts';
import { safeNext } from './next-path.ts';

/** Opens a session and goes where the reader wanted to go. */
export async function signInAction(_: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get('email') ?? '').slice(0, 254);
  const origin = await requestOrigin();
  try {
    const { database } = await webRuntime();
    const session = await signIn({ database, now: new Date() }, origin, {
      email,
      password: String(form.get('password') ?? ''),
    });
    await writeSessionCookie(session.sessionId);
  } catch (error) {
    if (error instanceof ThrottledError) return { kind: 'throttled', email, message: error.message };
    if (error instanceof MeridianError) return { kind: 'refused', email, message: error.message };
    const failure = toFailure(error, origin.requestId, 'sign-in');
    return { kind: 'failed', email, message: failure.message, requestId: failure.requestId };
  }
  redirect(safeNext(form.get('next')));
}
