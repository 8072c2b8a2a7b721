import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import { type Database, databaseTrouble } from '../../data/database.ts';
import { MeridianError, RefusedError, UnavailableError } from '../../errors.ts';
import type { EngineClient } from '../../ports/engine.ts';
import { APPROVER } from '../approvals/approvers.ts';
import { JUDGED_DECISIONS, judgeRequest, readApprovalFrame } from '../approvals/judge.ts';
import type { VerbContext } from '../context.ts';
import { goThrough } from '../freezes/go-through.ts';
import { assertPlanUnchanged, keepVoided, PlanChangedError } from './decide.ts';
import { changedRegions } from './regions.ts';
import { assertRequesterStands } from './requester.ts';
import { startOperation } from './start.ts';

export interface ScheduleParts {
  database: Database;
  estate: Estate;
  engine: EngineClient;
  log: (message: string, fields?: Record<string, unknown>) => void;
  everyMs?: number;
}

/** How late an operation may start, at most; workers look by turns. */
const EVERY_MS = 1_000;
const MOST_AT_ONCE = 20;

/** What became of an operation that was due. */
export type Due = 'started' | 'voided' | 'expired' | 'waits';

/** Starts approved operations when their time has come. Every worker looks; a row that one has locked is left to it. */
export function startSchedule(parts: ScheduleParts): { stop(): Promise<void> } {
  let busy: Promise<void> | undefined;
  const look = async () => {
    try {
      await startDueOperations({ ...parts, now: new Date() });
    } catch (error) {
      parts.log('scheduled operations were not looked at', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };
  const timer = setInterval(() => {
    busy ??= look().finally(() => {
      busy = undefined;
    });
  }, parts.everyMs ?? EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await busy;
    },
  };
}

/**
 * One look: what is due is checked as an approval checks it, and started, voided, or left for the next look. Throws the first
 * trouble that is no refusal, once everything was looked at.
 */
export async function startDueOperations(
  parts: Pick<ScheduleParts, 'database' | 'estate' | 'engine'> & { now: Date },
): Promise<Record<string, Due>> {
  const { rows } = await parts.database.pool.query<{ id: string }>(
    `select id from operation where state = 'scheduled' and start_at <= $1 order by start_at, id limit $2`,
    [parts.now, MOST_AT_ONCE],
  );
  const found: Record<string, Due> = {};
  const troubles: Error[] = [];
  for (const { id } of rows) {
    try {
      const due = await startOne(systemContext(parts), id);
      if (due) found[id] = due;
    } catch (error) {
      if (databaseTrouble(error)) throw error;
      // One that cannot be judged waits until its approval is over; it must not keep the next from starting.
      const said = error instanceof Error ? error.message : String(error);
      troubles.push(new Error(`${id} was not looked at: ${said}`, { cause: error }));
    }
  }
  if (troubles[0]) throw troubles[0];
  return found;
}

function systemContext(
  parts: Pick<ScheduleParts, 'database' | 'estate' | 'engine'> & { now: Date },
): VerbContext {
  const { database, estate, engine, now } = parts;
  return {
    actor: { audit: CLOCK, personId: null, name: 'clock', grants: [] },
    database,
    estate,
    engine,
    now,
    requestId: randomUUID(),
    via: 'api',
  };
}

const CLOCK = { kind: 'system', id: 'clock' } as const;

async function startOne(context: VerbContext, id: string): Promise<Due | undefined> {
  try {
    return await context.database.inTransaction(async (connection) => {
      const operation = await lockDue(context, connection, id);
      if (!operation) return undefined;
      if (operation.expiresAt <= context.now) {
        await end(
          context,
          connection,
          operation,
          `It could not start in time, and its approval is over. ${operation.outcome ?? ''}`.trim(),
        );
        return 'expired';
      }
      await start(context, connection, operation);
      return 'started';
    });
  } catch (error) {
    if (!(error instanceof MeridianError)) throw error;
    return refused(context, id, error);
  }
}

/** The operation, unless a peer works on it or it has moved on. */
async function lockDue(context: VerbContext, connection: pg.PoolClient, id: string) {
  const { rowCount } = await connection.query(
    `select from operation where id = $1 and state = 'scheduled' for no key update skip locked`,
    [id],
  );
  if (rowCount !== 1) return null;
  return context.database.prisma.operation.findUnique({
    where: { id },
    include: { requester: { select: APPROVER }, decisions: JUDGED_DECISIONS },
  });
}

type DueOperation = NonNullable<Awaited<ReturnType<typeof lockDue>>>;

async function start(
  context: VerbContext,
  connection: pg.PoolClient,
  operation: DueOperation,
): Promise<void> {
  const judgement = judgeRequest(context, await readApprovalFrame(context), operation);
  if (!judgement.progress.met) {
    const open = judgement.progress.requirements.filter(({ met }) => !met).map(({ words }) => words);
    throw new RefusedError(
      'approval-void',
      `${operation.id} was not started: an approval counts no more, for who gave it may not approve any longer. Open: ${open.join(', ')}. Ask for it again.`,
    );
  }
  assertRequesterStands(operation, changedRegions(context, operation));
  const checks = await assertPlanUnchanged(context, operation);
  await goThrough(context, connection, {
    operation: operation.id,
    checks,
    attempted: `${operation.id} was not started`,
  });
  await startOperation(context, connection, operation);
  await record(context, connection, operation, { outcome: 'done' });
}

/** Refusals that no later look can change: who agreed and what was agreed to are gone. */
const FOR_GOOD: ReadonlySet<string> = new Set(['approval-void', 'requester-disabled', 'requester-grant']);

/** Voided for good, or left for the next look with the reason on record: a held environment and a freeze pass. */
async function refused(context: VerbContext, id: string, error: MeridianError): Promise<Due | undefined> {
  if (error instanceof UnavailableError) return 'waits';
  const forGood =
    error instanceof PlanChangedError || (error instanceof RefusedError && FOR_GOOD.has(error.rule));
  return context.database.inTransaction(async (connection) => {
    const operation = await lockDue(context, connection, id);
    if (!operation) return undefined;
    if (forGood) {
      if (error instanceof PlanChangedError) await keepVoided(connection, context.now, error);
      await end(context, connection, operation, error.message);
      return 'voided';
    }
    if (operation.outcome === error.message) return 'waits';
    await connection.query('update operation set outcome = $2 where id = $1', [id, error.message]);
    await record(context, connection, operation, { outcome: 'refused', message: error.message });
    return 'waits';
  });
}

async function end(
  context: VerbContext,
  connection: pg.PoolClient,
  operation: DueOperation,
  outcome: string,
): Promise<void> {
  await connection.query(
    `update operation set state = 'expired', ended_at = $2, outcome = $3 where id = $1`,
    [operation.id, context.now, outcome],
  );
  await record(context, connection, operation, { outcome: 'refused', message: outcome });
}

async function record(
  context: VerbContext,
  connection: pg.PoolClient,
  { id, environment }: DueOperation,
  what: { outcome: 'done' | 'refused'; message?: string },
): Promise<void> {
  await announceChange(connection, 'operation', id);
  await announceChange(connection, 'approval', id);
  await appendAudit(connection, {
    verb: 'operation.start',
    actor: CLOCK,
    outcome: what.outcome,
    ...(what.message ? { rule: 'schedule', message: what.message.slice(0, 500) } : {}),
    subject: `operation/${id}`,
    operation: id,
    environment,
    via: 'system',
    requestId: context.requestId,
  });
}
