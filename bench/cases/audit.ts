import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { appendAudit } from '#lib/data/audit.ts';
import { type Database, openDatabase } from '#lib/data/database.ts';
import type { AuditEntry } from '#lib/domain/audit/entry.ts';
import type { EngineClient } from '#lib/ports/engine.ts';
import { verifyChain } from '#lib/services/audit/verify.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { createFreeze } from '#lib/services/freezes/freezes.ts';
import type { Bench } from '../bench.ts';
import { smallEstate } from '../estate/estates.ts';
import { insertAuditRows } from '../estate/fill.ts';
import { type BenchDatabase, BenchServer, query } from '../estate/server.ts';
import { asRatio, atLeast, perSecond, type Row, told } from '../report.ts';
import { compareRates, median } from '../statistics.ts';

const ROUND = { seconds: 2, rounds: 7 };
const CHAIN_ROWS = 300_000;

/** The same columns and indexes, as somebody would make them who wants an audit table and no chain. */
const PLAIN_TABLE = `
  create table plain_entry (
    seq bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(), entry text not null,
    actor_id text not null, verb text not null, outcome text not null, operation_id text, environment text, region text);
  create index on plain_entry (operation_id, seq) where operation_id is not null;
  create index on plain_entry (actor_id, seq);
  create index on plain_entry (verb, seq);
  create index on plain_entry (seq) where outcome <> 'done';
  create index on plain_entry (at);
  grant select, insert on plain_entry to meridian_app;`;

/** What the audit log costs: its append against a plain insert, alone and inside a verb, and reading it back whole. */
export const audit: Bench = {
  name: 'audit',
  title: 'The audit log',
  async run({ progress }) {
    const server = await BenchServer.start();
    try {
      const database = await server.createDatabase('audit');
      await query(database.ownerUrl, PLAIN_TABLE);
      const rows = [
        ...(await appends(database, progress)),
        ...(await verbs(database, progress)),
        ...(await verification(database, progress)),
      ];
      return { rows, notes: NOTES, postgres: await server.version() };
    } finally {
      await server.stop();
    }
  },
};

const NOTES = [
  'The plain table has the same columns and indexes, and gets one insert by `pg` with a prepared statement; commits are durable on both sides. ' +
    `${ROUND.rounds} rounds of ${ROUND.seconds} s each, the two kinds turn by turn; a ratio is the median of the rounds’ ratios.`,
  'The verb is `freeze.create`: permission, input, the row, the outbox, the change for open pages, and then either the audit entry or the plain insert.',
];

async function appends(database: BenchDatabase, progress: (text: string) => void): Promise<Row[]> {
  const pool = new pg.Pool({ connectionString: database.applicationUrl, max: 10 });
  try {
    const work = {
      a: () => appendAudit(pool, sampleEntry()),
      b: () => insertPlain(pool, JSON.stringify(sampleEntry())),
    };
    progress('appending, one writer');
    const one = await compareRates({ ...ROUND, atOnce: 1 }, work);
    progress('appending, ten writers');
    const ten = await compareRates({ ...ROUND, atOnce: 10 }, work);
    return [
      atLeast({
        what: '`audit_append` against a plain insert, 1 writer',
        value: one.ratio,
        least: 0.8,
        format: asRatio,
      }),
      told('… rows appended and inserted', `${perSecond(one.a)}, ${perSecond(one.b)}`),
      atLeast({ what: '`audit_append`, 10 writers', value: ten.a, least: 1_000, format: perSecond }),
      told('… against a plain insert, 10 writers', asRatio(ten.ratio)),
    ];
  } finally {
    await pool.end();
  }
}

const PERSON = '018f4d0e-7a3a-7c7a-9d55-0f2a4c1f8a01';

/** An entry of the usual size. */
function sampleEntry(): AuditEntry {
  return {
    verb: 'operation.approve',
    actor: { kind: 'person', id: PERSON },
    outcome: 'done',
    subject: 'operation/OP-1001',
    operation: 'OP-1001',
    environment: 'production',
    region: 'eu-west-1',
    requestId: randomUUID(),
    via: 'console',
    detail: { digest: 'd'.repeat(64), approvals: 1, needed: 1 },
  };
}

type Queryable = Pick<pg.ClientBase, 'query'>;

/** The filter columns, which the plain table is given and the chain takes from the entry itself. */
const COLUMNS = [PERSON, 'operation.approve', 'done', 'OP-1001', 'production', 'eu-west-1'];

function insertPlain(connection: Queryable, entry: string): Promise<unknown> {
  return connection.query({
    name: 'plain-insert',
    text: `insert into plain_entry (entry, actor_id, verb, outcome, operation_id, environment, region)
           values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [entry, ...COLUMNS],
  });
}

async function verbs(database: BenchDatabase, progress: (text: string) => void): Promise<Row[]> {
  const opened = openDatabase({ url: database.applicationUrl, connections: 2, name: 'bench-verb' });
  try {
    const personId = randomUUID();
    await opened.pool.query(
      `insert into person (id, email, name) values ($1, 'bench@example.test', 'Bench')`,
      [personId],
    );
    const context = verbContext(opened, personId);
    const plain = { ...context, database: withoutChain(opened) };
    progress('a verb, one writer');
    const { a, b, ratio } = await compareRates(
      { ...ROUND, atOnce: 1 },
      { a: () => createFreeze(context, FREEZE), b: () => createFreeze(plain, FREEZE) },
    );
    return [
      atLeast({
        what: 'A verb with its audit entry against one with a plain insert, 1 writer',
        value: ratio,
        least: 0.8,
        format: asRatio,
      }),
      told('… verbs with and without', `${perSecond(a)}, ${perSecond(b)}`),
    ];
  } finally {
    await opened.close();
  }
}

const FREEZE = { environment: 'production', kind: 'traffic-shift', reason: 'measured by the bench' };

function verbContext(database: Database, personId: string): VerbContext {
  const notHere = () => Promise.reject(new Error('The bench starts no operation.'));
  const engine: EngineClient = { start: notHere, wake: notHere };
  return {
    actor: {
      audit: { kind: 'person', id: personId },
      personId,
      name: 'Bench',
      grants: [{ role: 'operator', region: null, action: null }],
    },
    database,
    estate: smallEstate(),
    engine,
    now: new Date(),
    requestId: 'bench',
    via: 'console',
  };
}

/** The same database, in whose transactions an audit entry becomes a row of the plain table. */
function withoutChain(database: Database): Database {
  return {
    ...database,
    inTransaction: (work) => database.inTransaction((connection) => work(plainly(connection))),
  };
}

function plainly(connection: pg.PoolClient): pg.PoolClient {
  return new Proxy(connection, {
    get(target, key) {
      if (key !== 'query') return Reflect.get(target, key);
      return (statement: { name?: string; values?: unknown[] }, ...rest: unknown[]) =>
        statement.name === 'audit-append'
          ? insertPlain(target, String(statement.values?.[0])).then(() => ({ rows: [] }))
          : Reflect.apply(target.query, target, [statement, ...rest]);
    },
  });
}

async function verification(database: BenchDatabase, progress: (text: string) => void): Promise<Row[]> {
  progress(`filling ${CHAIN_ROWS.toLocaleString('en-US')} rows to verify`);
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await insertAuditRows(owner, [randomUUID(), randomUUID()], CHAIN_ROWS).finally(() => owner.end());
  progress('verifying');
  const pool = new pg.Pool({ connectionString: database.applicationUrl, max: 1 });
  try {
    const rates: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const started = performance.now();
      const { ok, rows, broken } = await verifyChain(pool);
      if (!ok) throw new Error(`The chain that the bench made does not verify: ${broken?.message}`);
      rates.push(rows / ((performance.now() - started) / 1_000));
    }
    const value = median(rates);
    return [atLeast({ what: 'Rows of the chain verified', value, least: 150_000, format: perSecond })];
  } finally {
    await pool.end();
  }
}
