'use server';

import type { Route } from 'next';
import { redirect } from 'next/navigation';
import type { SignInState } from '#components/sign-in/sign-in-form.tsx';
import { MeridianError, ThrottledError } from '#lib/errors.ts';
import { routes } from '#lib/routes.ts';
import { endSession, signIn } from '#lib/services/sessions/sign-in.ts';
import { toFailure } from '#lib/web/define-action.ts';
import { requestOrigin } from '#lib/web/origin.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import { readSessionId, writeSessionCookie } from '#lib/web/session.ts';
import { startSingleSignOn } from '#lib/web/single-sign-on.ts';
import { safeNext } from './next-path.ts';

/** Opens a session and goes where the reader wanted to go. The one this browser had before ends. */
export async function signInAction(_: SignInState, form: FormData): Promise<SignInState> {
  // Anybody can post anything here, and the type holds for our own page alone.
  if (!(form instanceof FormData))
    return { kind: 'refused', email: '', message: 'Nobody was signed in: that was no form of this page.' };
  const email = String(form.get('email') ?? '').slice(0, 254);
  const origin = await requestOrigin();
  try {
    const { database } = await webRuntime();
    const context = { database, now: new Date() };
    const session = await signIn(context, origin, { email, password: String(form.get('password') ?? '') });
    const former = await readSessionId();
    if (former) await endSession(context, former, 'signed in again');
    await writeSessionCookie(session.sessionId);
  } catch (error) {
    if (error instanceof ThrottledError) return { kind: 'throttled', email, message: error.message };
    if (error instanceof MeridianError) return { kind: 'refused', email, message: error.message };
    const failure = toFailure(error, origin.requestId, 'sign-in');
    return { kind: 'failed', email, message: failure.message, requestId: failure.requestId };
  }
  redirect(safeNext(form.get('next')));
}

/** Goes to the identity provider, which sends the reader back to where they wanted to go. */
export async function singleSignOnAction(next: string): Promise<void> {
  redirect(await providerAddress(safeNext(next)));
}

/** For somebody who is signed in and has to show again who they are: the provider's address, which leads back to `next`. */
export async function signInAgainAction(
  next: string,
): Promise<{ ok: true; address: string } | { ok: false; message: string }> {
  try {
    return { ok: true, address: (await startSingleSignOn(safeNext(next), { again: true })).href };
  } catch (error) {
    toFailure(error, (await requestOrigin()).requestId, 'single sign-on');
    return {
      ok: false,
      message: 'The identity provider does not answer. Try again, or ask an admin to look at OIDC_ISSUER.',
    };
  }
}

async function providerAddress(next: Route): Promise<Route> {
  try {
    return (await startSingleSignOn(next)).href as Route;
  } catch (error) {
    toFailure(error, (await requestOrigin()).requestId, 'single sign-on');
    return routes.signIn({ next, error: 'provider' });
  }
}
