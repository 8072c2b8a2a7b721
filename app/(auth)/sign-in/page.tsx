import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import type { SignInState } from '#components/sign-in/sign-in-form.tsx';
import { SignInView } from '#components/sign-in/sign-in-view.tsx';
import { admissionRefusal } from '#lib/services/sessions/admit-oidc.ts';
import { oidcProvider } from '#lib/web/oidc.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import { findSignedIn } from '#lib/web/session.ts';
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
      initial={stateOf(error)}
      next={wanted}
      signIn={signInAction}
    />
  );
}

function stateOf(error: string | string[] | undefined): SignInState {
  if (error === undefined) return { kind: 'fresh' };
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
