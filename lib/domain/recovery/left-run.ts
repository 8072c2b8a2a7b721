import type { Plan, PlannedStep } from '../operation/plan.ts';
import { type ControlVerdict, type OperationState, pastReturnOf } from '../operation/state.ts';

/** A step of a run as it stands. */
export interface StandingStep {
  key: string;
  title: string;
  irreversible: boolean;
  state: string;
  attempt: number;
  /** What it handed to later steps; null where nothing. */
  output: Readonly<Record<string, unknown>> | null;
}

/** A run that has ended, as far as it says what it left behind. */
export interface LeftRun {
  id: string;
  title: string;
  kind: string;
  state: OperationState;
  plan: Pick<Plan, 'steps' | 'compensation'>;
  steps: readonly StandingStep[];
}

/** Orders that a recovery has left refused which stopped before its point of no return. */
export interface LeftOrders {
  operation: string;
  /** How it stopped: "was superseded between “…” and “…”". */
  how: string;
  /** When it first kept orders out. ISO. */
  since: string;
  /** Regions whose orders it has frozen. */
  frozen: readonly string[];
  /** Regions whose database it has shut, or was about to. */
  shut: readonly string[];
}

/**
 * Whether what a recovery has left is put back by an operation of its own: it was superseded, or a person left its
 * compensation, and nothing irreversible was begun. A refusal says what to do instead.
 */
export function mayPutBack(run: LeftRun): ControlVerdict {
  if (run.state === 'done')
    return no('no-snapshot', 'What a recovery has changed is changed again by a plan of its own.');
  const past = pastReturnOf(run.steps);
  if (past !== null)
    return no(
      'past-return',
      `“${past}” was begun, and behind it nothing is put back. See on Recovery where orders are written now, then rebuild the Regions that do not follow it, or fail back.`,
    );
  if (leftSteps(run).length === 0)
    return no('nothing-left', 'It has left nothing that would have to be put back.');
  return { allowed: true };
}

/**
 * Steps of its compensation that have something to put back still: what they are about was begun, and they have not passed.
 * A run that failed has turned round; one that had no need to, as nothing was changed, has left nothing.
 */
export function leftSteps({ state, plan, steps }: LeftRun): PlannedStep[] {
  if (state !== 'superseded' && state !== 'failed') return [];
  const standing = new Map(steps.map((step) => [step.key, step]));
  if (state === 'failed' && !plan.compensation.some(({ key }) => standing.has(key))) return [];
  const touched = new Set(begunSteps({ plan, steps }).flatMap(thingsOf));
  return plan.compensation.filter((step) => {
    const back = standing.get(step.key)?.state;
    return back !== 'done' && back !== 'skipped' && thingsOf(step).some((thing) => touched.has(thing));
  });
}

/** Planned steps that were begun, and that nothing has put back. */
export function begunSteps({ plan, steps }: Pick<LeftRun, 'plan' | 'steps'>): PlannedStep[] {
  const begun = new Set(
    steps.filter(({ attempt, state }) => attempt > 0 && state !== 'reverted').map(({ key }) => key),
  );
  return plan.steps.filter(({ key }) => begun.has(key));
}

/** Whatever moves the writer: behind it no former one is opened. */
const WRITER = 'writer';

/** What a step changes: "orders/eu-west-1", "database/us-east-1"; nothing for one that only looks. */
export function thingsOf({ action, region, irreversible }: PlannedStep): string[] {
  switch (action) {
    case 'recovery.freeze-writes':
    case 'recovery.point-writer':
      return [`orders/${region}`];
    case 'recovery.promote':
      return [`database/${region}`, ...(irreversible ? [WRITER] : [])];
    case 'recovery.seal-writer':
    case 'recovery.fence-database':
    case 'recovery.unfence-database':
    case 'recovery.retire':
    case 'recovery.create-replica':
    case 'recovery.delete-replica':
    case 'recovery.discard-drill':
      return [`database/${region}`];
    case 'recovery.switch':
      return [`switch/${region}`];
    case 'recovery.create-calculated-check':
    case 'recovery.attach-check':
      return [`checks/${region}`];
    case 'capacity.ensure':
    case 'capacity.release':
    case 'recovery.prescale':
    case 'recovery.send-for-nodes':
      return [`nodes/${region}`];
    default:
      return [];
  }
}

/** What must not have been changed since by another run, or the step would undo that one's change with it. */
export function restsOn(step: PlannedStep): string[] {
  const things = thingsOf(step);
  const takesOrders = things.some((thing) => /^(orders|database)\//.test(thing));
  return takesOrders ? [...things, WRITER] : things;
}

function no(code: string, reason: string): ControlVerdict {
  return { allowed: false, code, reason };
}
