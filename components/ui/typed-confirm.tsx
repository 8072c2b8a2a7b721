'use client';

import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { TextField } from './field.tsx';

interface TypedConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** "Disable Aisha Bello" */
  title: string;
  /** What will happen, and whether it can be undone. */
  consequence: ReactNode;
  /** The object's name, to be typed. */
  name: string;
  verb: string;
  /** Beside the buttons: what happens next. */
  next?: string;
  busy?: boolean;
  error?: string;
  onConfirm: () => void;
}

/** An irreversible step asks for the object's name, typed; it never asks whether one is sure. */
export function TypedConfirm(props: TypedConfirmProps) {
  const { open, onOpenChange, title, consequence, name, verb, next, busy = false, error, onConfirm } = props;
  const [typed, setTyped] = useState('');
  const matches = typed.trim() === name;
  const change = (value: boolean) => {
    if (!value) setTyped('');
    onOpenChange(value);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={title}
      description={consequence}
      footer={
        <>
          <span className="why start">{next}</span>
          <Button onClick={() => change(false)}>Cancel</Button>
          <Button
            tone="danger-solid"
            busy={busy}
            reason={matches ? undefined : `Type ${name} first.`}
            onClick={onConfirm}
          >
            {verb}
          </Button>
        </>
      }
    >
      <TextField
        label={
          <>
            Type <span className="mono">{name}</span>
          </>
        }
        className="mono"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        error={error}
        hint={matches ? 'Matches.' : `${Math.min(typed.length, name.length)} of ${name.length} letters`}
        onChange={(event) => setTyped(event.target.value)}
      />
    </Dialog>
  );
}
