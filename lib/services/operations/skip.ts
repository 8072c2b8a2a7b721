import type pg from 'pg';
import { z } from 'zod';
import { mayPromote, maySkipSoak, WAIT } from '#lib/domain/deployment/skip.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { ForbiddenError, NotFoundError, RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { defineVerb } from '../verb.ts';
import { operationScope } from './decide.ts';

const id = z.string().regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001');
const reason = z.string().trim().min(3, 'says why, in three letters at least').max(2000);

export const SkipSoakInput = z.strictObject({
  id,
  step: z.string().min(1).max(80).describe('the soak, by its key: `soak-us-east-1`'),
  reason,
});
export const PromoteInput = z.strictObject({ id, reason });

/** What was decided takes effect at the next look. */
export interface CutShort {
  id: string;
  state: string;
  step: string | null;
}

/** Waives the rest of a soak, for a reason that stays under the step. Its gate still turns round what is beyond a limit. */
export const skipSoak = defineVerb<typeof SkipSoakInput, CutShort>({
  name: 'operation.skip-soak',
  action: 'operation.skip-soak',
  input: SkipSoakInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input, connection) {
    const { operation, personId } = await readRun(context, connection, input.id);
    const step = operation.steps.find(({ key }) => key === input.step);
    if (!step)
      throw new ValidationError(`${input.id} has no step ${input.step}.`, {
        step: `is not one of ${operation.steps.map(({ key }) => key).join(', ')}`.slice(0, 400),
      });
    const decided = operation.events.some(({ kind, stepKey }) => kind === 'skipping' && stepKey === step.key);
    const verdict = maySkipSoak(operation, { ...step, decided }, personId);
    if (!verdict.allowed) throw new RefusedError(verdict.code, `${input.id} soaks on: ${verdict.reason}`);
    return cutShort(context, connection, operation, {
      kind: 'skipping',
      step: step.key,
      personId,
      reason: input.reason,
    });
  },
});

/** Leaves out the waits between the Regions that remain. Each is still soaked, and its gate still decides. */
export const promoteOperation = defineVerb<typeof PromoteInput, CutShort>({
  name: 'operation.promote',
  action: 'operation.control',
  input: PromoteInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input, connection) {
    const { operation, personId } = await readRun(context, connection, input.id);
    const verdict = mayPromote({
      ...operation,
      waits: operation.steps.filter(({ action }) => action === WAIT),
      decided: operation.events.some(({ kind }) => kind === 'promoting'),
    });
    if (!verdict.allowed) throw new RefusedError(verdict.code, `${input.id} waits on: ${verdict.reason}`);
    return cutShort(context, connection, operation, {
      kind: 'promoting',
      step: null,
      personId,
      reason: input.reason,
    });
  },
});

/** The run, locked as its engine locks it: what is judged here stands until the decision is written. */
async function readRun(context: VerbContext, connection: pg.PoolClient, operationId: string) {
  const { personId } = context.actor;
  if (!personId) throw new ForbiddenError('Only a person, or a token of one, can cut a deployment short.');
  await connection.query('select from operation where id = $1 for no key update', [operationId]);
  const operation = await context.database.prisma.operation.findUnique({
    where: { id: operationId },
    select: {
      id: true,
      state: true,
      desired: true,
      requestedBy: true,
      steps: { orderBy: { position: 'asc' } },
      events: { where: { kind: { in: ['skipping', 'promoting'] } } },
    },
  });
  if (!operation) throw new NotFoundError(`There is no operation ${operationId}.`);
  return { operation: { ...operation, state: operation.state as OperationState }, personId };
}

async function cutShort(
  context: VerbContext,
  connection: pg.PoolClient,
  operation: { id: string; state: string },
  decision: { kind: 'skipping' | 'promoting'; step: string | null; personId: string; reason: string },
) {
  const { kind, step, personId, reason: why } = decision;
  await context.database.prisma.operationEvent.create({
    data: { operationId: operation.id, kind, stepKey: step, detail: { personId, reason: why } },
  });
  await context.engine.wake(connection, operation.id, context.requestId);
  return {
    result: { id: operation.id, state: operation.state, step },
    detail: { ...(step ? { step } : {}), reason: why },
    changes: [{ topic: 'operation' as const, ref: operation.id }],
  };
}
