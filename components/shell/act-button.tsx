'use client';

import dynamic from 'next/dynamic';
import { type ReactNode, useState } from 'react';
import { Button, type ButtonTone } from '#components/ui/button.tsx';
import { type ActionResult, type Permission, reasonOf } from '#components/ui/model.ts';
import type { ActPlan } from './act-model.ts';

const ActSheet = dynamic(() => import('./act-sheet.tsx'), { ssr: false });

interface ActButtonProps {
  plan: ActPlan;
  permission: Permission;
  run: (reason: string) => Promise<ActionResult>;
  tone?: ButtonTone;
  reasonAt?: 'bubble' | 'beside';
  /** What the act is done to, read out after the button's text: in a list its rows tell them apart. */
  of?: string;
  children: ReactNode;
}

/** A button that opens the act's sheet; the sheet is loaded when it is first asked for. */
export function ActButton(props: ActButtonProps) {
  const { plan, permission, run, tone = 'danger', reasonAt, of, children } = props;
  const [open, setOpen] = useState<boolean | null>(null);
  return (
    <>
      <Button tone={tone} reason={reasonOf(permission)} reasonAt={reasonAt} onClick={() => setOpen(true)}>
        {children}
        {of === undefined ? null : (
          <>
            {' '}
            <span className="sr">{of}</span>
          </>
        )}
      </Button>
      {open === null ? null : <ActSheet open={open} onOpenChange={setOpen} plan={plan} run={run} />}
    </>
  );
}
