import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { SignInView } from '#components/sign-in/sign-in-view.tsx';
import { webRuntime } from '#lib/web/runtime.ts';
import { findSignedIn } from '#lib/web/session.ts';
import { signInAction } from './actions.ts';
import { safeNext } from './next-path.ts';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: PageProps<'/sign-in'>) {
  const { next, error } = await searchParams;
  const wanted = safeNext(next);
  if (await findSignedIn()) redirect(wanted);
  const estate = await (await webRuntime()).estate();
  return (
    <SignInView
      at={new Date().toISOString()}
      estate={`${estate.title}, ${estate.label}`}
      provider={null}
      initial={
        error === undefined
          ? { kind: 'fresh' }
          : {
              kind: 'refused',
              email: '',
              message:
                'The identity provider did not sign you in, or none of your groups has a role here. Ask an admin.',
            }
      }
      next={wanted}
      signIn={signInAction}
    />
  );
}
