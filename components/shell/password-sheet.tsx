'use client';

import { type FormEvent, useId, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Sheet } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextField } from '#components/ui/field.tsx';
import type { ActionResult } from '#components/ui/model.ts';
import { useAction } from '#components/ui/use-action.ts';

export type ChangePassword = (wanted: { current: string; password: string }) => Promise<ActionResult>;

export interface PasswordSheetProps {
  /** Whose it is: kept with the new password by what keeps passwords in the browser. */
  email: string;
  change: ChangePassword;
  onClose: () => void;
}

const EMPTY = { current: '', password: '', again: '' };

/** Changes one's own password. It ends this session too: the page that is read afterwards is the sign-in. */
export default function PasswordSheet({ email, change, onClose }: PasswordSheetProps) {
  const form = useId();
  const [entered, setEntered] = useState(EMPTY);
  const { busy, failure, run } = useAction(onClose);
  const { current, password, again } = entered;
  const strays = !password.startsWith(again);
  const blocked =
    current === ''
      ? 'Give the password that you have first.'
      : password === ''
        ? 'Give the new one.'
        : again === ''
          ? 'Give the new one once more.'
          : again !== password
            ? 'The new one is not the same both times.'
            : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (blocked === undefined) run(() => change({ current, password }));
  };
  const field = (name: keyof typeof EMPTY) => ({
    type: 'password',
    maxLength: 1024,
    value: entered[name],
    onChange: (event: { target: { value: string } }) =>
      setEntered({ ...entered, [name]: event.target.value }),
  });
  return (
    <Sheet
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Change password"
      note={email}
      stackedFooter
      footer={
        <>
          {failure?.fields === undefined ? <FailureNote failure={failure} verb="Not changed" /> : null}
          <span className="why">{blocked ?? 'It goes to the audit log, without any password.'}</span>
          <Button onClick={onClose}>Not now</Button>
          <Button tone="primary" type="submit" form={form} busy={busy} reason={blocked}>
            Change password
          </Button>
        </>
      }
    >
      <form id={form} className="pad" onSubmit={submit}>
        <p className="small">
          Every session of yours ends, in every browser and here too: you sign in again with the new password.
          API tokens keep working.
        </p>
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <div className="spaced">
          <TextField
            label="Current password"
            autoComplete="current-password"
            error={failure?.fields?.current}
            {...field('current')}
          />
          <TextField
            label="New password"
            autoComplete="new-password"
            hint="12 characters or more"
            error={failure?.fields?.password}
            {...field('password')}
          />
          <TextField
            label="Once more"
            autoComplete="new-password"
            error={strays ? 'is not the same as the new one' : undefined}
            {...field('again')}
          />
        </div>
      </form>
    </Sheet>
  );
}
