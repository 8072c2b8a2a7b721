'use client';

import { useEffect, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import type { SignInAgain } from './model.ts';
import { Note } from './note.tsx';
import type { ProofNeed } from './proof-model.ts';

interface ProofFieldProps {
  need: ProofNeed;
  value: string;
  error: string | undefined;
  onChange: (password: string) => void;
  /** Before the page is left for the identity provider: keep what was entered. */
  onLeave: () => void;
  signInAgain: SignInAgain;
}

/** Asked in the form itself, so that nobody loses what they entered: the password, or a sign-in at the provider and back. */
export function ProofField({ need, value, error, onChange, onLeave, signInAgain }: ProofFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  // A wrong password is told where it is entered, also where that had scrolled away.
  useEffect(() => {
    if (error !== undefined) field.current?.focus();
  }, [error]);
  if (need.by === 'provider') return <AtProvider onLeave={onLeave} signInAgain={signInAgain} />;
  return (
    <TextField
      label={
        <>
          Your password{' '}
          <span className="muted regular">it cannot be undone, and you signed in a while ago</span>
        </>
      }
      ref={field}
      type="password"
      autoComplete="current-password"
      maxLength={1024}
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function AtProvider({ onLeave, signInAgain }: Pick<ProofFieldProps, 'onLeave' | 'signInAgain'>) {
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  const leave = async () => {
    setBusy(true);
    onLeave();
    const answer = await signInAgain(`${window.location.pathname}${window.location.search}`).catch(() => ({
      ok: false as const,
      message: 'The console did not answer. Try again.',
    }));
    if (answer.ok) return window.location.assign(answer.address);
    setMessage(answer.message);
    setBusy(false);
  };
  return (
    <>
      {message === null ? null : (
        <Note status="critical" title="Not signed in again.">
          {message}
        </Note>
      )}
      <p className="small">
        It cannot be undone, and you signed in a while ago. What you entered here is kept while you are away.
      </p>
      <Button busy={busy} onClick={() => void leave()}>
        Sign in again
      </Button>
    </>
  );
}
