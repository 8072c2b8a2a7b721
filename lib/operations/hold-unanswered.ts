import { UnansweredError } from '../ports/aws.ts';
import type { StepAction } from './action.ts';
import { THROTTLED_REMEDY } from './throttled.ts';

const USUAL_PAUSE_SECONDS = 10;

/**
 * The same action, which holds where AWS gave no usable answer: what was asked may have been done or not, so the step is
 * run again and reads first. Neither failure nor success is made up, and people see it hold.
 */
export function holdUnanswered(action: StepAction, pauseSeconds = USUAL_PAUSE_SECONDS): StepAction {
  return {
    async run(context) {
      try {
        return await action.run(context);
      } catch (error) {
        if (!(error instanceof UnansweredError)) throw error;
        context.signal.throwIfAborted();
        const said = error.throttled
          ? `AWS throttles it: ${error.message}. ${THROTTLED_REMEDY} Asks again every ${pauseSeconds} s.`
          : `${error.message}. Looks again every ${pauseSeconds} s at what stands.`;
        return { status: 'hold', note: said, seconds: pauseSeconds };
      }
    },
  };
}
