import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsPort } from '../ports/aws.ts';
import { hearThrottled, isThrottled, tellThrottled } from '../ports/throttling.ts';
import type { StepAction, StepContext } from './action.ts';

/** Between two tries, ms: doubled up to the longest. The port has tried several times itself before each (aws-facts 2.0). */
const PAUSE_MS = { first: 250, longest: 5_000 };
/** A question that AWS throttles for so long is for people to see, ms: its step holds, or goes on as it does without an answer. */
const SHOWN_AFTER_MS = 20_000;

/** What people can do about it, whatever was throttled. */
export const THROTTLED_REMEDY =
  'The account has used up its rate of that API: stop what else calls it (CloudTrail names who), or have the quota raised, then try again.';

/**
 * The same action, each of whose questions is asked again while AWS throttles it: a throttled call has done nothing, so the
 * step need not begin anew. Whoever listens around it hears of each time (`hearThrottled`). What limits the action's time
 * goes around this, so that nothing is asked on once that is over.
 */
export function throughThrottling(action: StepAction): StepAction {
  return {
    run(context) {
      let told = false;
      const tell = async (why: string) => {
        if (told) return;
        told = true;
        await context.evidence({ kind: 'note', text: `Throttled by AWS, asking again: ${why}` });
      };
      const again = (call: () => Promise<unknown>) => untilNotThrottled(context, call, tell);
      return action.run({ ...context, aws: eachCall(context.aws, (_, call) => again(call)) });
    },
  };
}

/** Asks again while AWS throttles it, for a while; then, or as the step is told to stop, rejects with what AWS said. */
async function untilNotThrottled<T>(
  { signal }: Pick<StepContext, 'signal'>,
  call: () => Promise<T>,
  tell: (why: string) => Promise<void>,
): Promise<T> {
  const startedAt = performance.now();
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
    try {
      return await call();
    } catch (error) {
      if (!isThrottled(error) || performance.now() - startedAt > SHOWN_AFTER_MS) throw error;
      if (signal.aborted) throw error;
      tellThrottled(error.message);
      await tell(error.message);
      await pause(pauseMs, signal);
      // Not the signal's reason: who goes on all the same, to shut what it has opened, has to know what came of the call.
      if (signal.aborted) throw error;
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** The port with each of its calls made by `make`, which is told what is asked: the method, and what it names first. */
export function eachCall(
  aws: AwsPort,
  make: (question: { method: string; first: unknown }, call: () => Promise<unknown>) => Promise<unknown>,
): AwsPort {
  return new Proxy(aws, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || typeof key === 'symbol') return member;
      return (...args: unknown[]) =>
        make({ method: key, first: args[0] }, async () => Reflect.apply(member, target, args));
    },
  });
}

/** Which of the questions that go through it AWS throttles at this moment: for what is said when the time for them is over. */
export class ThrottleWatch {
  readonly #open = new Map<string, string>();

  watch(aws: AwsPort): AwsPort {
    return eachCall(aws, async ({ method, first }, call) => {
      const question = `${method} ${String(first)}`;
      try {
        const answer = await hearThrottled((why) => this.#open.set(question, why), call);
        this.#open.delete(question);
        return answer;
      } catch (error) {
        if (isThrottled(error)) this.#open.set(question, error.message);
        else this.#open.delete(question);
        throw error;
      }
    });
  }

  /** What AWS throttles, and what to do; undefined where it throttles nothing. */
  get words(): string | undefined {
    const [why] = this.#open.values();
    return why === undefined ? undefined : throttledWords(why);
  }
}

/** A sentence on what AWS said, and one on what to do. */
export function throttledWords(why: string): string {
  return `AWS throttled it to the last (${why.replace(/[.]$/, '')}). ${THROTTLED_REMEDY}`;
}
