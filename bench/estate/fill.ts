import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Database, openDatabase } from '#lib/data/database.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { REGION_METRICS } from '#lib/domain/observation/kinds.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { type PlannedShift, planShiftNow } from '#lib/services/operations/plan-shift.ts';
import { openSession } from '#lib/services/sessions/sign-in.ts';
import { observationsOf } from './observations.ts';
import type { BenchDatabase } from './server.ts';

export interface Amounts {
  operations: number;
  /** Deployments that have ended, beside them. */
  deployments: number;
  auditRows: number;
  /** Of samples, back from now: what the longest range read raw needs. */
  sampleHours: number;
}

export interface Filled {
  /** A session of somebody who may read everything, for the cookie. */
  sessionId: string;
  /** The operation that runs. */
  running: string;
}

/** Stands for "observed just now" as long as a bench runs without collectors. */
const AHEAD = `now() + interval '1 hour'`;

/** Fills a database as weeks of use would: people, observations, samples, operations, audit rows. */
export async function fillDatabase(target: {
  database: BenchDatabase;
  owner: pg.Client;
  estate: Estate;
  amounts: Amounts;
}): Promise<Filled> {
  const { owner, estate, amounts } = target;
  const people = await insertPeople(owner);
  await insertObservations(owner, estate);
  await insertSamples(owner, estate, amounts.sampleHours);
  const database = openDatabase({ url: target.database.applicationUrl, connections: 2, name: 'bench-fill' });
  try {
    const running = await insertOperations({ owner, database, estate, people, count: amounts.operations });
    await insertDeployments(owner, people, amounts.deployments);
    await insertAuditRows(owner, people, amounts.auditRows);
    await owner.query('vacuum analyze');
    const [reader = ''] = people;
    const origin = { address: '127.0.0.1', userAgent: 'bench', requestId: randomUUID() };
    const sessionId = await openSession({ database, now: new Date() }, origin, reader, 'password');
    return { sessionId, running };
  } finally {
    await database.close();
  }
}

async function insertPeople(owner: pg.Client): Promise<string[]> {
  const people = Array.from({ length: 20 }, () => randomUUID());
  for (const [i, id] of people.entries()) {
    await owner.query('insert into person (id, email, name) values ($1, $2, $3)', [
      id,
      `bench${i}@example.test`,
      `Person ${i}`,
    ]);
    for (const role of i === 0 ? ['viewer', 'operator', 'approver', 'auditor', 'admin'] : ['operator']) {
      await owner.query(
        `insert into role_grant (id, person_id, role, granted_by) values ($1, $2, $3, 'bench')`,
        [randomUUID(), id, role],
      );
    }
  }
  return people;
}

async function insertObservations(owner: pg.Client, estate: Estate): Promise<void> {
  for (const { region, kind, name, value } of observationsOf(estate)) {
    await owner.query(
      `insert into observation (region, kind, name, value, observed_at, attempted_at, epoch)
       values ($1, $2, $3, $4, ${AHEAD}, ${AHEAD}, 1)`,
      [region, kind, name, JSON.stringify(value)],
    );
  }
}

async function insertSamples(owner: pg.Client, estate: Estate, hours: number): Promise<void> {
  await owner.query(
    `insert into series (subject, metric, unit)
     select region, m.key, m.value from unnest($1::text[]) region, jsonb_each_text($2) m`,
    [estate.regions.map(({ code }) => code), JSON.stringify(REGION_METRICS)],
  );
  await owner.query(
    `insert into sample (series_id, at, value)
     select s.id, t.at, 0.5 + 0.1 * random()
     from series s, generate_series(now() - make_interval(hours => $1), now(), make_interval(secs => $2)) t (at)`,
    [hours, estate.metrics.periodSeconds],
  );
  for (const seconds of [60, 3_600]) {
    await owner.query(
      `insert into sample_rollup (series_id, bucket_seconds, at, minimum, maximum, average, count)
       select series_id, $1::int, date_bin(make_interval(secs => $1::int), at, 'epoch'), min(value), max(value), avg(value), count(*)
       from sample group by 1, 3`,
      [seconds],
    );
  }
}

interface Operations {
  owner: pg.Client;
  database: Database;
  estate: Estate;
  people: readonly string[];
  count: number;
}

/** One runs, up to five wait for approval, the rest have ended. */
async function insertOperations(world: Operations): Promise<string> {
  const shift = await planShiftNow(
    { database: world.database, estate: world.estate, now: new Date() },
    'production',
    {
      kind: 'traffic-shift',
      request: { mode: 'drain', region: 'us-east-1', points: 5, ramp: { kind: 'immediate' } },
    },
  );
  const running = await insertOperation(world, shift, 'running');
  for (let i = 1; i < world.count; i += 1)
    await insertOperation(world, shift, i <= 5 ? 'awaiting-approval' : 'done', i);
  return running;
}

async function insertOperation(
  { owner, people }: Operations,
  shift: PlannedShift,
  state: OperationState,
  age = 0,
): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(
    `insert into operation (kind, environment, title, state, params, plan, digest, reason, requested_by, requested_via,
                            needed, expires_at, created_at, started_at, ended_at, outcome)
     select 'traffic-shift', 'production', $1, $2, $3, $4, $5, 'measured by the bench', $6, 'console', 1,
       now() + interval '1 day', made, case when $2 <> 'awaiting-approval' then made end,
       case when $2 = 'done' then made + interval '5 minutes' end, case when $2 = 'done' then 'Done.' end
     from (select now() - make_interval(mins => $7) as made) m returning id`,
    [
      shift.plan.title,
      state,
      { request: {}, subject: JSON.parse(JSON.stringify(shift.subject)) },
      JSON.parse(JSON.stringify({ ...shift.plan, change: shift.change, checks: shift.checks })),
      shift.digest,
      people[1 + (age % (people.length - 1))],
      age * 10,
    ],
  );
  const id = rows[0]?.id ?? '';
  await owner.query(
    `insert into operation_step (operation_id, position, key, title, action, region, state, started_at)
     select $1, s.position - 1, s.step ->> 'key', s.step ->> 'title', s.step ->> 'action', s.step ->> 'region',
       case when $3 = 'done' then 'done' when $3 = 'running' and s.position = 1 then 'running' else 'waiting' end,
       case when $3 = 'running' and s.position = 1 then now() end
     from jsonb_array_elements($2::jsonb) with ordinality s (step, position)`,
    [id, JSON.stringify(shift.plan.steps), state],
  );
  return id;
}

/** Ended deployments of releases of their own, an hour apart, each with the steps that a list reads; one in ten went back. */
async function insertDeployments(owner: pg.Client, people: readonly string[], count: number): Promise<void> {
  const [, registrant] = people;
  await owner.query(
    `insert into release (version, digest, schema, schema_note, notes, author, registered_by, registered_at)
     select 'v1.' || n || '.0', 'sha256:' || encode(sha256(n::text::bytea), 'hex'), 'none', 'It stays as it is.', '', 'bench', $2,
       now() - make_interval(hours => $1 - n + 1)
     from generate_series(1, $1) n`,
    [count, registrant],
  );
  await owner.query(
    `with made as (
       insert into operation (kind, environment, title, state, params, plan, digest, reason, requested_by, requested_via,
                              needed, expires_at, created_at, started_at, ended_at, outcome)
       select 'deployment', 'production', 'Deploy v1.' || n || '.0 to us-east-1, eu-west-1, ap-southeast-1',
         case when n % 10 = 0 then 'reverted' else 'done' end,
         jsonb_build_object('request', jsonb_build_object('version', 'v1.' || n || '.0'), 'subject', '{}'::jsonb),
         jsonb_build_object('version', 1, 'kind', 'deployment', 'environment', 'production', 'title', 'Deploy v1.' || n || '.0',
           'regions', jsonb_build_array('us-east-1', 'eu-west-1', 'ap-southeast-1'), 'steps', '[]'::jsonb, 'compensation', '[]'::jsonb),
         encode(sha256(n::text::bytea), 'hex'), 'measured by the bench', $2, 'api', 1, at, at, at, at + interval '90 minutes', 'Ended.'
       from generate_series(1, $1) n, lateral (select now() - make_interval(hours => $1 - n + 1) as at) t
       returning id, ended_at
     )
     insert into operation_step (operation_id, position, key, title, action, region, state, attempt, started_at, ended_at)
     select id, ord - 1, 'switch-' || region, region || ' serves it', 'deploy.switch', region, 'done', 1, ended_at, ended_at
     from made, unnest(array['us-east-1', 'eu-west-1', 'ap-southeast-1']) with ordinality r (region, ord)`,
    [count, registrant],
  );
}

const SECONDARY_INDEXES = `select indexname as name, indexdef as definition from pg_indexes
  where tablename = 'audit_entry' and indexname <> 'audit_entry_pkey'`;
const BATCH = 100_000;

/**
 * Appends rows to the chain as `audit_append` would, but many a statement: the hash of each from the one before. Acts of
 * twenty people over the operations there are; three of a hundred refused.
 */
export async function insertAuditRows(
  owner: pg.Client,
  people: readonly string[],
  count: number,
): Promise<void> {
  const indexes = await owner.query<{ name: string; definition: string }>(SECONDARY_INDEXES);
  for (const { name } of indexes.rows) await owner.query(`drop index ${name}`);
  for (let done = 0; done < count; done += BATCH)
    await owner.query(CHAIN, [people, Math.min(BATCH, count - done)]);
  for (const { definition } of indexes.rows) await owner.query(definition);
}

const CHAIN = `
  with recursive head as (
    select coalesce(max(seq), 0) as seq,
      coalesce((select hash from audit_entry order by seq desc limit 1), decode(repeat('00', 32), 'hex')) as hash
    from audit_entry
  ), chain as (
    select h.seq, null::timestamptz as at, null::text as entry, null::bytea as prev_hash, h.hash, 0 as made from head h
    union all
    select c.seq + 1, n.at, n.entry, c.hash,
      sha256(c.hash || int8send(c.seq + 1) || convert_to(audit_time(n.at), 'UTF8') || convert_to(n.entry, 'UTF8')), c.made + 1
    from chain c, lateral (
      select clock_timestamp() as at, format(
        '{"actor":{"id":"%s","kind":"person"},"detail":{"digest":"%s","needed":1},"environment":"production","operation":"OP-%s","outcome":"%s","region":"%s","requestId":"bench","subject":"operation/OP-%s","verb":"%s","via":"console"}',
        ($1::text[])[1 + c.seq % array_length($1::text[], 1)], repeat('d', 64), 1001 + c.seq % 1000,
        case when c.seq % 33 = 0 then 'refused' else 'done' end,
        (array['us-east-1', 'eu-west-1', 'ap-southeast-1'])[1 + c.seq % 3], 1001 + c.seq % 1000,
        (array['operation.request', 'operation.approve', 'operation.start', 'operation.pause', 'session.open'])[1 + c.seq % 5]
      ) as entry
    ) n
    where c.made < $2::int
  )
  insert into audit_entry
    (seq, at, entry, prev_hash, hash, actor_id, verb, outcome, operation_id, environment, region)
  select seq, at, entry, prev_hash, hash, parsed -> 'actor' ->> 'id', parsed ->> 'verb', parsed ->> 'outcome', parsed ->> 'operation',
    parsed ->> 'environment', parsed ->> 'region'
  from chain, lateral (select entry::jsonb as parsed offset 0) as once where made > 0`;
