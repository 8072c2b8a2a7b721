export const OPERATION_STATES = [
  'awaiting-approval',
  'scheduled',
  'preempting',
  'queued',
  'running',
  'paused',
  'holding',
  'aborting',
  'reverting',
  'done',
  'incomplete',
  'reverted',
  'aborted',
  'failed',
  'rejected',
  'changes-asked',
  'expired',
  'withdrawn',
  'superseded',
] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** States that hold the environment: no second operation may be in one of them (index operation_one_active). */
export const ACTIVE_STATES = [
  'queued',
  'running',
  'paused',
  'holding',
  'aborting',
  'reverting',
] as const satisfies readonly OperationState[];

/** Every move that is allowed; a missing one is a defect or a lost race. */
export const OPERATION_MOVES = {
  'awaiting-approval': ['scheduled', 'queued', 'rejected', 'changes-asked', 'expired', 'withdrawn'],
  // Approved, and its time has not come: it holds nothing until a worker starts it.
  scheduled: ['queued', 'expired', 'withdrawn'],
  // An emergency that waits until the operation which holds the environment has let go of it.
  preempting: ['running', 'aborting', 'aborted', 'failed', 'superseded'],
  queued: ['running', 'aborting', 'aborted', 'failed', 'superseded'],
  running: ['paused', 'holding', 'aborting', 'reverting', 'done', 'incomplete', 'failed', 'superseded'],
  paused: ['running', 'aborting', 'reverting', 'incomplete', 'failed', 'superseded'],
  holding: ['running', 'paused', 'aborting', 'reverting', 'incomplete', 'failed', 'superseded'],
  aborting: ['aborted', 'failed', 'superseded'],
  reverting: ['reverted', 'failed', 'superseded'],
  done: [],
  // It ended, and by decision of a person not all of it was done.
  incomplete: [],
  reverted: [],
  aborted: [],
  failed: [],
  rejected: [],
  // An approver wants it another way; its requester asks anew.
  'changes-asked': [],
  expired: [],
  withdrawn: [],
  superseded: [],
} as const satisfies Record<OperationState, readonly OperationState[]>;

export function isActive(state: OperationState): boolean {
  return (ACTIVE_STATES as readonly string[]).includes(state);
}

/** Whether it has turned round: what it had changed is being put back. */
export function isPuttingBack(state: OperationState): boolean {
  return state === 'aborting' || state === 'reverting';
}

export function isEnded(state: OperationState): boolean {
  return OPERATION_MOVES[state].length === 0;
}

/** A step as it is asked whether it lies behind the point of no return. */
export interface ReturnStep {
  title: string;
  irreversible: boolean;
  attempt: number;
  state: string;
  output: unknown;
}

/**
 * Title of the irreversible step that was begun, unless it was plainly refused, or rests before it has asked for what cannot
 * be put back (`beforeReturn`); null while everything can be put back.
 */
export function pastReturnOf(steps: readonly ReturnStep[]): string | null {
  const begun = steps.filter(({ irreversible, attempt }) => irreversible && attempt > 0);
  return begun.find((step) => step.state !== 'failed' && !restsBefore(step))?.title ?? null;
}

/** While an attempt is under way it may ask at any moment, whatever the one before it has left: so only one that holds. */
function restsBefore({ state, output }: ReturnStep): boolean {
  if (state !== 'holding' || typeof output !== 'object' || output === null) return false;
  return 'beforeReturn' in output && output.beforeReturn === true;
}

export type Control = 'pause' | 'resume' | 'abort' | 'revert';

export type ControlVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

/**
 * Whether a person may ask for this control now; a refusal says why in words the button shows. What holds is resumed too:
 * it looks again at once, and a step that timed out twice goes on only so. `pastReturn` is the irreversible step that was
 * begun, by its title: behind it a run goes forward, and nothing is put back (aws-facts 2.4, step 7).
 */
export function mayControl(
  state: OperationState,
  desired: string,
  control: Control,
  pastReturn: string | null = null,
): ControlVerdict {
  if (isEnded(state)) return no('ended', 'The operation has ended; revert it by an operation of its own.');
  if (state === 'awaiting-approval')
    return no('not-started', 'It has not started; withdraw the request instead.');
  if (state === 'scheduled' && control !== 'abort')
    return no('not-started', 'It has not started; it waits for its time. Abort it to call it off.');
  if (state === 'preempting' && control !== 'abort')
    return no('not-started', 'It waits for the environment and has changed nothing yet; abort it instead.');
  if (desired === 'yield')
    return no(
      'yields',
      'An emergency takes its environment; it stops at the next gate and puts nothing back.',
    );
  if (isPuttingBack(state)) return no('stopping', 'It is already stopping and putting things back.');
  if (desired === 'close') return no('close-asked', CLOSE_ASKED);
  if (desired === 'abort' || desired === 'revert')
    return no('stop-asked', 'A stop was asked for; it acts at the next gate.');
  if ((control === 'abort' || control === 'revert') && pastReturn !== null)
    return no(
      'past-return',
      `“${pastReturn}” was begun and cannot be put back. It goes forward only: pause it; what holds is tried again, gone on without, or ended incomplete.`,
    );
  if (control === 'pause' && (state === 'paused' || desired === 'pause'))
    return no('paused', 'It is already paused, or about to be.');
  if (control === 'resume' && state !== 'paused' && state !== 'holding' && desired !== 'pause')
    return no('not-paused', 'It is not paused and does not hold.');
  return { allowed: true };
}

/**
 * Whether a person may end a compensation and leave what stands as it is: only one that has failed, for whatever can be put
 * back is.
 */
export function mayLeave(run: {
  state: OperationState;
  desired: string;
  hasFailed: boolean;
}): ControlVerdict {
  if (isEnded(run.state)) return no('ended', 'The operation has ended; nothing of it is put back any more.');
  if (!isPuttingBack(run.state))
    return no('not-stopping', 'Nothing is being put back. Abort or revert it first.');
  if (run.desired === 'leave') return no('leave-asked', 'That was decided; it ends at its next look.');
  if (!run.hasFailed)
    return no('not-failed', 'Putting back has not failed. It is left only when it cannot be done.');
  return { allowed: true };
}

const CLOSE_ASKED = 'It was decided to end it incomplete; it ends at its next look.';

/** A run that holds, as it is asked whether a person may end it, or go on without what holds. */
export interface HeldRun {
  state: OperationState;
  desired: string;
  /** Title of the irreversible step that was begun; null while everything can be put back. */
  pastReturn: string | null;
  /** Titles of the steps that hold. */
  held: readonly string[];
  /** What is said of where it stands: of a run that a freeze holds, which, until when and why. */
  outcome?: string | null;
}

/**
 * Whether a person may end a run that holds, with what is open on record: only behind the point of no return, for before it
 * everything is put back by aborting, and only while a step holds, for what goes on by itself needs nobody.
 */
export function mayClose({ state, desired, pastReturn, held, outcome }: HeldRun): ControlVerdict {
  if (isEnded(state)) return no('ended', 'The operation has ended already.');
  if (isPuttingBack(state)) return no('stopping', 'It is already stopping and putting things back.');
  if (desired === 'close') return no('close-asked', CLOSE_ASKED);
  if (desired === 'yield')
    return no('yields', 'An emergency takes its environment; it ends at the next gate by itself.');
  if (pastReturn === null)
    return no('before-return', 'Nothing has been done that cannot be put back: abort it instead.');
  if (held.length === 0) return no('not-held', notHeld(state, outcome ?? null));
  return { allowed: true };
}

function notHeld(state: OperationState, outcome: string | null): string {
  const said = state === 'holding' && outcome !== null ? ` ${outcome.replace(/[.]$/, '')}.` : '';
  return `No step holds.${said} It goes on by itself; a freeze that holds it ends, or is lifted or excepted.`;
}

/**
 * As `mayClose`, for going on without one step: what it must not be, above all, is what the orders depend on. `tried`: an
 * attempt of it is under way and may yet pass, so that there is nothing to decide before its end.
 */
export function mayOmit(
  run: HeldRun,
  step: { title: string; state: string; omissible: boolean; decided: boolean; tried: boolean },
): ControlVerdict {
  const verdict = mayClose(run);
  if (!verdict.allowed) return verdict;
  if (step.state !== 'holding')
    return no('step-not-held', `“${step.title}” does not hold: it is ${step.state}.`);
  if (!step.omissible)
    return no(
      'step-needed',
      `“${step.title}” is not left out: what follows rests on it. Where it is done already, try again: it looks first, and passes on what it sees.`,
    );
  if (step.decided) return no('omit-asked', 'That was decided; it goes on at its next look.');
  if (step.tried)
    return no(
      'being-tried',
      `“${step.title}” is being tried again at this moment and may pass. Decide when it holds again.`,
    );
  return { allowed: true };
}

/** States out of which a shift is put back by an operation of its own: carried out, or stopped half-way by an emergency. */
export function isUndoable(state: string): boolean {
  return state === 'done' || state === 'superseded';
}

/** Whether a finished shift may be put back by an operation of its own. */
export function mayUndo(operation: {
  state: string;
  revertedBy: readonly { id: string; state: string }[];
}): ControlVerdict {
  if (!isUndoable(operation.state))
    return no('not-done', 'Only what was carried out, or superseded on its way, can be put back.');
  return notPutBackYet(operation);
}

/** Whether no operation puts it back already: done, under way, or asked for. One that did not go to its end is no reason. */
export function notPutBackYet(operation: {
  revertedBy: readonly { id: string; state: string }[];
}): ControlVerdict {
  const undone = operation.revertedBy.find(
    ({ state }) =>
      state === 'done' ||
      isActive(state as OperationState) ||
      state === 'awaiting-approval' ||
      state === 'scheduled',
  );
  return undone ? no('reverted', `${undone.id} puts it back already.`) : { allowed: true };
}

function no(code: string, reason: string): ControlVerdict {
  return { allowed: false, code, reason };
}
