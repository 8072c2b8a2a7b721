import { z } from 'zod';
import { mayLeave, type OperationState } from '#lib/domain/operation/state.ts';
import type { Database } from '../../data/database.ts';
import { ConflictError, ForbiddenError, NotFoundError, RefusedError } from '../../errors.ts';
import { defineVerb } from '../verb.ts';
import { ControlInput, type ControlResult } from './control.ts';
import { operationScope } from './decide.ts';

export const LeaveInput = ControlInput.extend({
  reason: z.string().trim().min(3, 'says why, in three letters at least').max(2000),
});

/**
 * Ends a compensation that cannot pass, such as one that meets records which someone else changed: the run puts nothing
 * more back, ends as failed, says what was left and by whose decision, and frees its environment.
 */
export const leaveOperation = defineVerb<typeof LeaveInput, ControlResult>({
  name: 'operation.leave',
  action: 'operation.control',
  input: LeaveInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, { id, reason }, connection) {
    const { personId } = context.actor;
    if (!personId)
      throw new ForbiddenError('Only a person, or a token of one, can leave an operation as it is.');
    // Its engine locks the row too: what is judged here stands until the decision is written.
    await connection.query('select from operation where id = $1 for no key update', [id]);
    const operation = await context.database.prisma.operation.findUnique({ where: { id } });
    if (!operation) throw new NotFoundError(`There is no operation ${id}.`);
    const state = operation.state as OperationState;
    const hasFailed = await compensationHasFailed(context.database, id);
    const verdict = mayLeave({ state, desired: operation.desired, hasFailed });
    if (!verdict.allowed) throw new RefusedError(verdict.code, `${id} goes its way: ${verdict.reason}`);
    const { count } = await context.database.prisma.operation.updateMany({
      where: { id, state, desired: operation.desired },
      data: { desired: 'leave' },
    });
    if (count !== 1) throw new ConflictError(`${id} moved on while you decided. Look at it again.`);
    await context.database.prisma.operationEvent.create({
      data: { operationId: id, kind: 'leaving', detail: { personId, reason } },
    });
    await context.engine.wake(connection, id, context.requestId);
    return {
      result: { id, state, desired: 'leave' },
      detail: { state, reason },
      changes: [{ topic: 'operation', ref: id }],
    };
  },
});

/** Whether a step that puts things back has failed at least once. */
export async function compensationHasFailed(database: Database, operationId: string): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `select 1 from operation o
       cross join lateral jsonb_array_elements(o.plan -> 'compensation') as back
       join operation_event e on e.operation_id = o.id and e.step_key = back ->> 'key' and e.kind = 'failed'
      where o.id = $1 limit 1`,
    [operationId],
  );
  return rowCount === 1;
}
