import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Grant } from '#lib/domain/access/access.ts';
import { pointOfNoReturn } from '#lib/domain/operation/plan.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import { databaseTrouble } from '../../data/database.ts';
import { MeridianError, RefusedError, UnavailableError } from '../../errors.ts';
import { APPROVER } from '../approvals/approvers.ts';
import type { VerbContext } from '../context.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { plannerOf } from '../operations/planners/registry.ts';
import { assertNothingOwed } from '../operations/request.ts';
import { submitOperation } from '../operations/submit.ts';
import { assertPermitted } from '../verb.ts';

export type DueDrillParts = Pick<VerbContext, 'database' | 'estate' | 'engine' | 'now'>;

const MOST_AT_ONCE = 20;
/** What keeps a drill from being requested may pass; after so long people are left to ask for it. */
const TRIED_HOURS = 24;
/** Refusals that no later look can change. */
const FOR_GOOD: ReadonlySet<string> = new Set(['scheduler-disabled', 'irreversible', 'already-requested']);
const CLOCK = { kind: 'system', id: 'clock' } as const;

/** What became of a drill that was due. */
export type DueDrill = 'requested' | 'refused' | 'waits';

/**
 * Requests every scheduled drill whose time has come, in the name of who scheduled it and by what they may do now: once for each
 * time that it is due, whichever worker looks. It waits for approval like any other request. Throws the first trouble that is no
 * refusal, once everything was looked at.
 */
export async function requestDueDrills(parts: DueDrillParts): Promise<Record<string, DueDrill>> {
  const { rows } = await parts.database.pool.query<{ id: string }>(
    `select id from drill_schedule
     where ended_at is null and next_due_at <= $1 and asked_for is distinct from next_due_at
     order by next_due_at, id limit $2`,
    [parts.now, MOST_AT_ONCE],
  );
  const found: Record<string, DueDrill> = {};
  const troubles: Error[] = [];
  for (const { id } of rows) {
    try {
      const due = await requestOne(parts, id);
      if (due) found[id] = due;
    } catch (error) {
      if (databaseTrouble(error)) throw error;
      const said = error instanceof Error ? error.message : String(error);
      troubles.push(new Error(`Scheduled drill ${id} was not looked at: ${said}`, { cause: error }));
    }
  }
  if (troubles[0]) throw troubles[0];
  return found;
}

async function requestOne(parts: DueDrillParts, id: string): Promise<DueDrill | undefined> {
  try {
    return await parts.database.inTransaction(async (connection) => {
      const drill = await lockDue(parts, connection, id);
      if (!drill) return undefined;
      await request(parts, connection, drill);
      return 'requested';
    });
  } catch (error) {
    if (!(error instanceof MeridianError)) throw error;
    if (error instanceof UnavailableError) return 'waits';
    return refused(parts, id, error);
  }
}

/** The drill, unless a peer works on it, or it was requested or taken off the calendar meanwhile. */
async function lockDue({ database, now }: DueDrillParts, connection: pg.PoolClient, id: string) {
  const { rowCount } = await connection.query(
    `select from drill_schedule
     where id = $1 and ended_at is null and next_due_at <= $2 and asked_for is distinct from next_due_at
     for no key update skip locked`,
    [id, now],
  );
  if (rowCount !== 1) return null;
  return database.prisma.drillSchedule.findUnique({
    where: { id },
    include: { creator: { select: APPROVER } },
  });
}

type Due = NonNullable<Awaited<ReturnType<typeof lockDue>>>;

async function request(parts: DueDrillParts, connection: pg.PoolClient, drill: Due): Promise<void> {
  const { creator, environment, level, region } = drill;
  if (creator.disabledAt !== null)
    throw new RefusedError(
      'scheduler-disabled',
      `The account of ${creator.name}, who scheduled it, has been disabled since. Schedule it anew.`,
    );
  const context = inNameOf(parts, creator);
  const params = { level, region };
  const asking = { ...context, asker: { personId: creator.id } };
  const planned = await plannerOf('drill').planNow(asking, environment, params);
  assertPermitted(context, 'operation.request', { environment, regions: planned.regions });
  const irreversible = pointOfNoReturn(planned.plan);
  if (irreversible)
    throw new RefusedError(
      'irreversible',
      `“${irreversible.title}” cannot be undone, so a person asks for this drill, who proves who they are.`,
    );
  await assertNothingOwed(context, 'drill');
  const submitted = await submitOperation(context, connection, {
    planned,
    request: params,
    reason: drill.reason,
    acknowledged: [],
    reverts: null,
    via: 'schedule',
  });
  await connection.query(
    `update drill_schedule set asked_for = next_due_at, operation_id = $2, refusal = null, told = '{}' where id = $1`,
    [drill.id, submitted.id],
  );
  for (const topic of ['operation', 'approval'] as const)
    await announceChange(connection, topic, submitted.id);
  await announceChange(connection, 'recovery', `drill/${drill.id}`);
  await appendAudit(connection, {
    ...entryOf(drill),
    verb: 'operation.request',
    outcome: 'done',
    subject: `operation/${submitted.id}`,
    operation: submitted.id,
    detail: {
      title: planned.plan.title,
      digest: submitted.digest,
      needed: submitted.needed,
      scheduledBy: creator.id,
      drill: drill.id,
    },
  });
}

/** Who scheduled it, with the grants of now, and no proof that they are there. */
function inNameOf(parts: DueDrillParts, { id, name, grants }: Due['creator']): VerbContext {
  return {
    actor: { audit: CLOCK, personId: id, name, grants: grants as Grant[] },
    database: parts.database,
    estate: parts.estate,
    engine: parts.engine,
    now: parts.now,
    requestId: randomUUID(),
    via: 'api',
  };
}

/** People and the log are told of each rule once; what may pass is tried again with the next look, for a day. */
async function refused(
  parts: DueDrillParts,
  id: string,
  error: MeridianError,
): Promise<DueDrill | undefined> {
  const rule = error instanceof RefusedError ? error.rule : error.code;
  return parts.database.inTransaction(async (connection) => {
    const drill = await lockDue(parts, connection, id);
    if (!drill) return undefined;
    const again = mayPass(error, rule) && isYoung(parts.now, drill.nextDueAt);
    const isTold = drill.told.includes(rule);
    await connection.query(
      `update drill_schedule set refusal = $2, operation_id = null,
         told = case when not $4 then '{}' when $3 = any (told) then told else array_append(told, $3) end,
         asked_for = case when $4 then asked_for else next_due_at end
       where id = $1`,
      [id, error.message.slice(0, 500), rule, again],
    );
    if (!isTold || !again) await tellRefusal(connection, drill, { rule, again, reason: error.message });
    return again ? 'waits' : 'refused';
  });
}

/** A grant that was withdrawn, or a Region that is gone, is not waited for. */
function mayPass(error: MeridianError, rule: string): boolean {
  return error.code === 'conflict' || (error instanceof RefusedError && !FOR_GOOD.has(rule));
}

function isYoung(now: Date, dueAt: Date): boolean {
  return now.getTime() - dueAt.getTime() < TRIED_HOURS * 3_600_000;
}

async function tellRefusal(
  connection: pg.PoolClient,
  drill: Due,
  { rule, again, reason }: { rule: string; again: boolean; reason: string },
): Promise<void> {
  const { id, environment, level, region } = drill;
  await enqueueNotification(connection, 'drill.refused', {
    drill: id,
    environment,
    level,
    region,
    rule,
    reason,
    again,
  });
  await announceChange(connection, 'recovery', `drill/${id}`);
  await appendAudit(connection, {
    ...entryOf(drill),
    verb: 'operation.request',
    outcome: 'refused',
    subject: `drill/${level}/${region}`,
    rule,
    message: reason.slice(0, 500),
    detail: { scheduledBy: drill.creator.id, drill: id, again },
  });
}

function entryOf({ environment, region }: Due) {
  return { actor: CLOCK, via: 'system' as const, environment, region };
}
