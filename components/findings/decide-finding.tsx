'use client';

import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextArea } from '#components/ui/field.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { FindingActions, FindingDetail } from './model.ts';

interface DecideFindingProps {
  finding: FindingDetail;
  actions: FindingActions;
}

/** Dismisses a finding, or opens it again; either with a reason that stays beside it. */
export function DecideFinding({ finding, actions }: DecideFindingProps) {
  const [open, setOpen] = useState(false);
  const forbidden = reasonOf(finding.decide);
  const dismissed = finding.dismissed !== null;
  return (
    <div className="decide review-bar">
      <span className="why">
        {forbidden ??
          (dismissed
            ? 'Open again it counts in readiness and on the overview.'
            : 'Dismissed it stays watched, and readiness still says what it blocks.')}
      </span>
      <Button reason={forbidden} onClick={() => setOpen(true)}>
        {dismissed ? 'Open again' : `Dismiss ${finding.id}`}
      </Button>
      {open ? <ReasonDialog finding={finding} actions={actions} onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

function ReasonDialog({ finding, actions, onClose }: DecideFindingProps & { onClose: () => void }) {
  const [reason, setReason] = useState('');
  const { busy, failure, run } = useAction(onClose);
  const dismissed = finding.dismissed !== null;
  const act = dismissed ? actions.reopen : actions.dismiss;
  const blocked = reason.trim() === '' ? 'Write a reason first.' : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`${dismissed ? 'Open' : 'Dismiss'} ${finding.id}`}
      description={finding.title}
      footer={
        <>
          <span className="why start">{blocked ?? 'It goes to the audit log with your name.'}</span>
          <Button onClick={onClose}>Not now</Button>
          <Button
            tone="primary"
            busy={busy}
            reason={blocked}
            onClick={() => run(() => act(finding.id, reason.trim()))}
          >
            {dismissed ? 'Open again' : 'Dismiss'}
          </Button>
        </>
      }
    >
      <FailureNote failure={failure} verb="Not done" />
      <TextArea
        label="Reason"
        rows={3}
        maxLength={1000}
        placeholder={dismissed ? 'What has changed' : 'Why it may stay as it is, and until when'}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </Dialog>
  );
}
