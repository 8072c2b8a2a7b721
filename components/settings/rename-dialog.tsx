'use client';

import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextField } from '#components/ui/field.tsx';
import { useAction } from '#components/ui/use-action.ts';
import type { PersonDetail, SettingsActions } from './model.ts';

export interface RenameDialogProps {
  person: Pick<PersonDetail, 'id' | 'name' | 'email'>;
  rename: SettingsActions['rename'];
  onClose: () => void;
}

/** Asks for a person's new name, and says where it will be seen. */
export default function RenameDialog({ person, rename, onClose }: RenameDialogProps) {
  const [name, setName] = useState(person.name);
  const { busy, failure, run } = useAction(onClose);
  const wanted = name.trim();
  const blocked =
    wanted === '' ? 'Give a name.' : wanted === person.name ? 'It is the name they have.' : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Rename ${person.name}`}
      description={`Everybody sees the new name at once, at past acts in the log too. They go on signing in as ${person.email}.`}
      footer={
        <>
          <span className="why start">{blocked ?? 'It goes to the audit log with your name.'}</span>
          <Button onClick={onClose}>Not now</Button>
          <Button
            tone="primary"
            busy={busy}
            reason={blocked}
            onClick={() => run(() => rename(person.id, wanted))}
          >
            Rename
          </Button>
        </>
      }
    >
      {failure?.fields === undefined ? <FailureNote failure={failure} verb="Not renamed" /> : null}
      <TextField
        label="Name"
        autoComplete="off"
        maxLength={120}
        value={name}
        error={failure?.fields?.name}
        onChange={(event) => setName(event.target.value)}
      />
    </Dialog>
  );
}
