'use client';

import { useActionState } from 'react';
import { TextField } from '#components/ui/field.tsx';
import { Note } from '#components/ui/note.tsx';

/** What the last attempt answered. */
export type SignInState =
  | { kind: 'fresh' }
  /** Nothing was tried yet: why the session that this browser had is over. */
  | { kind: 'ended'; message: string }
  /** Which of the two was wrong is not said. */
  | { kind: 'refused'; email: string; message: string }
  | { kind: 'throttled'; email: string; message: string }
  | { kind: 'failed'; email: string; message: string; requestId?: string };

interface SignInFormProps {
  signIn: (state: SignInState, form: FormData) => Promise<SignInState>;
  initial: SignInState;
  next: string;
}

const TITLE = {
  ended: 'Your session has ended.',
  refused: 'Not signed in.',
  throttled: 'Wait a moment.',
  failed: 'Sign-in is not working.',
} as const;
const STATUS = { ended: 'held', refused: 'critical', throttled: 'held', failed: 'critical' } as const;

/** Works without JavaScript too: it is a form posting to a server action. */
export function SignInForm({ signIn, initial, next }: SignInFormProps) {
  const [state, submit, pending] = useActionState(signIn, initial);
  return (
    <form action={submit}>
      {state.kind === 'fresh' ? null : (
        <Note status={STATUS[state.kind]} title={TITLE[state.kind]}>
          {state.message}
          {state.kind === 'failed' && state.requestId !== undefined ? (
            <span className="mono muted"> {state.requestId}</span>
          ) : null}
        </Note>
      )}
      <input type="hidden" name="next" value={next} />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        required
        maxLength={254}
        defaultValue={'email' in state ? state.email : ''}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={1024}
      />
      <button
        type="submit"
        className={pending ? 'btn primary busy' : 'btn primary'}
        aria-busy={pending || undefined}
      >
        {pending ? 'Signing in' : 'Sign in'}
      </button>
    </form>
  );
}
