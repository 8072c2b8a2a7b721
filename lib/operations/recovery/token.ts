import { setTimeout as sleep } from 'node:timers/promises';
import { UnansweredError } from '../../ports/aws.ts';
import { isThrottled } from '../../ports/throttling.ts';
import type { StepContext } from '../action.ts';
import type { Place } from './input.ts';
import { instanceIdOf } from './instance.ts';

const EVERY_MS = 100;
const LONGEST_MS = 5_000;

export interface Token {
  name: string;
  lsn: string;
}

/** Commits a row on the writer that this attempt alone has made, and says where in the log it is. */
export async function writeToken(context: StepContext, writer: Place): Promise<Token> {
  const name = `${context.operation.id}-${context.step.key}-${context.attempt}`;
  const { lsn } = await context.aws.writeToken(writer.region, instanceIdOf(context, writer.instance), name);
  return { name, lsn };
}

/**
 * Waits until the copy has replayed the token's position and shows its row: then it has all that was committed before it.
 * The lag metric says nothing of the kind (aws-facts B-09). Undefined where it does not within that time; while AWS throttles
 * the question nobody knows, and it is asked on.
 */
export async function awaitToken(
  context: StepContext,
  copy: Place,
  { token, withinMs }: { token: Token; withinMs: number },
): Promise<{ ms: number } | undefined> {
  const instanceId = instanceIdOf(context, copy.instance);
  const startedAt = performance.now();
  for (;;) {
    const ms = performance.now() - startedAt;
    const seen = await lookForToken(context, { region: copy.region, instanceId, token });
    if (seen === 'there') return { ms: Math.round(ms) };
    if (ms > withinMs && seen !== 'throttled') return undefined;
    await sleep(Math.max(EVERY_MS, Math.min(LONGEST_MS, ms / 20)), undefined, { signal: context.signal });
  }
}

async function lookForToken(
  context: StepContext,
  { region, instanceId, token }: { region: string; instanceId: string; token: Token },
): Promise<'there' | 'not-there' | 'throttled'> {
  try {
    return (await context.aws.hasToken(region, instanceId, token)) ? 'there' : 'not-there';
  } catch (error) {
    context.signal.throwIfAborted();
    if (isThrottled(error)) return 'throttled';
    if (error instanceof UnansweredError) return 'not-there';
    throw error;
  }
}
