import type pg from 'pg';
import { z } from 'zod';
import {
  type HeldRun,
  mayClose,
  mayOmit,
  type OperationState,
  pastReturnOf,
  type ReturnStep,
} from '#lib/domain/operation/state.ts';
import type { Prisma } from '../../data/generated/client.ts';
import { ConflictError, ForbiddenError, NotFoundError, RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { openIncompleteReview } from '../reviews/open-incomplete.ts';
import { defineVerb } from '../verb.ts';
import { ControlInput, type ControlResult } from './control.ts';
import { operationScope } from './decide.ts';
import { readStoredOperation } from './stored.ts';

const reason = z.string().trim().min(3, 'says why, in three letters at least').max(2000);

export const CloseInput = ControlInput.extend({ reason });

export const OmitInput = ControlInput.extend({
  step: z
    .string()
    .min(1, 'is missing')
    .max(120, 'is no key of a step')
    .describe('key of the step that holds, as the list of steps has it'),
  reason,
});

/** What was decided, and the review that is owed for it. */
export interface LeftUndone extends ControlResult {
  review: { id: string; dueAt: Date };
}

/**
 * Ends a run that holds behind its point of no return, where it stands: nothing is put back, nothing more is begun, its
 * environment is free, and what is open stands on record. A second person reviews the decision.
 */
export const closeOperation = defineVerb<typeof CloseInput, LeftUndone>({
  name: 'operation.close',
  action: 'operation.control',
  input: CloseInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input, connection) {
    const { operation, run, personId } = await readHeld(context, connection, input.id);
    const verdict = mayClose(run);
    if (!verdict.allowed) throw new RefusedError(verdict.code, `${input.id} goes its way: ${verdict.reason}`);
    const { count } = await context.database.prisma.operation.updateMany({
      where: { id: input.id, state: run.state, desired: run.desired },
      data: { desired: 'close' },
    });
    if (count !== 1) throw new ConflictError(`${input.id} moved on while you decided. Look at it again.`);
    const review = await decide(context, connection, operation, {
      kind: 'closing',
      personId,
      reason: input.reason,
    });
    return {
      result: { id: input.id, state: run.state, desired: 'close', review },
      detail: { state: run.state, held: [...run.held], reason: input.reason, review: review.id },
      changes: changesOf(input.id, review.id),
    };
  },
});

/**
 * Goes on without a step that holds behind the point of no return, where the plan allows it: it is recorded as left undone,
 * and the run ends incomplete at best. A second person reviews the decision.
 */
export const omitStep = defineVerb<typeof OmitInput, LeftUndone>({
  name: 'operation.omit',
  action: 'operation.control',
  input: OmitInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input, connection) {
    const { operation, run, personId } = await readHeld(context, connection, input.id);
    const step = operation.steps.find(({ key }) => key === input.step);
    if (!step) {
      throw new ValidationError('Nothing was left out.', {
        step: `is no step of ${input.id}; those that hold are ${heldKeys(operation).join(', ') || 'none'}`,
      });
    }
    const verdict = mayOmit(run, {
      title: step.title,
      state: step.state,
      omissible: omissibleKeys(operation.plan).includes(step.key),
      decided: operation.events.some(({ stepKey }) => stepKey === step.key),
      tried: (await listTriedSteps(connection, input.id)).includes(step.key),
    });
    if (!verdict.allowed) throw new RefusedError(verdict.code, `${input.id} goes its way: ${verdict.reason}`);
    const review = await decide(context, connection, operation, {
      kind: 'omitting',
      stepKey: step.key,
      personId,
      reason: input.reason,
    });
    return {
      result: { id: input.id, state: run.state, desired: run.desired, review },
      detail: { step: step.key, title: step.title, reason: input.reason, review: review.id },
      changes: changesOf(input.id, review.id),
    };
  },
});

/** Keys of the steps that the plan may go on without. */
export function omissibleKeys(plan: unknown): string[] {
  return (readStoredOperation(plan)?.steps ?? []).flatMap(({ key, omissible }) => (omissible ? key : []));
}

/** Keys of the steps that hold and of which an attempt is under way: begun, and no end of it on record. */
export async function listTriedSteps(
  connection: Pick<pg.PoolClient, 'query'>,
  operationId: string,
): Promise<string[]> {
  const { rows } = await connection.query<{ key: string }>(
    `select s.key from operation_step s
      where s.operation_id = $1 and s.state = 'holding'
        and exists (select from operation_event e
                     where e.operation_id = $1 and e.step_key = s.key and e.attempt = s.attempt and e.kind = 'started')
        and not exists (select from operation_event e
                         where e.operation_id = $1 and e.step_key = s.key and e.attempt = s.attempt
                           and e.kind in ('finished', 'failed'))`,
    [operationId],
  );
  return rows.map(({ key }) => key);
}

/** A run as the rules of ending it ask for it. */
export function heldRunOf(operation: {
  state: string;
  desired: string;
  outcome?: string | null;
  steps: readonly ReturnStep[];
}): HeldRun {
  return {
    state: operation.state as OperationState,
    desired: operation.desired,
    pastReturn: pastReturnOf(operation.steps),
    held: operation.steps.filter(({ state }) => state === 'holding').map(({ title }) => title),
    outcome: operation.outcome ?? null,
  };
}

const HELD = {
  steps: { orderBy: { position: 'asc' } },
  events: { where: { kind: 'omitting' }, select: { stepKey: true } },
} as const satisfies Prisma.OperationInclude;
type Held = Prisma.OperationGetPayload<{ include: typeof HELD }>;

/** The operation, locked: its engine locks the row too, so what is judged here stands until the decision is written. */
async function readHeld(context: VerbContext, connection: pg.PoolClient, id: string) {
  const { personId } = context.actor;
  if (!personId) throw new ForbiddenError('Only a person, or a token of one, can leave something undone.');
  await connection.query('select from operation where id = $1 for no key update', [id]);
  const operation = await context.database.prisma.operation.findUnique({ where: { id }, include: HELD });
  if (!operation) throw new NotFoundError(`There is no operation ${id}.`);
  return { operation, run: heldRunOf(operation), personId };
}

function heldKeys({ steps }: Held): string[] {
  return steps.filter(({ state }) => state === 'holding').map(({ key }) => key);
}

interface Decided {
  kind: 'closing' | 'omitting';
  stepKey?: string;
  personId: string;
  reason: string;
}

/** Keeps the decision, opens the review that it owes, and has the engine look. */
async function decide(
  context: VerbContext,
  connection: pg.PoolClient,
  { id, environment, title }: Held,
  { kind, stepKey, personId, reason }: Decided,
) {
  await context.database.prisma.operationEvent.create({
    data: {
      operationId: id,
      kind,
      ...(stepKey === undefined ? {} : { stepKey }),
      detail: { personId, reason },
    },
  });
  const asked = { operation: id, environment, title, reason, personId };
  const review = await openIncompleteReview(context, connection, asked);
  await context.engine.wake(connection, id, context.requestId);
  return review;
}

function changesOf(operation: string, review: string) {
  return [
    { topic: 'operation' as const, ref: operation },
    { topic: 'recovery' as const, ref: `review/${review}` },
  ];
}
