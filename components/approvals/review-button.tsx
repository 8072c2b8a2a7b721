'use client';

import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextArea } from '#components/ui/field.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Segmented } from '#components/ui/segmented.tsx';
import { useAction } from '#components/ui/use-action.ts';
import type { ApprovalActions, ReviewDetail, ReviewVerdict } from './model.ts';

const VERDICTS = [
  { value: 'agreed', label: 'I would have agreed' },
  { value: 'concern', label: 'I have a concern' },
] as const satisfies readonly { value: ReviewVerdict; label: string }[];

interface ReviewProps {
  detail: ReviewDetail;
  review: NonNullable<ApprovalActions['review']>;
}

/** At the bottom, where approvals are decided: opens the review’s dialog. */
export function ReviewButton({ detail, review }: ReviewProps) {
  const [open, setOpen] = useState(false);
  const forbidden = reasonOf(detail.decide);
  return (
    <div className="decide review-bar">
      <span className="why">
        {forbidden ?? 'Closing it pays the debt, whatever the verdict; both are kept in audit.'}
      </span>
      <Button tone="primary" reason={forbidden} onClick={() => setOpen(true)}>
        Review {detail.operation?.id ?? 'it'}
      </Button>
      {open ? <ReviewDialog detail={detail} review={review} onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

function ReviewDialog({ detail, review, onClose }: ReviewProps & { onClose: () => void }) {
  const [verdict, setVerdict] = useState<ReviewVerdict>('agreed');
  const [note, setNote] = useState('');
  const { busy, failure, run } = useAction(onClose);
  const blocked = note.trim() === '' ? 'Write what you looked at first.' : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Review ${detail.operation?.id ?? 'what was done'}`}
      description={`${detail.title}, started by ${detail.debtor} without approval.`}
      footer={
        <>
          <span className="why start">{blocked ?? 'It goes to the audit log with your name.'}</span>
          <Button onClick={onClose}>Not now</Button>
          <Button
            tone="primary"
            busy={busy}
            reason={blocked}
            onClick={() => run(() => review(detail.id, verdict, note.trim()))}
          >
            Close the review
          </Button>
        </>
      }
    >
      <FailureNote failure={failure} verb="Not closed" />
      <Segmented label="Verdict" value={verdict} options={VERDICTS} onChange={setVerdict} />
      <TextArea
        label={verdict === 'agreed' ? 'What you looked at' : 'What should be done differently'}
        rows={3}
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
    </Dialog>
  );
}
