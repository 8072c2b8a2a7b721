import { setTimeout as sleep } from 'node:timers/promises';
import type { StepContext } from './action.ts';

export interface Poll<T> {
  /** What is asked, for the evidence: "the state of change C0123". */
  what: string;
  everyMs: number;
  /**
   * Asked less and less often, up to this, ms: never later than a twentieth of the wait so far. For waits that may take
   * hours, of APIs that throttle (aws-facts part 5). Default: always `everyMs`.
   */
  longestMs?: number;
  ask: () => Promise<T>;
  isDone: (answer: T) => boolean;
}

/**
 * Asks until the answer is final. An answer that is lost is asked for again: what was accepted goes on whether we hear of
 * it or not, and the step's deadline, not one failed call, ends the wait. Rejects when the step's signal aborts.
 */
export async function pollUntil<T>(context: StepContext, poll: Poll<T>): Promise<T> {
  let told = false;
  const startedAt = performance.now();
  for (;;) {
    try {
      const answer = await poll.ask();
      if (poll.isDone(answer)) return answer;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!told) {
        const why = error instanceof Error ? error.message : String(error);
        await context.evidence({ kind: 'note', text: `Asking again for ${poll.what}: ${why}` });
      }
      told = true;
    }
    const waitedMs = performance.now() - startedAt;
    await sleep(pauseMs(poll, waitedMs), undefined, { signal: context.signal });
  }
}

/** How long to wait before the next question, after having waited so long in all. */
export function pauseMs(
  { everyMs, longestMs = everyMs }: Pick<Poll<unknown>, 'everyMs' | 'longestMs'>,
  waitedMs: number,
): number {
  return Math.max(everyMs, Math.min(longestMs, waitedMs / 20));
}
