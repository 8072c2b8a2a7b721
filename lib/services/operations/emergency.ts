import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { EMERGENCY_KINDS } from '#lib/domain/operation/kind.ts';
import { mayStartEmergency } from '#lib/domain/recovery/emergency.ts';
import { reviewDueAt } from '#lib/domain/recovery/review-debt.ts';
import { openChecks } from '#lib/domain/traffic/preflight.ts';
import { databaseTrouble, violatedIndex } from '../../data/database.ts';
import { ConflictError, ForbiddenError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { readOutlook } from '../recovery/facts.ts';
import { defineVerb } from '../verb.ts';
import { assertMeant } from './for-good.ts';
import type { PlannedOperation } from './planners/planner.ts';
import { type AskedOperation, assertSamePlan, operationInput, planOnce, REQUEST_SHAPE } from './request.ts';
import { createSteps, operationRow } from './submit.ts';

export const EmergencyInput = operationInput(EMERGENCY_KINDS, {
  reason: REQUEST_SHAPE.reason,
  digest: REQUEST_SHAPE.digest,
  confirm: REQUEST_SHAPE.confirm,
  overridden: z
    .array(z.string().max(120))
    .max(100)
    .default([])
    .describe('ids of what stands against it, typed to start in spite of that'),
});

/** A started emergency. */
export interface Emergency {
  id: string;
  /** `preempting`: another operation holds the environment and is asked to let go of it. */
  state: 'queued' | 'preempting';
  digest: string;
  preempts: string | null;
  review: { id: string; dueAt: Date };
}

/**
 * Starts at once what brings the application out of an outage: nobody approves it, and a review is owed for it. What stands
 * against it is overridden by its id, never by leaving it unread. Takes the environment from whoever holds it: that run is
 * asked to stop at its next gate, and the engine takes it away when it does not (DECISIONS, Engine).
 */
export const startEmergency = defineVerb<typeof EmergencyInput, Emergency>({
  name: 'operation.emergency',
  action: 'operation.emergency',
  input: EmergencyInput,
  async scope(input, context) {
    const { regions } = await planOnce(context, input);
    return { environment: input.environment, regions };
  },
  async run(context, input, connection) {
    const { personId } = context.actor;
    if (!personId) throw new ForbiddenError('Only a person, or a token of one, can declare an emergency.');
    const planned = await planOnce(context, input);
    assertSamePlan(planned, input.digest);
    assertMeant(context, planned, {
      confirm: input.confirm,
      forGood: { act: 'declare' },
      attempted: 'Not started',
    });
    // Judged with the holder locked: of two who declare the same, the second must see what the first has started.
    const holder = await lockHolder(connection, input.environment);
    const overridden = await assertMayStart(context, input, planned);
    const state = holder ? ('preempting' as const) : ('queued' as const);
    const preempts = holder?.id ?? null;
    const id = await createEmergency(context, connection, {
      ...operationRow(context, {
        planned,
        request: input.params,
        reason: input.reason,
        acknowledged: [],
        personId,
        via: context.via,
      }),
      state,
      preempts,
      overridden,
      emergency: true,
      needed: 0,
      expiresAt: context.now,
    });
    await createSteps(context, id, planned);
    if (holder) await askToYield(context, connection, holder);
    await context.engine.start(connection, { id, environment: input.environment, preempts });
    const review = await openReview(context, connection, { id, planned, reason: input.reason, personId });
    return {
      result: { id, state, digest: planned.digest, preempts, review },
      subject: `operation/${id}`,
      operation: id,
      detail: {
        title: planned.plan.title,
        reason: input.reason,
        digest: planned.digest,
        overridden,
        preempts,
        accepted: planned.accepted,
        review: review.id,
        reviewDueAt: review.dueAt.toISOString(),
      },
      changes: [
        { topic: 'operation', ref: id },
        ...(holder ? [{ topic: 'operation' as const, ref: holder.id }] : []),
        { topic: 'recovery', ref: `review/${review.id}` },
      ],
    };
  },
});

/** Ids that were overridden. Throws RefusedError for the first thing that stands against it and was not named. */
async function assertMayStart(
  context: VerbContext,
  input: AskedOperation & { reason: string; overridden: string[] },
  planned: PlannedOperation,
): Promise<string[]> {
  const { kind, environment, reason, overridden } = input;
  const verdict = mayStartEmergency(await readOutlook(context, environment), {
    kind,
    lost: lostOf(input.params),
    reason,
    permission: permits(context.actor.grants, 'operation.emergency', { regions: planned.regions }),
    typed: overridden,
    blocks: planned.blocks,
  });
  if (!verdict.allowed) throw new RefusedError(verdict.code, `Not started: ${verdict.reason}`);
  const named = new Set(planned.blocks.map(({ id }) => id));
  // A freeze does not hold an emergency, and what the requester may accept is theirs to accept by starting it.
  const open = openChecks(planned.checks, []).find(
    ({ code, verdict: found }) => found !== 'accept' && code !== 'freeze' && !named.has(code),
  );
  if (open) throw new RefusedError(open.code, `Not started: ${open.message}`);
  return verdict.overrides;
}

const Lost = z.union([
  z.object({ lost: z.string() }).transform(({ lost }) => lost),
  z.object({ region: z.string() }).transform(({ region }) => region),
]);

/** The Region that is left: the parameters were parsed by their kind. */
function lostOf(params: unknown): string {
  return Lost.parse(params);
}

interface Holder {
  id: string;
  title: string;
}

/** Whoever has the environment, locked: it neither ends nor begins a step until this is committed. */
async function lockHolder(connection: pg.PoolClient, environment: string): Promise<Holder | undefined> {
  const { rows } = await connection.query<Holder>(
    `select id, title from operation where environment = $1
       and state in ('queued', 'running', 'paused', 'holding', 'aborting', 'reverting') for no key update`,
    [environment],
  );
  return rows[0];
}

async function createEmergency(
  context: VerbContext,
  connection: pg.PoolClient,
  data: Parameters<VerbContext['database']['prisma']['operation']['create']>[0]['data'],
): Promise<string> {
  await connection.query('savepoint create_emergency');
  try {
    const { id } = await context.database.prisma.operation.create({ data, select: { id: true } });
    return id;
  } catch (error) {
    const index = violatedIndex(error);
    if (index !== 'operation_one_preempting' && index !== 'operation_one_active') throw error;
    await connection.query('rollback to savepoint create_emergency');
    const { rows } = await connection.query<Holder>(
      `select id, title from operation where environment = $1 and (state = 'preempting' or started_at is not null or state = 'queued')
         and ended_at is null order by created_at desc limit 1`,
      [data.environment],
    );
    const other = rows[0];
    if (!other)
      throw new ConflictError('Not started: somebody else had the environment a moment ago. Try again.');
    throw new RefusedError(
      'one-at-a-time',
      `Not started: ${other.id}, ${other.title}, was started at the same moment. Look at what it does first.`,
    );
  }
}

async function askToYield(context: VerbContext, connection: pg.PoolClient, holder: Holder): Promise<void> {
  await connection.query(`update operation set desired = 'yield' where id = $1`, [holder.id]);
  await connection.query('savepoint wake_holder');
  try {
    await context.engine.wake(connection, holder.id, context.requestId);
  } catch (error) {
    if (databaseTrouble(error)) throw error;
    // An engine that has lost the holder's run must not keep an emergency from starting: its environment is taken anyway.
    await connection.query('rollback to savepoint wake_holder');
  }
}

async function openReview(
  context: VerbContext,
  connection: pg.PoolClient,
  debt: { id: string; planned: PlannedOperation; reason: string; personId: string },
): Promise<{ id: string; dueAt: Date }> {
  const review = { id: randomUUID(), dueAt: reviewDueAt(context.now) };
  const { title, environment } = debt.planned.plan;
  await context.database.prisma.reviewDebt.create({
    data: {
      id: review.id,
      cause: 'emergency',
      environment,
      operationId: debt.id,
      title,
      owedBy: debt.personId,
      reason: debt.reason,
      openedAt: context.now,
      dueAt: review.dueAt,
    },
  });
  await enqueueNotification(connection, 'review.opened', {
    review: review.id,
    operation: debt.id,
    environment,
    title,
    reason: debt.reason,
    dueAt: review.dueAt.toISOString(),
  });
  return review;
}
