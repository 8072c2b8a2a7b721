import { setTimeout as sleep } from 'node:timers/promises';
import { UnansweredError } from '../../ports/aws.ts';
import { isThrottled } from '../../ports/throttling.ts';
import type { StepContext } from '../action.ts';
import { pauseMs } from '../poll.ts';
import { isBusy, messageOf } from './refusal.ts';

export interface WantedState<T> {
  /** What is brought about, for the evidence: "shop-config of eu-west-1". */
  what: string;
  everyMs: number;
  /** As of a poll: asked less often the longer it takes. */
  longestMs?: number;
  read: () => Promise<T>;
  isSo: (state: T) => boolean;
  /** Writes it absolutely, so that writing it again does no harm. */
  write: (state: T) => Promise<void>;
  /**
   * Writes also where it stands already: what puts back follows requests that were given up, and one of them may still be
   * under way.
   */
  writesAlways?: true;
}

/** What was written and is not to be seen yet is written again after this, ms: the first write may have been lost. */
const WRITE_AGAIN_MS = 10_000;

/**
 * Brings a state about and resolves once it was read back: reads, writes where it is not so, reads again. Once it was read,
 * what is not answered, or refused because RDS is busy with the instance, is asked again until the step's deadline; any
 * other refusal rejects, and so does a first question that gets no answer: whether to go on asking a Region that says
 * nothing at all is the step's own matter; one that throttles it has said something. `already` says that it stood before anything was written here.
 */
export async function reachState<T>(
  context: StepContext,
  wanted: WantedState<T>,
): Promise<{ state: T; already: boolean }> {
  const startedAt = performance.now();
  let answered = false;
  let wrote = false;
  let writtenAt: number | undefined;
  let told = false;
  for (;;) {
    context.signal.throwIfAborted();
    try {
      const state = await wanted.read();
      answered = true;
      if (wanted.isSo(state) && (writtenAt !== undefined || !wanted.writesAlways))
        return { state, already: !wrote };
      if (writtenAt === undefined || performance.now() - writtenAt > WRITE_AGAIN_MS) {
        wrote = true;
        await wanted.write(state);
        writtenAt = performance.now();
        continue;
      }
    } catch (error) {
      context.signal.throwIfAborted();
      answered ||= isThrottled(error);
      if (!answered || (!(error instanceof UnansweredError) && !isBusy(error))) throw error;
      if (!told)
        await context.evidence({ kind: 'note', text: `Trying ${wanted.what} again: ${messageOf(error)}` });
      told = true;
    }
    await sleep(pauseMs(wanted, performance.now() - startedAt), undefined, { signal: context.signal });
  }
}
