import { z } from 'zod';
import { UnansweredError } from '../../ports/aws.ts';
import type { StepContext, StepOutcome } from '../action.ts';
import { ThrottleWatch } from '../throttled.ts';
import type { DeleteReplicaInput, Place } from './input.ts';
import { instanceIdOf } from './instance.ts';
import { undoneWords } from './left-undone.ts';
import { comparedFrom, fromLastCommit, missingOrders } from './missing-orders.ts';
import { messageOf } from './refusal.ts';

/** A copy whose server does not answer is asked again for so long, ms; then it stays. */
const READ_WITHIN_MS = 5 * 60_000;
const LOOK_AGAIN_SECONDS = 5;

/** Whether a copy may be deleted now, with what is on record of it; else how its step ends, or waits, with the copy kept. */
export type ReadFirst =
  | { kind: 'may-go'; output?: Record<string, unknown> }
  | { kind: 'stays'; outcome: StepOutcome };

/** Orders that only the copy has are kept with the step before it is deleted: once it is, nobody else has them. */
export async function readFirst(
  context: StepContext,
  instanceId: string,
  { region, compare }: Pick<DeleteReplicaInput, 'region' | 'compare'>,
): Promise<ReadFirst> {
  if (!compare) return { kind: 'may-go' };
  // An earlier attempt has read it, and may have asked for its deletion.
  const earlier = context.outputs[context.step.key];
  if (earlier?.salvaged === true) return { kind: 'may-go', output: earlier };
  const { writer } = compare;
  const old: Place = { region, instance: { instanceId } };
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(READ_WITHIN_MS)]);
  const throttles = new ThrottleWatch();
  const limited = { ...context, aws: throttles.watch(context.aws), signal };
  try {
    const since = await startOf(limited, old, compare);
    const { rows, count, compared } = await missingOrders(limited, { old, writer, since });
    const text = `${count} of ${compared} orders on ${instanceId} since ${since} are not on ${instanceIdOf(context, writer.instance)}`;
    if (count > rows.length) return stays(context, instanceId, `${text}, more than are listed here`);
    const output = { salvaged: true, instanceId, since, compared, count, orders: rows, complete: true };
    await context.evidence({ kind: 'fact', text, data: { count, compared, since } });
    await context.keep(output);
    return { kind: 'may-go', output };
  } catch (error) {
    const what = 'which of its orders the writer lacks';
    return notRead(context, instanceId, { error, what, throttled: throttles.words });
  }
}

/**
 * A drill's throw-away copy is not read: no shop ever knew it, so that all it has came from what it was made of. It goes as
 * long as that stands, a primary still; else it may be the only one that has it.
 */
export async function sourceStands(
  context: StepContext,
  instanceId: string,
  copyOf: Place | undefined,
): Promise<ReadFirst> {
  if (!copyOf) return { kind: 'may-go' };
  const sourceId = instanceIdOf(context, copyOf.instance);
  try {
    const source = await context.aws.findDatabase(copyOf.region, sourceId);
    if (source?.role === 'primary') return { kind: 'may-go' };
    const why = `${sourceId}, of which it is a copy, is ${source ? `a ${source.role}` : `not in ${copyOf.region}`} any more`;
    return stays(context, instanceId, why);
  } catch (error) {
    return notRead(context, instanceId, {
      error,
      what: `whether ${sourceId}, of which it is a copy, stands`,
    });
  }
}

function startOf(
  context: StepContext,
  old: Place,
  { declaredBy, since = null }: NonNullable<DeleteReplicaInput['compare']>,
): Promise<string> {
  const declared = declaredBy === undefined ? null : lastCommitOf(context.outputs[declaredBy]);
  return declared === null ? comparedFrom(context, old, since) : Promise.resolve(fromLastCommit(declared));
}

/** Of the target, as the declaration of the loss had it. */
function lastCommitOf(declared: Record<string, unknown> | undefined): string | null {
  return Declared.safeParse(declared).data?.rpo.lastCommitAt ?? null;
}

const Declared = z.object({ rpo: z.object({ lastCommitAt: z.string().nullable() }) });

async function notRead(
  context: StepContext,
  instanceId: string,
  { error, what, throttled }: { error: unknown; what: string; throttled?: string | undefined },
): Promise<ReadFirst> {
  context.signal.throwIfAborted();
  const said = (throttled ?? messageOf(error)).replace(/[.]$/, '');
  const why = `${what} could not be read (${said})`;
  const waitedMs = context.now().getTime() - context.firstStartedAtMs;
  if (error instanceof UnansweredError && waitedMs < READ_WITHIN_MS) {
    const note = `${instanceId} stays for now: ${why}. Asks again.`;
    return { kind: 'stays', outcome: { status: 'wait', note, seconds: LOOK_AGAIN_SECONDS } };
  }
  return stays(context, instanceId, why);
}

async function stays(context: StepContext, instanceId: string, why: string): Promise<ReadFirst> {
  const said = `${instanceId} stays: ${why}.`;
  const note = `${said} Read it, then delete it.`;
  await context.evidence({ kind: 'note', text: note });
  const leftUndone = undoneWords(context.step, said);
  const output = { salvaged: false, instanceId, why: said, leftUndone };
  return { kind: 'stays', outcome: { status: 'skipped', note, output } };
}
