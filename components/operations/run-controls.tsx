'use client';

import { ActButton } from '#components/shell/act-button.tsx';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { OperationModel, OperationPageActions } from './model.ts';

/**
 * Revert, taking back what has not begun, a way out of a putting back that fails, or of a run that holds behind its point of no return; and on a phone, where the bar above has room for Abort alone, pause, resume and another try of what holds.
 */
export function RunControls({
  operation,
  actions,
}: {
  operation: OperationModel;
  actions: OperationPageActions;
}) {
  const { busy, failure, run } = useAction();
  const { id, held, pause, resume, revert, withdraw, leave, undone } = operation;
  return (
    <>
      {failure === null ? null : <FailureNote failure={failure} verb="Not done" />}
      <span className="only-phone">
        {held || resume.allowed ? (
          <Button busy={busy} reason={reasonOf(resume)} onClick={() => run(() => actions.resume(id))}>
            {held ? 'Try again now' : 'Resume'}
          </Button>
        ) : (
          <Button busy={busy} reason={reasonOf(pause)} onClick={() => run(() => actions.pause(id))}>
            Pause after this step
          </Button>
        )}
      </span>
      {revert === null || undone !== null ? null : (
        <ActButton
          tone="plain"
          plan={revert.plan}
          permission={revert.permission}
          run={(reason) => actions.revert(id, reason)}
        >
          {revert.label}
        </ActButton>
      )}
      {withdraw === null ? null : (
        <ActButton plan={withdraw} permission={{ allowed: true }} run={() => actions.withdraw(id)}>
          Withdraw
        </ActButton>
      )}
      {undone === null ? null : (
        <>
          {undone.omit.map(({ step, label, permission, plan }) => (
            <ActButton
              key={step}
              tone="plain"
              plan={plan}
              permission={permission}
              run={(reason) => actions.omit(id, step, reason)}
            >
              {label}
            </ActButton>
          ))}
          <ActButton
            plan={undone.close.plan}
            permission={undone.close.permission}
            run={(reason) => actions.close(id, reason)}
          >
            End incomplete
          </ActButton>
        </>
      )}
      {leave === null ? null : (
        <ActButton
          plan={leave.plan}
          permission={leave.permission}
          run={(reason) => actions.leave(id, reason)}
        >
          Leave as is
        </ActButton>
      )}
    </>
  );
}
