import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import type { SignInState } from '#components/sign-in/sign-in-form.tsx';
import { SignInView } from '#components/sign-in/sign-in-view.tsx';
import { findSessionEnding, type SessionEnding } from '#lib/services/people/end-sessions.ts';
import { admissionRefusal } from '#lib/services/sessions/admit-oidc.ts';
import { oidcProvider } from '#lib/web/oidc.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import { findSignedIn, readSessionId } from '#lib/web/session.ts';
import { signInAction, singleSignOnAction } from './actions.ts';
import { safeNext } from './next-path.ts';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: PageProps<'/sign-in'>) {
  const { next, error } = await searchParams;
  const wanted = safeNext(next);
  if (await findSignedIn()) redirect(wanted);
  const estate = await (await webRuntime()).estate();
  const provider = oidcProvider();
  return (
    <SignInView
      at={new Date().toISOString()}
      estate={`${estate.title}, ${estate.label}`}
      provider={provider ? { name: provider.name, action: singleSignOnAction.bind(null, wanted) } : null}
      initial={error === undefined ? await afterSession() : failureOf(error)}
      next={wanted}
      signIn={signInAction}
    />
  );
}

const ENDINGS = {
  'password changed': 'Your password was changed. Sign in with the new one.',
  'grants changed': 'What you may do was changed. Sign in again, and it holds.',
  'account disabled': 'Your account was disabled. Ask an admin.',
} as const satisfies Record<SessionEnding, string>;

/** Whoever was signed in here and is not any more is told why. */
async function afterSession(): Promise<SignInState> {
  const sessionId = await readSessionId();
  if (sessionId === null) return { kind: 'fresh' };
  const ending = await findSessionEnding((await webRuntime()).database, sessionId);
  return ending === null ? { kind: 'fresh' } : { kind: 'ended', message: ENDINGS[ending] };
}

function failureOf(error: string | string[]): SignInState {
  const refusal = admissionRefusal(String(error));
  if (refusal) return { kind: 'refused', email: '', message: refusal };
  return {
    kind: 'failed',
    email: '',
    message:
      error === 'provider'
        ? 'The identity provider does not answer. Try again, or ask an admin to look at OIDC_ISSUER.'
        : 'The identity provider did not sign you in. Try again; the web log has the reason.',
  };
}
