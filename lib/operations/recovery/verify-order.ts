import type { ProbeResult } from '../../ports/recovery.ts';
import type { StepAction, StepContext } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { VerifyOrderInput } from './input.ts';
import { instanceIdOf, nameOfAttempt } from './instance.ts';

const EVERY_MS = 200;
const LONGEST_MS = 2_000;

/**
 * A synthetic order placed in a Region is taken, and stands on the new writer: the only proof that users can order there
 * again. A Region without a path to the writer cannot (aws-facts B-05); that is said and fails nothing.
 */
export const verifyOrder: StepAction = {
  async run(context) {
    const { from, writer, path } = VerifyOrderInput.parse(context.step.input);
    if (!path) {
      const note = `${from} has no network path to ${writer.region} (aws-facts B-05): its users cannot order until the two are connected. Connect them by an operation of its own.`;
      await context.evidence({ kind: 'note', text: note });
      return { status: 'skipped', note, output: { ordered: false } };
    }
    const { orderId, ms, job, tries } = await placeOrder(context, from);
    const instanceId = instanceIdOf(context, writer.instance);
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
  },
};

interface PlacedOrder {
  orderId: string;
  ms: number;
  job: string;
  tries: number;
}

/** Tries until an order is taken; says why not, each time that the reason is another one. */
async function placeOrder(context: StepContext, from: string): Promise<PlacedOrder> {
  let tries = 0;
  let told: string | undefined;
  const { result, job } = await pollUntil(context, {
    what: `the order placed in ${from}`,
    everyMs: EVERY_MS,
    longestMs: LONGEST_MS,
    ask: async () => {
      tries += 1;
      const answer = await context.aws.runProbe(from, { kind: 'order' }, nameOfAttempt(context, tries));
      const why = refusalOf(answer.result);
      if (why !== null && why !== told) {
        told = why;
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
