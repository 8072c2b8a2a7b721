import { type ControlVerdict, isEnded, isPuttingBack, type OperationState } from '../operation/state.ts';

/** Actions of the steps that people may cut short (lib/operations/deployment/plan.ts). */
export const SOAK = 'deploy.soak';
export const WAIT = 'deploy.wait';

interface Run {
  state: OperationState;
  desired: string;
}

function mustRun({ state, desired }: Run): ControlVerdict | null {
  if (isEnded(state)) return no('ended', 'The operation has ended already.');
  if (state === 'awaiting-approval' || state === 'scheduled')
    return no('not-started', 'It has not started: there is nothing to cut short yet.');
  if (isPuttingBack(state) || desired === 'abort' || desired === 'revert')
    return no('stopping', 'It is stopping and puts back what it did.');
  return null;
}

/**
 * Whether a person may waive the rest of a soak: never who asked for the deployment, and only while it soaks. Its gate still
 * turns round what is beyond a limit; what only holds is then accepted (issue 4: needs a grant, a reason, audited).
 */
export function maySkipSoak(
  run: Run & { requestedBy: string },
  step: { title: string; action: string; state: string; decided: boolean },
  personId: string | null,
): ControlVerdict {
  const refusal = mustRun(run);
  if (refusal) return refusal;
  if (step.action !== SOAK) return no('no-soak', `“${step.title}” is no soak.`);
  if (step.state !== 'running' && step.state !== 'holding')
    return no('not-soaking', `“${step.title}” does not run: it is ${step.state}.`);
  if (step.decided) return no('skip-asked', 'That was decided; it goes on at its next look.');
  if (personId === run.requestedBy)
    return no(
      'own-request',
      'You requested it, so someone else has to waive the soak. Tokens of yours count as you.',
    );
  return { allowed: true };
}

/** Whether the waits between Regions may be left out: while one of them is still to come. Soaks and gates stay. */
export function mayPromote(
  run: Run & { waits: readonly { state: string }[]; decided: boolean },
): ControlVerdict {
  const refusal = mustRun(run);
  if (refusal) return refusal;
  if (run.decided) return no('promote-asked', 'That was decided already.');
  if (!run.waits.some(({ state }) => state === 'waiting' || state === 'running'))
    return no('nothing-waits', 'No Region is left that waits for its time.');
  return { allowed: true };
}

function no(code: string, reason: string): ControlVerdict {
  return { allowed: false, code, reason };
}
