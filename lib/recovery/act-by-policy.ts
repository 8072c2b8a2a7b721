import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Environment } from '#lib/domain/estate/estate.ts';
import { mayActByItself, type RecoveryPolicy, STANDS_DOWN } from '#lib/domain/recovery/automatic.ts';
import type { Detection, RegionDetection } from '#lib/domain/recovery/detection.ts';
import { lossOf } from '#lib/domain/recovery/loss.ts';
import { RECOVERY_PARAMS } from '#lib/domain/recovery/params.ts';
import { awaitsRebuild } from '#lib/domain/recovery/returned.ts';
import { writerOf } from '#lib/domain/recovery/topology.ts';
import { sentence } from '#lib/domain/recovery/words.ts';
import { announceChange, appendAudit } from '../data/audit.ts';
import { ConflictError, RefusedError } from '../errors.ts';
import { enqueueNotification } from '../services/notifications/enqueue.ts';
import { type StartedByPolicy, startEvacuationByPolicy } from '../services/operations/by-policy.ts';
import { POLICY_PERSON_ID } from '../services/people/policy-person.ts';
import { readRecoveryPolicy } from '../services/recovery/policy.ts';
import { detectionOf, readDetection, readSituation, type Situation } from '../services/recovery/situation.ts';
import type { RecoveryParts } from './parts.ts';

/** Kinds of operations that people take an incident in hand by. */
const RECOVERIES = Object.keys(RECOVERY_PARAMS).filter((kind) => kind !== 'drill');
/** Kinds by which they do where these touch the Region. */
const SHIFTS = ['traffic-shift', 'traffic-revert', 'recovery-revert'];
const NOT_BEGUN = ['awaiting-approval', 'rejected', 'changes-asked', 'expired', 'withdrawn'];

/** A policy acts as the system itself, whichever worker is elected. */
const ACTOR = { actor: { kind: 'system' as const, id: 'policy' }, via: 'system' as const };

/**
 * Does what the environment's policy says about a Region that is seen failing: tells what would be done, or sends its readers
 * elsewhere, once an incident. Never promotes, never leaves two Regions, and says once what keeps it from acting; it acts as
 * soon as that is gone, while the Region still fails and nobody took it in hand. Writes nothing under a lease that another
 * worker has taken over.
 */
export async function actByPolicy(
  parts: RecoveryParts,
  environment: Environment,
  epoch: string,
): Promise<void> {
  const source = { database: parts.database, estate: parts.estate, now: parts.now() };
  const watch: Watch = { parts, environment: environment.name, epoch };
  const detection = await readDetection(source, environment);
  await endIncidents(watch, detection);
  const policy = await readRecoveryPolicy(parts.database, environment.name);
  if (policy.onFailing !== 'evacuate-reads') return takeBack(watch);
  const failing = (detection?.regions ?? []).filter(({ state }) => state === 'failing');
  if (failing.length === 0) return;
  const situation = await readSituation(source, environment.name);
  // One that was fenced and came back is kept out already: what mends it is a rebuild.
  const lost = failing.filter(({ region }) => !awaitsRebuild(situation.outlook, region));
  for (const region of lost) await consider(watch, { region, lost, situation });
}

interface Watch {
  parts: RecoveryParts;
  environment: string;
  epoch: string;
}

interface Considered {
  region: RegionDetection;
  lost: readonly RegionDetection[];
  situation: Situation;
}

/** One transaction of the elected worker; undefined where another one has the lease. */
async function underLease<Result>(
  { parts, epoch }: Watch,
  work: (connection: pg.PoolClient) => Promise<Result>,
): Promise<Result | undefined> {
  return parts.database.inTransaction(async (connection) => {
    const { rowCount } = await connection.query(
      `select 1 from lease where name = 'collector' and epoch = $1 for share`,
      [epoch],
    );
    return rowCount === 1 ? work(connection) : undefined;
  });
}

/** A Region that is seen serving again ends its incident: the next time it fails is another one. */
async function endIncidents(watch: Watch, detection: Detection | null): Promise<void> {
  const serving = (detection?.regions ?? [])
    .filter(({ state }) => state === 'serving')
    .map(({ region }) => region);
  if (serving.length === 0) return;
  const open = await watch.parts.database.prisma.policyAct.count({
    where: { environment: watch.environment, region: { in: serving }, endedAt: null },
  });
  if (open === 0) return;
  await underLease(watch, async (connection) => {
    await connection.query(
      `update policy_act set ended_at = $3,
         state = case when state = 'waiting' then 'stood-down' else state end,
         acted_at = coalesce(acted_at, $3),
         rule = case when state = 'waiting' then 'serves-again' else rule end,
         reason = case when state = 'waiting' then region || ' serves again; nothing had been done.' else reason end
       where environment = $1 and region = any ($2) and ended_at is null`,
      [watch.environment, serving, watch.parts.now()],
    );
    await announceChange(connection, 'recovery', `policy/${watch.environment}`);
  });
}

/** The policy only recommends now: what waited to act does not any more. */
async function takeBack(watch: Watch): Promise<void> {
  const waiting = await watch.parts.database.prisma.policyAct.findMany({
    where: { environment: watch.environment, state: 'waiting', endedAt: null },
    select: { id: true, region: true },
  });
  for (const { id, region } of waiting) {
    await underLease(watch, (connection) =>
      standDown(watch, connection, {
        id,
        region,
        rule: 'recommend',
        reason: `The policy of ${watch.environment} only recommends now.`,
      }),
    );
  }
}

async function consider(watch: Watch, considered: Considered): Promise<void> {
  const { region } = considered;
  const act = await openIncident(watch, region);
  if (act?.state === 'stood-down' && act.rule === 'recommend') await takeUpAgain(watch, act.id);
  else if (act?.state !== 'waiting') return;
  const { situation } = considered;
  const verdict = mayActByItself({
    region: region.region,
    failing: considered.lost.map((other) => other.region),
    left: await listLeft(watch, situation),
    unfit: unfitReceivers(situation, region.region),
    hasWriter: isWriterKnown(situation, region.region),
    person: await findPersonsAct(watch.parts.database.pool, watch.environment, region),
    holder: situation.outlook.facts.holder,
  });
  const said = { id: act.id, region: region.region };
  if (!verdict.allowed) {
    const refusal = { ...said, rule: verdict.code, reason: verdict.reason };
    await underLease(watch, (connection) =>
      verdict.code === STANDS_DOWN
        ? standDown(watch, connection, refusal)
        : sayOnce(watch, connection, refusal),
    );
    return;
  }
  try {
    await underLease(watch, (connection) => leave(watch, connection, { id: act.id, region }));
  } catch (error) {
    // A rule said no, or somebody was first: the transaction is undone, and what stopped it is told on its own.
    const rule =
      error instanceof RefusedError ? error.rule : error instanceof ConflictError ? error.code : undefined;
    if (!(error instanceof Error) || rule === undefined) throw error;
    await underLease(watch, (connection) =>
      sayOnce(watch, connection, { ...said, rule, reason: error.message }),
    );
  }
}

/** The incident of this Region, opened with what is seen now where there is none. */
async function openIncident(
  watch: Watch,
  region: RegionDetection,
): Promise<{ id: string; state: string; rule: string | null } | undefined> {
  const find = () =>
    watch.parts.database.prisma.policyAct.findFirst({
      where: { environment: watch.environment, region: region.region, endedAt: null },
      select: { id: true, state: true, rule: true },
    });
  const known = await find();
  if (known) return known;
  await underLease(watch, async (connection) => {
    await connection.query(
      `insert into policy_act (id, environment, region, failing_since, opened_at, evidence)
       values ($1, $2, $3, $4, $5, $6) on conflict (environment, region) where ended_at is null do nothing`,
      [
        randomUUID(),
        watch.environment,
        region.region,
        region.since,
        watch.parts.now(),
        JSON.stringify(evidenceOf(region)),
      ],
    );
  });
  return (await find()) ?? undefined;
}

/** What the verdict rests on: who sees the Region, since when, and what exactly. */
function evidenceOf({ state, since, reason, vantages }: RegionDetection) {
  return {
    state,
    since,
    reason,
    vantages: vantages
      .filter(({ decisive }) => decisive)
      .map(({ name, sees, at, detail, since: from }) => ({ name, sees, since: from, at, detail })),
  };
}

/** Regions that are switched off, and those that the policy has left and that were not seen serving since. */
async function listLeft({ parts, environment }: Watch, { topology }: Situation): Promise<string[]> {
  const rows = await parts.database.prisma.policyAct.findMany({
    where: { environment, state: 'started', endedAt: null },
    select: { region: true },
  });
  const off = topology.regions.filter(({ switchedOff }) => switchedOff).map(({ code }) => code);
  return [...new Set([...off, ...rows.map(({ region }) => region)])];
}

/** Regions that would get its readers and are not seen serving, or that had none: people emptied those. */
function unfitReceivers({ detection, outlook }: Situation, region: string): string[] {
  const { sharesAfter, sharesBefore } = lossOf(outlook, [region]);
  return outlook.environment.regions.filter((code) => {
    if (code === region || (sharesAfter[code] ?? 0) === 0) return false;
    return (sharesBefore[code] ?? 0) === 0 || detectionOf(detection, code)?.state !== 'serving';
  });
}

/** Of a writer that is lost it is known who it was: the plan refuses to leave that one. */
function isWriterKnown({ outlook, topology }: Situation, region: string): boolean {
  if (topology.writer !== null) return true;
  const seen = writerOf(outlook);
  return seen.kind === 'unknown' && seen.last === region;
}

/** What a person has begun about the Region since it fails: a recovery, or a shift of its users. */
async function findPersonsAct(
  connection: Pick<pg.PoolClient, 'query'>,
  environment: string,
  { region, since }: RegionDetection,
): Promise<{ id: string; title: string } | null> {
  const { rows } = await connection.query<{ id: string; title: string }>(
    `select id, title from operation
      where environment = $1 and requested_by <> $2 and state <> all ($3)
        and coalesce(started_at, created_at) >= $4
        and (kind = any ($5) or (kind = any ($6) and plan -> 'regions' ? $7))
      order by created_at limit 1`,
    [environment, POLICY_PERSON_ID, NOT_BEGUN, since, RECOVERIES, SHIFTS, region],
  );
  return rows[0] ?? null;
}

/** It stood down because the policy only recommended; now it acts again, and the Region fails still. */
async function takeUpAgain(watch: Watch, id: string): Promise<void> {
  await underLease(watch, async (connection) => {
    await connection.query(
      `update policy_act set state = 'waiting', rule = null, reason = null, acted_at = null
        where id = $1 and state = 'stood-down' and rule = 'recommend'`,
      [id],
    );
    await announceChange(connection, 'recovery', `policy/${watch.environment}`);
  });
}

interface Said {
  id: string;
  region: string;
  rule: string;
  reason: string;
}

/** Keeps what stands in the way for the page; people and the log are told of each rule once an incident. */
async function sayOnce(watch: Watch, connection: pg.PoolClient, said: Said): Promise<void> {
  const { id, rule, reason } = said;
  const { rows } = await connection.query<{ known: boolean }>(
    `update policy_act now set rule = $2, reason = $3,
       said = case when $2 = any (now.said) then now.said else array_append(now.said, $2) end
     from policy_act before
     where now.id = $1 and before.id = now.id and now.state = 'waiting'
     returning $2 = any (before.said) as known`,
    [id, rule, reason],
  );
  if (rows[0]?.known === false) await tellRefusal(watch, connection, said, 'waits');
}

async function standDown(watch: Watch, connection: pg.PoolClient, said: Said): Promise<void> {
  const { rowCount } = await connection.query(
    `update policy_act set state = 'stood-down', rule = $2, reason = $3, acted_at = $4, said = array_append(said, $2)
     where id = $1 and state = 'waiting'`,
    [said.id, said.rule, said.reason, watch.parts.now()],
  );
  if (rowCount === 1) await tellRefusal(watch, connection, said, 'stood-down');
}

async function tellRefusal(
  { environment }: Watch,
  connection: pg.PoolClient,
  { region, rule, reason }: Said,
  act: 'waits' | 'stood-down',
): Promise<void> {
  await enqueueNotification(connection, 'policy.acted', { environment, region, act, rule, reason });
  await announceChange(connection, 'recovery', `policy/${environment}`);
  await appendAudit(connection, {
    ...ACTOR,
    verb: 'policy.evacuate',
    outcome: 'refused',
    subject: `region/${region}`,
    environment,
    region,
    rule,
    message: sentence(reason).slice(0, 500),
    detail: { act },
  });
}

/** Starts the evacuation, once: of two looks at the same moment, the second finds the incident acted upon. */
async function leave(
  watch: Watch,
  connection: pg.PoolClient,
  { id, region: seen }: { id: string; region: RegionDetection },
): Promise<void> {
  const { parts, environment } = watch;
  const { rowCount } = await connection.query(
    `select 1 from policy_act where id = $1 and state = 'waiting' for update`,
    [id],
  );
  if (rowCount !== 1) return;
  // As they stand now: an admin may have taken the policy back, and a person may have begun, since the look.
  const accepts = await policyInForce(connection, environment);
  if (accepts === null || (await findPersonsAct(connection, environment, seen))) return;
  const reason = `${sentence(seen.reason)} The policy of ${environment} sends its readers elsewhere by itself; nobody was asked.`;
  const context = { database: parts.database, estate: parts.estate, engine: parts.engine, now: parts.now() };
  const started = await startEvacuationByPolicy(context, connection, {
    environment,
    region: seen.region,
    reason,
    accepts,
  });
  await connection.query(
    `update policy_act set state = 'started', operation_id = $2, acted_at = $3, rule = null, reason = null where id = $1`,
    [id, started.id, context.now],
  );
  await tellStart(watch, connection, { seen, started, reason });
}

/** What the policy accepts ahead, and nobody changes before this transaction ends; null where it does not act. */
async function policyInForce(
  connection: pg.PoolClient,
  environment: string,
): Promise<RecoveryPolicy['accepts'] | null> {
  const { rows } = await connection.query<Pick<RecoveryPolicy, 'onFailing' | 'accepts'>>(
    `select on_failing as "onFailing", accepts from recovery_policy where environment = $1 for share`,
    [environment],
  );
  const [policy] = rows;
  return policy?.onFailing === 'evacuate-reads' ? policy.accepts : null;
}

async function tellStart(
  { parts, environment }: Watch,
  connection: pg.PoolClient,
  { seen, started, reason }: { seen: RegionDetection; started: StartedByPolicy; reason: string },
): Promise<void> {
  const evidence = evidenceOf(seen);
  await enqueueNotification(connection, 'policy.acted', {
    environment,
    region: seen.region,
    act: 'started',
    operation: started.id,
    title: started.title,
    reason,
    evidence,
  });
  await announceChange(connection, 'operation', started.id);
  await announceChange(connection, 'recovery', `policy/${environment}`);
  await appendAudit(connection, {
    ...ACTOR,
    verb: 'policy.evacuate',
    outcome: 'done',
    subject: `operation/${started.id}`,
    operation: started.id,
    environment,
    region: seen.region,
    message: reason.slice(0, 500),
    detail: {
      digest: started.digest,
      acceptedAhead: started.acknowledged,
      evidence,
      executor: parts.executorId,
    },
  });
}
