'use client';

import { useEffect, useRef, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextField } from '#components/ui/field.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { ApprovalActions, ApprovalRequest } from './model.ts';

/** The decision, always at the bottom: reason, reject, approve. ⌘↵ approves. */
export function Decide({ request, actions }: { request: ApprovalRequest; actions: ApprovalActions }) {
  const [reason, setReason] = useState('');
  const action = useAction();
  const approveButton = useRef<HTMLSpanElement>(null);
  const forbidden = reasonOf(request.decide);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      approveButton.current?.querySelector('button')?.click();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div className="decide">
      <div>
        {action.failure === null ? null : <FailureNote failure={action.failure} verb="Not decided" />}
        {forbidden === undefined ? null : <p className="why">{forbidden}</p>}
        <TextField
          label={
            <>
              Reason <span className="muted regular">needed to reject, kept in audit</span>
            </>
          }
          placeholder="What must change before you would agree"
          maxLength={1000}
          value={reason}
          readOnly={forbidden !== undefined}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <Button
        tone="danger"
        busy={action.busy}
        reason={forbidden ?? (reason.trim() === '' ? 'Write a reason first.' : undefined)}
        onClick={() => action.run(() => actions.reject(request.id, reason.trim()))}
      >
        Reject
      </Button>
      <span ref={approveButton}>
        <Button
          tone="primary"
          busy={action.busy}
          reason={forbidden}
          onClick={() => action.run(() => actions.approve(request.id, request.digest))}
        >
          Approve {request.id} <kbd className="hide-phone bare">⌘↵</kbd>
        </Button>
      </span>
    </div>
  );
}
