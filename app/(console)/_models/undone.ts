import type { OperationModel } from '#components/operations/model.ts';
import type { ActPlan } from '#components/shell/act-model.ts';
import { pastReturnOf } from '#lib/domain/operation/state.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import { readStoredOperation } from '#lib/services/operations/stored.ts';

const AGREED =
  'Nobody now. You owe a review: until a second person has looked at it, your normal changes are held.';

/** The two ways on for a run that holds behind its point of no return; null while trying again, or aborting, is the way. */
export function undoneOf({ operation, may }: OperationDetail): OperationModel['undone'] {
  const past = pastReturnOf(operation.steps);
  if (past === null || may.omit.length === 0) return null;
  const held = may.omit.map(({ title }) => title);
  return {
    close: { permission: may.close, plan: closePlan(operation, held, past) },
    omit: may.omit.map(({ step, title, verdict }) => ({
      step,
      label: may.omit.length === 1 ? 'Go on without it' : `Go on without “${title}”`,
      permission: verdict,
      plan: omitPlan(operation, step, title),
    })),
  };
}

type Run = OperationDetail['operation'];

function omitPlan({ id, title, steps, plan }: Run, key: string, held: string): ActPlan {
  const waiting = steps.filter(({ state }) => state === 'waiting').length;
  const planned = readStoredOperation(plan)?.steps.find((step) => step.key === key);
  return {
    title: `Go on without “${held}”`,
    note: title,
    changes: [
      { label: held, before: 'held, tried again by itself', after: 'left undone' },
      {
        label: id,
        before: 'holds',
        after: waiting === 0 ? 'ends incomplete' : `goes on, ${waiting} steps to go`,
      },
    ],
    changeNote:
      'It cannot be taken up again in this run, which ends incomplete at best. What is left undone stands on this page and in the report.',
    checks: [
      ...(planned?.postcondition === undefined
        ? []
        : [
            {
              id: 'not-proven',
              status: 'warning' as const,
              text: `Nobody knows then whether this is so: ${planned.postcondition}`,
            },
          ]),
      {
        id: 'try-first',
        status: 'warning',
        text: 'Try again first if the cause is gone: the step looks before it acts.',
        reason: 'A step that needed it holds in turn, and is decided on its own.',
      },
    ],
    agreement: AGREED,
    verb: 'Go on without it',
    reason: 'required',
  };
}

function closePlan({ id, title, steps }: Run, held: readonly string[], past: string): ActPlan {
  const waiting = steps.filter(({ state }) => state === 'waiting');
  return {
    title: `End ${id} incomplete`,
    note: title,
    changes: [
      { label: id, before: 'holds for a person', after: 'ended incomplete' },
      ...held.map((step) => ({ label: step, before: 'held', after: 'left as it stands' })),
      ...waiting.map((step) => ({ label: step.title, before: 'waiting', after: 'not run' })),
    ],
    changeNote: `Nothing is put back: “${past}” has been done. The environment is free for what you ask for next.`,
    checks: [
      {
        id: 'open',
        status: 'warning',
        text: 'Look at Recovery first: where orders are written, and what is not pointed there yet.',
        reason: 'What is open is listed on this page and in the report; ask for it by operations of its own.',
      },
    ],
    agreement: AGREED,
    verb: `End ${id} incomplete`,
    reason: 'required',
  };
}
