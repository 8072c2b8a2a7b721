import { z } from 'zod';
import type { Action } from '#lib/domain/access/access.ts';
import { type Control, mayControl, type OperationState } from '#lib/domain/operation/state.ts';
import { ConflictError, NotFoundError, RefusedError } from '../../errors.ts';
import { defineVerb } from '../verb.ts';
import { operationScope } from './decide.ts';

export const ControlInput = z.strictObject({
  id: z.string().regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001'),
  reason: z.string().trim().max(2000).default(''),
});

const DESIRED = { pause: 'pause', resume: 'run', abort: 'abort', revert: 'revert' } as const satisfies Record<
  Control,
  string
>;

/**
 * Asks a run to pause, go on, stop or put things back. It obeys at its next gate, at once when it waits; what is in
 * flight is ended by observing, never cut off.
 */
function defineControl(control: Control, action: Action) {
  return defineVerb({
    name: `operation.${control}`,
    action,
    input: ControlInput,
    scope: (input, context) => operationScope(context, input.id),
    async run(context, input, connection) {
      const operation = await context.database.prisma.operation.findUnique({ where: { id: input.id } });
      if (!operation) throw new NotFoundError(`There is no operation ${input.id}.`);
      const verdict = mayControl(operation.state as OperationState, operation.desired, control);
      if (!verdict.allowed)
        throw new RefusedError(verdict.code, `${input.id} was left as it is: ${verdict.reason}`);
      const { count } = await context.database.prisma.operation.updateMany({
        where: { id: input.id, state: operation.state, desired: operation.desired },
        data: { desired: DESIRED[control] },
      });
      if (count !== 1) throw new ConflictError(`${input.id} moved on while you asked. Look at it again.`);
      await context.engine.wake(connection, input.id, context.requestId);
      return {
        result: { id: input.id, state: operation.state, desired: DESIRED[control] },
        detail: { state: operation.state, ...(input.reason ? { reason: input.reason } : {}) },
        changes: [{ topic: 'operation', ref: input.id }],
      };
    },
  });
}

export const pauseOperation = defineControl('pause', 'operation.control');
export const resumeOperation = defineControl('resume', 'operation.control');
export const abortOperation = defineControl('abort', 'operation.abort');
export const revertOperation = defineControl('revert', 'operation.control');
