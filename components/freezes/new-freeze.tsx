'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { reasonOf } from '#components/ui/model.ts';
import type { CreateModel, FreezesActions } from './model.ts';
import { readersZone } from './zones.ts';

const FreezeSheet = dynamic(() => import('./freeze-sheet.tsx'), { ssr: false });

interface NewFreezeProps {
  create: CreateModel;
  environment: string;
  actions: FreezesActions;
}

/** A freeze of one time or one that recurs; the sheet is loaded when it is first asked for. */
export function NewFreeze({ create, environment, actions }: NewFreezeProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button tone="primary" reason={reasonOf(create.permission)} onClick={() => setOpen(true)}>
        Plan a freeze
      </Button>
      {open ? (
        <FreezeSheet
          title="Plan a freeze"
          create={create}
          initial={{
            name: '',
            environment,
            region: '',
            kind: '',
            recurs: false,
            zone: readersZone(),
            start: '',
            end: '',
            rule: 'FREQ=DAILY',
            hours: '8',
            reason: '',
            incidentUrl: '',
          }}
          actions={actions}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
