import { UnansweredError } from '../../ports/aws.ts';
import { isThrottled } from '../../ports/throttling.ts';
import type { StepAction } from '../action.ts';
import { isOlderThan } from './shop.ts';

/** A Region that does not answer is asked for so long, real seconds; what it serves is then looked at by people. */
const UNREACHABLE_SECONDS = 60;
const RETRY_SECONDS = 2;

/**
 * The same action, which leaves a Region that goes on not answering as it is and names it: the way back of the others is not
 * held up by it. What was not put back there is not asked for again by the steps that follow.
 */
export function leaveUnreachable(action: StepAction, seconds = UNREACHABLE_SECONDS): StepAction {
  return {
    async run(context) {
      const region = context.step.region ?? 'the Region';
      if (context.outputs[`back-${region}`]?.unreachable === true)
        return {
          status: 'skipped',
          note: `${region} did not answer when it was to be put back; it is not asked again.`,
        };
      try {
        return await action.run(context);
      } catch (error) {
        // A Region that throttles is there: its step holds, and is not left.
        if (!(error instanceof UnansweredError) || isThrottled(error)) throw error;
        context.signal.throwIfAborted();
        if (!isOlderThan(context, seconds))
          return {
            status: 'hold',
            note: `${error.message}. Looks again every ${RETRY_SECONDS} s.`,
            seconds: RETRY_SECONDS,
          };
        return {
          status: 'done',
          note: `${region} does not answer (${error.message}): left as it is. What it serves is to be looked at when it answers.`,
          output: {
            ...context.outputs[context.step.key],
            unreachable: true,
            leftUndone: `“${context.step.title}” in ${region}, which does not answer`,
          },
        };
      }
    },
  };
}
