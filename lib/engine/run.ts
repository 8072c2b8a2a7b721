import { isEnded, isPuttingBack } from '#lib/domain/operation/state.ts';
import type { LockedOperation, PlannedRun } from './store.ts';

/** One run of an operation, as the interpreter carries it from step to step; rebuilt by replay after a takeover. */
export interface Run extends PlannedRun {
  /** The environment's fencing number that this run began with; null until its first gate let it begin. */
  epoch: number | null;
}

/** Why a run stops before its last step. */
export type Stop =
  | { how: 'abort' | 'revert'; by: 'person' }
  | { how: 'revert' | 'fail'; by: 'step'; stepTitle: string; note: string };

/** The environment was taken from this run, someone else has ended it, or a person ends it with what is open on record. */
export interface Lost {
  kind: 'lost';
  how: 'superseded' | 'ended' | 'closed';
}

/**
 * An emergency takes the environment, or a person ends the run incomplete: it begins nothing more. What is under way may
 * still say how it ended. Putting back that has begun runs to its end: closed, a run would leave half of it standing.
 */
export function yields(operation: Pick<LockedOperation, 'desired' | 'state'>): Lost | undefined {
  if (operation.desired === 'yield') return { kind: 'lost', how: 'superseded' };
  return operation.desired === 'close' && !isPuttingBack(operation.state)
    ? { kind: 'lost', how: 'closed' }
    : undefined;
}

/** Why this run may write no more about its environment, if so. */
export function lostTo(operation: LockedOperation, run: Pick<Run, 'epoch'>): Lost | undefined {
  if (isEnded(operation.state)) return { kind: 'lost', how: 'ended' };
  if (run.epoch !== null && operation.epoch !== run.epoch) return { kind: 'lost', how: 'superseded' };
  return undefined;
}
