import type pg from 'pg';
import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';
import { ACTIVE_STATES, type OperationState } from '#lib/domain/operation/state.ts';
import { regionLeft } from '#lib/domain/recovery/leaving.ts';
import type { Evidence, StepOutcome } from '../operations/action.ts';
import type { CallRecord } from '../ports/aws.ts';

/** Every statement of the interpreter, one a function. The transactions they belong to are in the other files. */
export type Connection = Pick<pg.ClientBase, 'query'>;

/**
 * `yield`: an emergency takes the environment; the run ends at its next gate, or loses its epoch. `close`: a person ends it
 * there, with what is open on record.
 */
export type Desired = 'run' | 'pause' | 'abort' | 'revert' | 'leave' | 'yield' | 'close';

export type StepState =
  | 'waiting'
  | 'running'
  | 'done'
  | 'skipped'
  | 'omitted'
  | 'holding'
  | 'failed'
  | 'unknown'
  | 'reverted'
  | 'not-run';

/** What the timeline of an operation is made of. */
export type EventKind =
  | 'started'
  | 'finished'
  | 'failed'
  | 'begun'
  | 'held'
  | 'paused'
  | 'resumed'
  | 'stopping'
  | 'leaving'
  | 'omitting'
  | 'omitted'
  | 'closing'
  | 'skipping'
  | 'promoting'
  | 'preempted'
  | 'handed-over'
  | 'engine-error'
  | 'ended';

/** The parts of an operation that never change while it runs. */
export interface PlannedRun {
  id: string;
  environment: string;
  kind: string;
  title: string;
  reverts: string | null;
  requestedBy: string;
  /** Started at once by an operator on call. */
  emergency: boolean;
  /** The Region that a failover or an evacuation leaves. */
  leaves: string | null;
  plan: Plan;
}

export async function readRun(connection: Connection, operationId: string): Promise<PlannedRun | undefined> {
  const { rows } = await connection.query<Omit<PlannedRun, 'leaves'> & { params: unknown }>(
    `select id, environment, kind, title, reverts, requested_by as "requestedBy", emergency, params, plan
       from operation where id = $1`,
    [operationId],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { params, ...planned } = row;
  return { ...planned, leaves: regionLeft(row.kind, params) };
}

/** What may change under the interpreter: read by every transaction, with the row locked. */
export interface LockedOperation {
  state: OperationState;
  desired: Desired;
  epoch: number;
  outcome: string | null;
  createdAt: Date;
  /** Database time. */
  now: Date;
}

/**
 * Locks the operation's row: every transaction of a run takes it first, so that a worker declared dead by a peer either
 * has committed before the peer continues, or finds here that it may not.
 */
export async function lockOperation(
  connection: Connection,
  operationId: string,
): Promise<LockedOperation | undefined> {
  const { rows } = await connection.query<Omit<LockedOperation, 'epoch'> & { epoch: string }>({
    name: 'engine-lock-operation',
    text: `select state, desired, epoch, outcome, created_at as "createdAt", clock_timestamp() as now
             from operation where id = $1 for no key update`,
    values: [operationId],
  });
  const row = rows[0];
  return row && { ...row, epoch: Number(row.epoch) };
}

/** Read after the operation's lock is held, in a statement of its own: it must see what committed meanwhile. */
export async function isWorkerUp(connection: Connection, executorId: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'engine-worker-up',
    text: `select 1 from worker where executor_id = $1 and state = 'up'`,
    values: [executorId],
  });
  return rowCount === 1;
}

/** What a running action watches for. */
export async function readWishes(
  connection: Connection,
  operationId: string,
): Promise<{ desired: Desired; epoch: number } | undefined> {
  const { rows } = await connection.query<{ desired: Desired; epoch: string }>({
    name: 'engine-read-wishes',
    text: 'select desired, epoch from operation where id = $1',
    values: [operationId],
  });
  const row = rows[0];
  return row && { desired: row.desired, epoch: Number(row.epoch) };
}

export async function setState(
  connection: Connection,
  operationId: string,
  next: { state: OperationState; outcome: string | null },
): Promise<void> {
  await connection.query({
    name: 'engine-set-state',
    text: `update operation set state = $2, outcome = $3,
             started_at = case when state in ('queued', 'preempting') then clock_timestamp() else started_at end
            where id = $1`,
    values: [operationId, next.state, next.outcome],
  });
}

export async function setEnded(
  connection: Connection,
  operationId: string,
  end: { state: OperationState; outcome: string },
): Promise<void> {
  await connection.query(
    'update operation set state = $2, outcome = $3, ended_at = clock_timestamp() where id = $1',
    [operationId, end.state, end.outcome],
  );
}

/** Adds steps that have no row yet, after those that have. */
export async function addSteps(
  connection: Connection,
  operationId: string,
  steps: readonly PlannedStep[],
): Promise<void> {
  await connection.query(
    `insert into operation_step (operation_id, position, key, title, action, region, irreversible)
     select $1, (select coalesce(max(position), -1) from operation_step where operation_id = $1) + added.nth,
            added.key, added.title, added.action, added.region, added.irreversible
       from rows from (jsonb_to_recordset($2::jsonb)
              as (key text, title text, action text, region text, irreversible boolean)) with ordinality
              as added (key, title, action, region, irreversible, nth)
      where not exists (select 1 from operation_step s where s.operation_id = $1 and s.key = added.key)`,
    [operationId, JSON.stringify(steps)],
  );
}

export interface StepRow {
  state: StepState;
  attempt: number;
}

export async function readStep(
  connection: Connection,
  operationId: string,
  key: string,
): Promise<StepRow | undefined> {
  const { rows } = await connection.query<StepRow>({
    name: 'engine-read-step',
    text: 'select state, attempt from operation_step where operation_id = $1 and key = $2',
    values: [operationId, key],
  });
  return rows[0];
}

/**
 * Starts one more attempt of a step; a held step stays held until it passes. `ageMs` is the time since its first start by
 * the database's clock alone, so that no wait is cut short by a worker whose clock is ahead.
 */
export async function beginAttempt(
  connection: Connection,
  operationId: string,
  key: string,
): Promise<{ attempt: number; ageMs: number }> {
  const { rows } = await connection.query<{ attempt: number; ageMs: number }>({
    name: 'engine-begin-attempt',
    text: `update operation_step
              set attempt = attempt + 1, started_at = coalesce(started_at, clock_timestamp()), ended_at = null,
                  state = case when state = 'holding' then state else 'running' end
            where operation_id = $1 and key = $2
        returning attempt, (extract(epoch from clock_timestamp() - started_at) * 1000)::float8 as "ageMs"`,
    values: [operationId, key],
  });
  const row = rows[0];
  if (!row) throw new Error(`Operation ${operationId} has no step ${key}.`);
  return row;
}

/**
 * Records what came of an attempt. `note` joins the evidence unless it only repeats the last entry; without an output the
 * one that was kept stands.
 */
export async function finishAttempt(
  connection: Connection,
  operationId: string,
  finish: {
    key: string;
    state: StepState;
    ended: boolean;
    note: Evidence;
    output: Record<string, unknown> | undefined;
  },
): Promise<void> {
  await connection.query({
    name: 'engine-finish-attempt',
    text: `update operation_step
              set state = $3, ended_at = case when $4 then clock_timestamp() end, output = coalesce($6::jsonb, output),
                  evidence = case when evidence -> -1 ->> 'text' = $5::jsonb ->> 'text' then evidence
                                  else evidence || $5::jsonb end
            where operation_id = $1 and key = $2`,
    values: [
      operationId,
      finish.key,
      finish.state,
      finish.ended,
      JSON.stringify(finish.note),
      finish.output === undefined ? null : JSON.stringify(finish.output),
    ],
  });
}

/** What steps hand to later ones, by key. */
export type Outputs = Readonly<Record<string, Record<string, unknown>>>;

/**
 * Outputs of the steps so far, from our own tables: a run whose engine history is lost has them all the same. A step that
 * an earlier version finished has its output in its last event.
 */
export async function readOutputs(connection: Connection, operationId: string): Promise<Outputs> {
  const { rows } = await connection.query<{ key: string; output: Record<string, unknown> }>({
    name: 'engine-read-outputs',
    text: `select key, output
             from (select s.key, s.position, coalesce(s.output, (select e.detail -> 'output' from operation_event e
                       where e.operation_id = s.operation_id and e.step_key = s.key and e.kind = 'finished'
                       order by e.attempt desc limit 1)) as output
                     from operation_step s where s.operation_id = $1 and s.attempt > 0) known
            where output is not null order by position`,
    values: [operationId],
  });
  return Object.fromEntries(rows.map(({ key, output }) => [key, output]));
}

/** Keeps a step's output while it runs; false when the attempt is no longer the step's latest. */
export async function keepOutput(
  connection: Connection,
  operationId: string,
  entry: { key: string; attempt: number; output: Record<string, unknown> },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'engine-keep-output',
    text: `update operation_step set output = $4::jsonb
            where operation_id = $1 and key = $2 and attempt = $3`,
    values: [operationId, entry.key, entry.attempt, JSON.stringify(entry.output)],
  });
  return rowCount === 1;
}

/** Adds to a step's evidence while it runs; false when the attempt is no longer the step's latest. */
export async function addEvidence(
  connection: Connection,
  operationId: string,
  entry: { key: string; attempt: number; evidence: Evidence },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'engine-add-evidence',
    text: `update operation_step set evidence = evidence || $4::jsonb
            where operation_id = $1 and key = $2 and attempt = $3`,
    values: [operationId, entry.key, entry.attempt, JSON.stringify(entry.evidence)],
  });
  return rowCount === 1;
}

/** Keeps the command that does the same by hand; a repeated attempt does not repeat it. */
export async function addCommand(
  connection: Connection,
  operationId: string,
  entry: { key: string; attempt: number; command: string },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'engine-add-command',
    text: `update operation_step set cli = case when $4::text = any (cli) then cli else array_append(cli, $4::text) end
            where operation_id = $1 and key = $2 and attempt = $3`,
    values: [operationId, entry.key, entry.attempt, entry.command],
  });
  return rowCount === 1;
}

/** Kept whoever asks, also from an attempt that was given up: the call was made. */
export async function addCall(
  connection: Connection,
  operationId: string,
  stepKey: string,
  call: CallRecord,
): Promise<void> {
  await connection.query({
    name: 'engine-add-call',
    text: `insert into operation_call (operation_id, step_key, at, service, action, region, host, status, request_id,
                                       duration_ms, mutating, summary)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    values: [
      operationId,
      stepKey,
      call.at,
      call.service,
      call.action,
      call.region,
      call.host,
      call.status,
      call.requestId,
      Math.round(call.durationMs),
      call.mutating,
      call.summary,
    ],
  });
}

export interface NewEvent {
  kind: EventKind;
  stepKey?: string;
  attempt?: number;
  executor: string;
  detail?: Record<string, unknown>;
}

/** Adds to the timeline; false when that start or end of an attempt is there already. */
export async function addEvent(
  connection: Connection,
  operationId: string,
  event: NewEvent,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'engine-add-event',
    text: `insert into operation_event (operation_id, step_key, attempt, kind, executor, detail)
           values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    values: [
      operationId,
      event.stepKey ?? null,
      event.attempt ?? 0,
      event.kind,
      event.executor,
      JSON.stringify(event.detail ?? {}),
    ],
  });
  return rowCount === 1;
}

/** The newest event of a kind, with its age in seconds by the database's clock. */
export async function readLastEvent<Detail>(
  connection: Connection,
  operationId: string,
  kind: EventKind,
): Promise<{ detail: Detail; ageSeconds: number; count: number } | undefined> {
  const { rows } = await connection.query<{ detail: Detail; ageSeconds: number; count: number }>(
    `select detail, extract(epoch from clock_timestamp() - at)::float8 as "ageSeconds",
            count(*) over ()::int as count
       from operation_event where operation_id = $1 and kind = $2 order by id desc limit 1`,
    [operationId, kind],
  );
  return rows[0];
}

/** Whether any step of it was ever started. */
export async function hasBegun(connection: Connection, operationId: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'engine-has-begun',
    text: 'select 1 from operation_step where operation_id = $1 and attempt > 0 limit 1',
    values: [operationId],
  });
  return rowCount === 1;
}

/** Another operation that holds the environment. */
export interface Holder {
  id: string;
  state: OperationState;
  desired: Desired;
  epoch: number;
}

/** Locks it too: it can neither end nor begin a step until this transaction has decided. */
export async function lockHolder(
  connection: Connection,
  environment: string,
  besides: string,
): Promise<Holder | undefined> {
  const { rows } = await connection.query<Omit<Holder, 'epoch'> & { epoch: string }>(
    `select id, state, desired, epoch from operation
      where environment = $1 and id <> $2 and state = any ($3) for no key update`,
    [environment, besides, ACTIVE_STATES],
  );
  const row = rows[0];
  return row && { ...row, epoch: Number(row.epoch) };
}

export async function askToYield(connection: Connection, operationId: string): Promise<void> {
  await connection.query(`update operation set desired = 'yield' where id = $1`, [operationId]);
}

/** From here on every transaction of that run finds that it has lost the environment. */
export async function raiseEpoch(connection: Connection, operationId: string): Promise<void> {
  await connection.query('update operation set epoch = epoch + 1 where id = $1', [operationId]);
}

/**
 * Whether something was begun, besides that step, that cannot be put back: an irreversible step was started and has not
 * ended on a plain refusal, which changes nothing, nor rests before it has asked (`pastReturnOf` in lib/domain/operation).
 */
export async function isPastReturn(
  connection: Connection,
  operationId: string,
  besides: string,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'engine-past-return',
    text: `select 1 from operation_step
            where operation_id = $1 and irreversible and attempt > 0 and state <> 'failed' and key <> $2
              and not (state = 'holding' and output ->> 'beforeReturn' is not distinct from 'true')
            limit 1`,
    values: [operationId, besides],
  });
  return rowCount === 1;
}

/** Back to running, unless a step holds still, maybe a neighbour of the group: then that has to pass first. Whether it runs. */
export async function resumeUnlessHeld(
  connection: Connection,
  { id, state }: { id: string; state: OperationState },
): Promise<boolean> {
  if (state === 'holding' && (await hasHoldingStep(connection, id))) return false;
  await setState(connection, id, { state: 'running', outcome: null });
  return true;
}

/** Whether a step of the run holds: those before it have passed, those after it have not begun. */
async function hasHoldingStep(connection: Connection, operationId: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'engine-has-holding',
    text: `select 1 from operation_step where operation_id = $1 and state = 'holding' limit 1`,
    values: [operationId],
  });
  return rowCount === 1;
}

/** What the last attempt of a step came to, as its event recorded it. */
export async function readLastOutcome(
  connection: Connection,
  operationId: string,
  key: string,
): Promise<StepOutcome | undefined> {
  const { rows } = await connection.query<{ detail: StepOutcome }>(
    `select detail from operation_event
      where operation_id = $1 and step_key = $2 and kind in ('finished', 'failed')
      order by attempt desc limit 1`,
    [operationId, key],
  );
  return rows[0]?.detail;
}

/**
 * How far a run has gone: whether any step was started, and whether anything may have been changed. An attempt without
 * an end (a crash, a time-out) may have changed something, whatever its calls say.
 */
export async function readProgress(
  connection: Connection,
  operationId: string,
): Promise<{ started: boolean; mayHaveChanged: boolean }> {
  const { rows } = await connection.query<{ started: boolean; mayHaveChanged: boolean }>(
    `select exists (select 1 from operation_step where operation_id = $1 and attempt > 0) as started,
            exists (select 1 from operation_call where operation_id = $1 and mutating)
            or exists (select 1 from operation_step where operation_id = $1 and state = 'unknown')
            or exists (select 1 from operation_event begun
                        where begun.operation_id = $1 and begun.kind = 'started'
                          and not exists (select 1 from operation_event finished
                                           where finished.operation_id = $1 and finished.step_key = begun.step_key
                                             and finished.attempt = begun.attempt
                                             and finished.kind in ('finished', 'failed'))) as "mayHaveChanged"`,
    [operationId],
  );
  return rows[0] ?? { started: false, mayHaveChanged: false };
}

/**
 * Steps that were under way when the run stopped: what came of them has to be observed. One that rests before it has asked
 * for what cannot be put back has changed nothing, like one that was refused.
 */
export async function leaveUnfinishedUnknown(connection: Connection, operationId: string): Promise<void> {
  await connection.query(
    `update operation_step
        set state = case when state = 'holding' and irreversible and output ->> 'beforeReturn' = 'true' then 'failed'
                         else 'unknown' end,
            ended_at = clock_timestamp()
      where operation_id = $1 and state in ('running', 'holding')`,
    [operationId],
  );
}

export async function markWaitingNotRun(connection: Connection, operationId: string): Promise<void> {
  await connection.query(
    `update operation_step set state = 'not-run' where operation_id = $1 and state = 'waiting'`,
    [operationId],
  );
}

/** After a compensation that passed: the planned steps that changed something, or may have, are put back. */
export async function markReverted(
  connection: Connection,
  operationId: string,
  plannedKeys: readonly string[],
): Promise<void> {
  await connection.query(
    `update operation_step s set state = 'reverted'
      where operation_id = $1 and key = any ($2)
        and (state = 'unknown'
             or (state = 'done' and exists (select 1 from operation_call c
                                             where c.operation_id = $1 and c.step_key = s.key and c.mutating)))`,
    [operationId, plannedKeys],
  );
}

/** What a person decided about a run, by name for people and by id for the log. */
export interface Decision {
  personId: string;
  person: string;
  reason: string;
}

/** Who decided so last, and why; the verb writes it with the wish. Of one step, where the decision is about one. */
export async function findDecision(
  connection: Connection,
  operationId: string,
  about: { kind: 'leaving' | 'omitting' | 'closing' | 'skipping' | 'promoting'; stepKey?: string },
): Promise<Decision | undefined> {
  const { rows } = await connection.query<Decision>(
    `select e.detail ->> 'personId' as "personId", p.name as person,
            e.detail ->> 'reason' as reason
       from operation_event e join person p on p.id = (e.detail ->> 'personId')::uuid
      where e.operation_id = $1 and e.kind = $2 and e.step_key is not distinct from $3 order by e.id desc limit 1`,
    [operationId, about.kind, about.stepKey ?? null],
  );
  return rows[0];
}

/** As `findDecision`, of a wish that the run obeys: somebody is on record for it. */
export async function readDecision(
  connection: Connection,
  operationId: string,
  kind: 'leaving' | 'closing',
): Promise<Decision> {
  const decision = await findDecision(connection, operationId, { kind });
  if (!decision) throw new Error(`Nobody is on record for ${kind} ${operationId}.`);
  return decision;
}

/** Leaves a step undone for good; later steps find that in its output, beside what it had kept. */
export async function markOmitted(
  connection: Connection,
  operationId: string,
  { key, note }: { key: string; note: Evidence },
): Promise<void> {
  await connection.query(
    `update operation_step
        set state = 'omitted', ended_at = clock_timestamp(), evidence = evidence || $3::jsonb,
            output = coalesce(output, '{}'::jsonb) || '{"omitted": true}'::jsonb
      where operation_id = $1 and key = $2`,
    [operationId, key, JSON.stringify(note)],
  );
}

/** Steps of these as they stand, in the order of the run. */
export async function listSteps(
  connection: Connection,
  operationId: string,
  keys: readonly string[],
): Promise<{ key: string; title: string; region: string | null; state: StepState }[]> {
  const { rows } = await connection.query<{
    key: string;
    title: string;
    region: string | null;
    state: StepState;
  }>(
    `select key, title, region, state from operation_step
      where operation_id = $1 and key = any ($2) order by position`,
    [operationId, keys],
  );
  return rows;
}

/** Of these steps, those that are in one of these states, by title, in the order of the run. */
export async function listTitles(
  connection: Connection,
  operationId: string,
  steps: { keys: readonly string[]; state: StepState },
): Promise<string[]> {
  const { rows } = await connection.query<{ title: string }>(
    `select title from operation_step
      where operation_id = $1 and key = any ($2) and state = $3 order by position`,
    [operationId, steps.keys, steps.state],
  );
  return rows.map(({ title }) => title);
}

/** What steps of the plan say that they left undone, and passed all the same, in the order of the run. */
export async function listLeftUndone(
  connection: Connection,
  operationId: string,
  { steps, compensation }: Plan,
): Promise<string[]> {
  const { rows } = await connection.query<{ words: string }>(
    `select output ->> 'leftUndone' as words from operation_step
      where operation_id = $1 and key = any ($2) and output ? 'leftUndone' order by position`,
    [operationId, [...steps, ...compensation].map(({ key }) => key)],
  );
  return rows.map(({ words }) => words);
}

/** How many of these steps have passed. */
export async function countPassed(
  connection: Connection,
  operationId: string,
  keys: readonly string[],
): Promise<number> {
  const { rows } = await connection.query<{ passed: number }>(
    `select count(*)::int as passed from operation_step
      where operation_id = $1 and key = any ($2) and state in ('done', 'skipped', 'reverted')`,
    [operationId, keys],
  );
  return rows[0]?.passed ?? 0;
}
