import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import { type AwsPort, UnansweredError } from '../../ports/aws.ts';
import { hearThrottled, isThrottled } from '../../ports/throttling.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { eachCall, ThrottleWatch } from '../throttled.ts';
import { undoneWords } from './left-undone.ts';
import { messageOf } from './refusal.ts';

export interface Patience {
  /** A Region that has said nothing at all within this is given up, ms. */
  answerWithinMs: number;
  /** One that answers gets this long in all, ms. */
  patienceMs: number;
  /** One that has answered and says nothing any more is given up after this, ms: it was lost meanwhile. */
  silenceMs?: number;
  /** What a step with `leaveAfterSeconds` gets at least, ms, however much went by before; default a minute. */
  leastMs?: number;
  /** What the step's output says of a Region that was not reached, beside `reached: false` and `why`. */
  unreached?: Record<string, unknown>;
}

/** Between two tries where a call was lost, ms. */
const AGAIN_MS = 250;
/** A step that is failed in time gets this at least, ms. */
const LEAST_MS = 1_000;
/** A step that is left in time gets this at least, ms: whoever takes over finds what came of it while its worker was dead. */
const LEAST_LOOK_MS = 60_000;

/**
 * The same action for a step whose input says `bestEffort`: it never fails and never holds, because what depends on it must
 * not wait for a Region that may be gone (aws-facts 2.5, step 3). It ends as done, with `reached` in its output and the
 * reason where it was not, and `throttled` where that is the reason. A Region that has never answered is not asked twice. A step with `leaveAfterSeconds` has that
 * long instead, over all its attempts, and is left undone in the end: its run says so and ends incomplete.
 */
export function bestEffort(action: StepAction, patience: Patience): StepAction {
  return {
    async run(context) {
      const { bestEffort: asked, leaveAfterSeconds } = context.step.input;
      if (asked !== true) return action.run(context);
      const isLeft = typeof leaveAfterSeconds === 'number';
      const limits = isLeft ? inAll(context, leaveAfterSeconds, patience.leastMs ?? LEAST_LOOK_MS) : {};
      const tryAgain = (answered: boolean) => answered;
      const ended = await runWithin(action, context, { ...patience, ...limits, tryAgain });
      if ('outcome' in ended) {
        const { outcome } = ended;
        return { ...outcome, output: { ...outcome.output, reached: true } };
      }
      const { why, throttled } = ended;
      const missed = { ...patience.unreached, reached: false, why, ...(throttled ? { throttled } : {}) };
      if (isLeft) {
        const output = { ...missed, leftUndone: undoneWords(context.step, why) };
        return { status: 'done', note: `Left undone: ${why}`, output };
      }
      const recorded = throttled ? 'throttled' : 'unreachable';
      await context.evidence({ kind: 'note', text: `Recorded as ${recorded}: ${why}` });
      return { status: 'done', note: `Not done, recorded as ${recorded}: ${why}`, output: missed };
    },
  };
}

/** What is left of so many seconds since the step was first started. */
function inAll(
  { now, firstStartedAtMs }: Pick<StepContext, 'now' | 'firstStartedAtMs'>,
  seconds: number,
  leastMs: number,
): Pick<Limits, 'patienceMs' | 'withinSeconds'> {
  const spentMs = now().getTime() - firstStartedAtMs;
  return { patienceMs: Math.max(leastMs, seconds * 1_000 - spentMs), withinSeconds: seconds };
}

/**
 * The same action for a step whose input says `failAfterSeconds`: it fails then, and what was done is put back. For steps
 * during which nobody can order: an outage that ends is better than one that waits for an answer.
 */
export function failInTime(action: StepAction): StepAction {
  return {
    async run(context) {
      const seconds = context.step.input.failAfterSeconds;
      if (typeof seconds !== 'number') return action.run(context);
      const limits = inAll(context, seconds, LEAST_MS);
      const ended = await runWithin(action, context, { ...limits, tryAgain: () => true });
      return 'outcome' in ended ? ended.outcome : { status: 'fail', note: ended.why };
    },
  };
}

type Passed = Extract<StepOutcome, { status: 'done' | 'skipped' }>;
/** `throttled`: AWS had no time for it, which is no sign that its Region is gone. */
type Ended = { outcome: Passed } | { why: string; throttled?: true };

interface Limits {
  answerWithinMs?: number;
  patienceMs: number;
  /** What it had in all, with what went by before; absent: its patience. */
  withinSeconds?: number;
  silenceMs?: number;
  /** Whether a call that got no answer is tried again, by whether anything was answered before. */
  tryAgain: (answered: boolean) => boolean;
}

/** Rejects only as the step itself is told to stop. */
async function runWithin(action: StepAction, context: StepContext, limits: Limits): Promise<Ended> {
  const limit = new AbortController();
  const within = (what: string, seconds: number) => `${what} within ${durationWords(seconds)}.`;
  const tooLong = within('Not finished', limits.withinSeconds ?? limits.patienceMs / 1_000);
  const over = setTimeout(() => limit.abort(tooLong), limits.patienceMs);
  const listenFor = (ms: number, what: string) => setTimeout(() => limit.abort(within(what, ms / 1_000)), ms);
  let unheard =
    limits.answerWithinMs === undefined ? undefined : listenFor(limits.answerWithinMs, 'No answer');
  let answered = false;
  let isOver = false;
  const throttles = new ThrottleWatch();
  const hear = () => {
    answered = true;
    clearTimeout(unheard);
    if (limits.silenceMs !== undefined && !isOver) unheard = listenFor(limits.silenceMs, 'No further answer');
  };
  const signal = AbortSignal.any([context.signal, limit.signal]);
  const limited: StepContext = {
    ...context,
    aws: throttles.watch(overheard(context.aws, heardFrom(context.step), hear)),
    signal,
  };
  try {
    const work = settle(() => repeat(action, limited, () => limits.tryAgain(answered)));
    const ended = await Promise.race([work, whenAborted(signal)]);
    context.signal.throwIfAborted();
    const { words } = throttles;
    // A Region that fell silent did so whatever another one throttles meanwhile.
    return 'why' in ended && limit.signal.reason === tooLong && words !== undefined
      ? { why: `${ended.why} ${words}`, throttled: true }
      : ended;
  } finally {
    isOver = true;
    clearTimeout(unheard);
    clearTimeout(over);
  }
}

async function repeat(action: StepAction, context: StepContext, tryAgain: () => boolean): Promise<Ended> {
  for (let attempt = context.attempt; ; attempt += 1) {
    let pauseMs = AGAIN_MS;
    try {
      const outcome = await action.run({ ...context, attempt });
      if (outcome.status === 'done' || outcome.status === 'skipped') return { outcome };
      if (outcome.status === 'fail' || outcome.status === 'revert') return { why: outcome.note };
      pauseMs = outcome.seconds * 1_000;
    } catch (error) {
      if (!(error instanceof UnansweredError) || !(isThrottled(error) || tryAgain())) throw error;
    }
    await sleep(pauseMs, undefined, { signal: context.signal });
  }
}

/** What failed is a reason to give up, not an error: nobody waits for the work once its time is over. */
async function settle(work: () => Promise<Ended>): Promise<Ended> {
  try {
    return await work();
  } catch (error) {
    return { why: messageOf(error) };
  }
}

function whenAborted(signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve) => {
    const tell = () => resolve({ why: String(signal.reason) });
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

/**
 * Regions of which an answer counts: the one that the step is about; where others do what it is about, as they switch it off
 * in DNS, any of those. Null: whichever.
 */
function heardFrom({ region, needsRegions }: PlannedStep): readonly string[] | null {
  if (region === null) return null;
  return needsRegions.length === 0 || needsRegions.includes(region) ? [region] : needsRegions;
}

/**
 * The port, which tells when one of these Regions answers: a refusal is an answer, and so is having no time for us, at each
 * try. Methods name the Region that must answer for them first.
 */
function overheard(aws: AwsPort, regions: readonly string[] | null, hear: () => void): AwsPort {
  return eachCall(aws, async ({ first }, call) => {
    const listen = () => {
      if (regions === null || regions.includes(String(first))) hear();
    };
    try {
      const answer = await hearThrottled(listen, call);
      listen();
      return answer;
    } catch (error) {
      if (!(error instanceof UnansweredError) || isThrottled(error)) listen();
      throw error;
    }
  });
}
