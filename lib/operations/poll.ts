import { setTimeout as sleep } from 'node:timers/promises';
import type { StepContext } from './action.ts';

export interface Poll<T> {
  /** What is asked, for the evidence: "the state of change C0123". */
  what: string;
  everyMs: number;
  ask: () => Promise<T>;
  isDone: (answer: T) => boolean;
}

/**
 * Asks until the answer is final. An answer that is lost is asked for again: what was accepted goes on whether we hear of
 * it or not, and the step's deadline, not one failed call, ends the wait. Rejects when the step's signal aborts.
 */
export async function pollUntil<T>(context: StepContext, poll: Poll<T>): Promise<T> {
  let told = false;
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
    await sleep(poll.everyMs, undefined, { signal: context.signal });
  }
}
