'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';
import { Button, type ButtonTone } from '#components/ui/button.tsx';
import { reasonOf } from '#components/ui/model.ts';
import type { RollbackActions, RollbackOffer } from './pipeline-rollback-model.ts';

const RollbackSheet = dynamic(() => import('./pipeline-rollback-sheet.tsx'), { ssr: false });

interface RollbackButtonProps {
  offer: RollbackOffer;
  actions: RollbackActions;
  /** Chosen at first; without it all Regions are. */
  regions?: readonly string[];
  tone?: ButtonTone;
  label?: string;
}

/** One click opens the sheet, one confirmation rolls back; the sheet's code comes when it is first asked for. */
export function RollbackButton({
  offer,
  actions,
  regions,
  tone = 'danger',
  label = 'Roll back',
}: RollbackButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button tone={tone} reason={reasonOf(offer.permission)} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open ? (
        <RollbackSheet
          offer={offer}
          actions={actions}
          {...(regions === undefined ? {} : { initial: regions })}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
