import { setTimeout as sleep } from 'node:timers/promises';
import { UnansweredError } from '../../ports/aws.ts';
import type { StepContext } from '../action.ts';
import { pauseMs } from '../poll.ts';
import { isBusy, messageOf } from './refusal.ts';

export interface RepeatableRequest {
  /** What is asked for, for the evidence: "the reboot of ecommerce-db-eu-west-1". */
  what: string;
  everyMs: number;
  longestMs?: number;
}

/**
 * Sends a request that may be sent twice, until it is answered: RDS refuses while it is busy with an instance, and an answer
 * may get lost. Any other refusal rejects.
 */
export async function untilAnswered<T>(
  context: StepContext,
  request: RepeatableRequest,
  send: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  let told = false;
  for (;;) {
    context.signal.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof UnansweredError) && !isBusy(error)) throw error;
      if (!told) {
        await context.evidence({
          kind: 'note',
          text: `Asking again for ${request.what}: ${messageOf(error)}`,
        });
      }
      told = true;
    }
    await sleep(pauseMs(request, performance.now() - startedAt), undefined, { signal: context.signal });
  }
}
