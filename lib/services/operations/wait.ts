import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isEnded, OPERATION_STATES, type OperationState } from '#lib/domain/operation/state.ts';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

/** An answer is never held for longer: proxies cut what says nothing, seconds. */
export const LONGEST_WAIT_SECONDS = 30;
const LOOK_MS = 300;

export const WaitInput = z.strictObject({
  wait: z.coerce
    .number()
    .min(0)
    .max(LONGEST_WAIT_SECONDS, `is over ${LONGEST_WAIT_SECONDS} s`)
    .optional()
    .describe('seconds to hold the answer for while nothing has changed; 30 at most'),
  known: z
    .enum(OPERATION_STATES)
    .optional()
    .describe(
      'the state that the caller knows: the answer comes as soon as it is another; absent: when it has ended',
    ),
});

/** Resolves when the operation is in another state than the known one or has ended, or when the time is over. */
export async function waitForOperation(
  context: VerbContext,
  id: string,
  { wait = 0, known }: z.output<typeof WaitInput>,
): Promise<void> {
  assertPermitted(context, 'read', {});
  const until = performance.now() + wait * 1_000;
  while (performance.now() < until) {
    const state = await readState(context, id);
    if (isEnded(state) || (known !== undefined && state !== known)) return;
    await sleep(Math.min(LOOK_MS, Math.max(0, until - performance.now())));
  }
}

async function readState({ database }: VerbContext, id: string): Promise<OperationState> {
  const { rows } = await database.pool.query<{ state: OperationState }>({
    name: 'operation-state',
    text: 'select state from operation where id = $1',
    values: [id],
  });
  const [row] = rows;
  if (!row) throw new NotFoundError(`There is no operation ${id.slice(0, 20)}.`);
  return row.state;
}
