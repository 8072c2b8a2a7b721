'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { reasonOf } from '#components/ui/model.ts';
import type { PersonDetail } from './model.ts';
import type { RenameDialogProps } from './rename-dialog.tsx';

const RenameDialog = dynamic(() => import('./rename-dialog.tsx'), { ssr: false });

interface RenamePersonProps extends Omit<RenameDialogProps, 'onClose'> {
  person: Pick<PersonDetail, 'id' | 'name' | 'email' | 'rename'>;
}

/** Beside what else can be done to a person: gives them another name. */
export function RenamePerson({ person, rename }: RenamePersonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button reason={reasonOf(person.rename)} onClick={() => setOpen(true)}>
        Rename
      </Button>
      {open ? <RenameDialog person={person} rename={rename} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
