import { durationWords, sentence } from '#lib/domain/recovery/words.ts';
import type { ProbeResult } from '../../ports/recovery.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { VerifyOrderInput } from './input.ts';
import { instanceIdOf, nameOfAttempt } from './instance.ts';

const EVERY_MS = 200;
const LONGEST_MS = 2_000;

interface OrderLimits {
  /** Orders are taken seconds after shops are pointed at a writer: after so long people have to see that they are not, ms. */
  holdsAfterMs: number;
  /** A try of a step that holds, ms. */
  tryMs: number;
  /** Between two of them people may decide to go on without it, s. */
  everySeconds: number;
}

const LIMITS: OrderLimits = { holdsAfterMs: 120_000, tryMs: 15_000, everySeconds: 45 };

/**
 * A synthetic order placed in a Region is taken, and stands on the new writer: the only proof that users can order there
 * again. A Region without a path to the writer cannot (aws-facts B-05); that is said and fails nothing. Where none is taken
 * within two minutes it holds, and tries again.
 */
export const verifyOrder: StepAction = orderWithin(LIMITS);

export function orderWithin(limits: OrderLimits): StepAction {
  return {
    async run(context) {
      const waitedMs = context.now().getTime() - context.firstStartedAtMs;
      const limit = new AbortController();
      const over = setTimeout(() => limit.abort(), Math.max(limits.tryMs, limits.holdsAfterMs - waitedMs));
      const signal = AbortSignal.any([context.signal, limit.signal]);
      const order: Unproven = { why: 'nothing answers there' };
      try {
        return await orderOnce({ ...context, signal }, order);
      } catch (error) {
        context.signal.throwIfAborted();
        if (!limit.signal.aborted) throw error;
        const seconds = Math.round((context.now().getTime() - context.firstStartedAtMs) / 1_000);
        const { from } = VerifyOrderInput.parse(context.step.input);
        const note = `No test order placed in ${from} has passed for ${durationWords(seconds)}: ${sentence(order.why)}`;
        return { status: 'hold', note, seconds: limits.everySeconds };
      } finally {
        clearTimeout(over);
      }
    },
  };
}

/** How far the last order has come, for who waits for it. */
interface Unproven {
  why: string;
}

async function orderOnce(context: StepContext, order: Unproven): Promise<StepOutcome> {
  const { from, writer, path } = VerifyOrderInput.parse(context.step.input);
  if (!path) {
    const note = `${from} has no network path to ${writer.region} (aws-facts B-05): its users cannot order until the two are connected. Connect them by an operation of its own.`;
    await context.evidence({ kind: 'note', text: note });
    return { status: 'skipped', note, output: { ordered: false } };
  }
  const { orderId, ms, job, tries } = await placeOrder(context, from, order);
  const instanceId = instanceIdOf(context, writer.instance);
  order.why = `order ${orderId} was taken, and ${instanceId} in ${writer.region} does not show it`;
  await pollUntil(context, {
    what: `order ${orderId} on ${instanceId}`,
    everyMs: EVERY_MS,
    ask: () => context.aws.missingOrders(writer.region, instanceId, [orderId]),
    isDone: (missing) => missing.length === 0,
  });
  const text = `Order ${orderId} placed in ${from} was taken in ${Math.round(ms)} ms and stands on ${instanceId}`;
  await context.evidence({ kind: 'fact', text, data: { orderId, ms, job, tries } });
  return {
    status: 'done',
    note: `${from} takes orders; they are written on ${instanceId}.`,
    output: { ordered: true, orderId, orderedAtMs: context.now().getTime(), tries },
  };
}

interface PlacedOrder {
  orderId: string;
  ms: number;
  job: string;
  tries: number;
}

/** Tries until an order is taken; says why not, each time that the reason is another one. */
async function placeOrder(context: StepContext, from: string, order: Unproven): Promise<PlacedOrder> {
  let tries = 0;
  const { result, job } = await pollUntil(context, {
    what: `the order placed in ${from}`,
    everyMs: EVERY_MS,
    longestMs: LONGEST_MS,
    ask: async () => {
      tries += 1;
      const answer = await context.aws.runProbe(from, { kind: 'order' }, nameOfAttempt(context, tries));
      const why = refusalOf(answer.result);
      if (why !== null && why !== order.why) {
        order.why = why;
        await context.evidence({ kind: 'note', text: `${from} did not take an order: ${why}` });
      }
      return answer;
    },
    isDone: (answer) => refusalOf(answer.result) === null,
  });
  if (result.kind !== 'order')
    throw new Error(`The probe in ${from} answered about ${result.kind}, not an order.`);
  return { orderId: result.orderId, ms: result.ms, job, tries };
}

/** Why the order was not taken; null where it was. */
function refusalOf(result: ProbeResult): string | null {
  if (result.kind !== 'order') return `the probe answered about ${result.kind}`;
  if (result.status === 200 || result.status === 201) return null;
  return result.error ?? (result.status === null ? 'no answer' : `status ${result.status}`);
}
