'use client';

import { useState } from 'react';
import { ActParts } from '#components/ui/act-parts.tsx';
import { Button } from '#components/ui/button.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { Sheet } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextArea } from '#components/ui/field.tsx';
import type { ActionResult } from '#components/ui/model.ts';
import { tally } from '#components/ui/tally.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { ActPlan } from './act-model.ts';

interface ActSheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  plan: ActPlan;
  run: (reason: string) => Promise<ActionResult>;
}

/** The one sheet for dangerous acts: what will change, what could go wrong, who must agree. */
export default function ActSheet({ open, onOpenChange, plan, run }: ActSheetProps) {
  const [reason, setReason] = useState('');
  const action = useAction(() => onOpenChange(false));
  const missing = plan.reason === 'required' && reason.trim() === '' ? 'Write a reason first.' : undefined;
  // Of an act that is not checked, but warned of, there is nothing to count.
  const isAdvice = plan.checks.every(({ status }) => status === 'warning');
  return (
    <Sheet
      open={open}
      onOpenChange={onOpenChange}
      title={plan.title}
      note={plan.note}
      footer={
        <>
          <FailureNote failure={action.failure} verb="Not done" />
          <span className="why">{missing ?? 'It goes to the audit log with your name.'}</span>
          <Button onClick={() => onOpenChange(false)}>Not now</Button>
          <Button
            tone="danger-solid"
            busy={action.busy}
            reason={missing}
            onClick={() => action.run(() => run(reason.trim()))}
          >
            {plan.verb}
          </Button>
        </>
      }
    >
      <ActParts
        change={{
          content: (
            <>
              <table className="tight flush">
                <tbody>
                  {plan.changes.map((change) => (
                    <tr key={change.label}>
                      <td>{change.label}</td>
                      <td className="num">
                        <span className="ba">{change.before} →</span> <b>{change.after}</b>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {plan.changeNote === undefined ? null : <p className="hint">{plan.changeNote}</p>}
            </>
          ),
        }}
        risk={{
          right: isAdvice ? undefined : tally(plan.checks, []),
          content: <CheckList checks={plan.checks} />,
        }}
        agreement={{
          content: (
            <>
              <p className="small">{plan.agreement}</p>
              {plan.reason === 'none' ? null : (
                <div className="spaced">
                  <TextArea
                    label={
                      <>
                        Reason{' '}
                        <span className="muted regular">
                          {plan.reason === 'required' ? 'needed, kept in audit' : 'optional, kept in audit'}
                        </span>
                      </>
                    }
                    value={reason}
                    error={action.failure?.fields?.reason}
                    onChange={(event) => setReason(event.target.value)}
                  />
                </div>
              )}
            </>
          ),
        }}
      />
    </Sheet>
  );
}
