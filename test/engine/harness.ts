import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { isFree } from '#launch/ports.ts';
import { ensurePostgres, type PostgresServer } from '#launch/postgres/server.ts';
import { sendSignal, waitUntilGone } from '#launch/processes.ts';
import { type Database, openDatabase } from '#lib/data/database.ts';
import type { Plan } from '#lib/domain/operation/plan.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { type ClosableEngineClient, createEngineClient } from '#lib/engine/client.ts';
import type { LivenessTiming } from '#lib/engine/liveness-rule.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { quickEstate } from './estate/quick-estate.ts';
import { databaseUrl, dataFolder, queryOnce, startMigratedServer, TEMPLATE } from './migrated-server.ts';
import { copyTemplate } from './template.ts';
import type { WorkerOptions } from './worker-process.ts';
import { BARRIER_LOCKS } from './world.ts';

/** Quick enough for tests that kill often; the product's own timing is tried where it is the subject. */
const QUICK: LivenessTiming = { beatMs: 150, ttlMs: 6_000, graceMs: 400 };

/** Between the first looks at something, and between the later ones: what takes long need not be known to the millisecond. */
const LOOK_AGAIN_MS = { first: 20, longest: 150, growth: 1.2 };

/** A PostgreSQL server of its own with a migrated template; databases are cloned from it. */
export class TestCluster {
  readonly dataDir: string;
  server: PostgresServer;
  #count = 0;

  private constructor(dataDir: string, server: PostgresServer) {
    this.dataDir = dataDir;
    this.server = server;
  }

  /** As a copy of that data folder (template.ts), or from nothing. */
  static async start({ template }: { template?: string } = {}): Promise<TestCluster> {
    if (template === undefined) {
      const dataDir = dataFolder();
      return new TestCluster(dataDir, await startMigratedServer(dataDir));
    }
    const dataDir = await copyTemplate(template);
    return new TestCluster(dataDir, await ensurePostgres({ dataDir }));
  }

  url(role: string, database: string): string {
    return databaseUrl(this.server.port, role, database);
  }

  superuserUrl(database: string): string {
    const url = new URL(this.server.superuserUrl);
    url.pathname = `/${database}`;
    return url.href;
  }

  async clone(): Promise<TestDatabase> {
    this.#count += 1;
    const name = `engine_${this.#count}`;
    await queryOnce(
      this.server.superuserUrl,
      `create database ${name} template ${TEMPLATE} owner meridian_owner`,
    );
    return TestDatabase.open(this, name);
  }

  /** Kills the server as a crash would, and brings it back on the same data and port. */
  async crash(): Promise<void> {
    const { pid, port } = this.server;
    sendSignal(pid, 'SIGKILL');
    await waitUntilGone(pid, 5_000);
    await until('the port is free again', async () => ((await isFree('127.0.0.1', port)) ? true : undefined));
    for (;;) {
      this.server = await ensurePostgres({ dataDir: this.dataDir });
      if (this.server.port === port) return;
      await this.server.stop(5_000); // the dead server's memory was still held when the first try came
      const ports = path.join(this.dataDir, 'ports.json');
      writeFileSync(ports, JSON.stringify({ postgres: port }));
    }
  }

  async stop(): Promise<void> {
    await this.server.stop(5_000);
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export interface StepRecord {
  key: string;
  state: string;
  attempt: number;
  evidence: { text: string; kind: string }[];
  cli: string[];
}

export interface EventRecord {
  kind: string;
  step_key: string | null;
  attempt: number;
  executor: string;
  detail: Record<string, unknown>;
  at: Date;
}

export interface OperationRecord {
  state: OperationState;
  outcome: string | null;
  started_at: Date | null;
  ended_at: Date | null;
}

/** One database, the verbs' side of the engine, and its workers. */
export class TestDatabase {
  readonly name: string;
  readonly cluster: TestCluster;
  readonly database: Database;
  readonly engine: ClosableEngineClient;
  readonly workers: TestWorker[] = [];
  #person = '';

  private constructor(cluster: TestCluster, name: string, database: Database, engine: ClosableEngineClient) {
    this.cluster = cluster;
    this.name = name;
    this.database = database;
    this.engine = engine;
  }

  static async open(cluster: TestCluster, name: string): Promise<TestDatabase> {
    const url = cluster.url('meridian_app', name);
    const database = openDatabase({ url, connections: 4, name: 'test' });
    const engine = await createEngineClient({ database, databaseUrl: url });
    const opened = new TestDatabase(cluster, name, database, engine);
    opened.#person = randomUUID();
    await opened.query(
      `insert into person (id, email, name) values ($1, 'tester@meridian.local', 'Tester')`,
      [opened.#person],
    );
    return opened;
  }

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.database.pool.query<Row>(text, values)).rows;
  }

  asSuperuser<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return queryOnce<Row>(this.cluster.superuserUrl(this.name), text, values);
  }

  async startWorkers(count: number, settings: Partial<WorkerSettings> = {}): Promise<TestWorker[]> {
    const full = { timing: QUICK, ...settings };
    const started = await Promise.all(Array.from({ length: count }, () => TestWorker.start(this, full)));
    this.workers.push(...started);
    return started;
  }

  /** A request as the verb leaves it: waiting for approval, its planned steps beside it. */
  async request(plan: Plan, params: object = {}): Promise<string> {
    const [row] = await this.query<{ id: string }>(
      `insert into operation (kind, environment, title, state, params, plan, digest, reason, requested_by,
                              requested_via, needed, expires_at)
       values ($1, $2, $3, 'awaiting-approval', $6, $4, gen_random_uuid()::text, 'a test', $5, 'cli', 0,
               now() + interval '1 hour')
       returning id`,
      [plan.kind, plan.environment, plan.title, JSON.stringify(plan), this.#person, JSON.stringify(params)],
    );
    if (!row) throw new Error('nothing was inserted');
    for (const [position, { key, title, action, region, irreversible }] of plan.steps.entries()) {
      await this.query(
        `insert into operation_step (operation_id, position, key, title, action, region, irreversible)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [row.id, position, key, title, action, region, irreversible],
      );
    }
    return row.id;
  }

  /** Starts as the verb does, in one transaction; answers the database's time just before its commit. */
  start(operationId: string, environment: string): Promise<Date> {
    return this.database.inTransaction(async (connection) => {
      await connection.query(`update operation set state = 'queued' where id = $1`, [operationId]);
      await this.engine.start(connection, { id: operationId, environment });
      const { rows } = await connection.query<{ at: Date }>('select clock_timestamp() as at');
      return rows[0]?.at ?? new Date(Number.NaN);
    });
  }

  /** An emergency as its verb leaves it: it takes the environment from `holder`, as if declared `agoSeconds` ago. */
  async preempt(plan: Plan, holder: string, agoSeconds = 0): Promise<string> {
    const id = await this.request(plan);
    await this.database.inTransaction(async (connection) => {
      await connection.query(
        `update operation set state = 'preempting', emergency = true, preempts = $2,
                              created_at = clock_timestamp() - make_interval(secs => $3) where id = $1`,
        [id, holder, agoSeconds],
      );
      await connection.query(`update operation set desired = 'yield' where id = $1`, [holder]);
      await this.engine.wake(connection, holder, randomUUID());
      await this.engine.start(connection, { id, environment: plan.environment, preempts: holder });
    });
    return id;
  }

  async run(plan: Plan, params: object = {}): Promise<string> {
    const id = await this.request(plan, params);
    await this.start(id, plan.environment);
    return id;
  }

  /** What the verbs of pause, resume, abort and revert write. */
  ask(operationId: string, desired: 'run' | 'pause' | 'abort' | 'revert'): Promise<void> {
    return this.database.inTransaction(async (connection) => {
      await connection.query('update operation set desired = $2 where id = $1', [operationId, desired]);
      await this.engine.wake(connection, operationId, randomUUID());
    });
  }

  /** What the verb of leave writes. */
  leave(operationId: string, reason: string): Promise<void> {
    return this.database.inTransaction(async (connection) => {
      await connection.query(`update operation set desired = 'leave' where id = $1`, [operationId]);
      await connection.query(
        `insert into operation_event (operation_id, kind, detail) values ($1, 'leaving', $2)`,
        [operationId, JSON.stringify({ personId: this.#person, reason })],
      );
      await this.engine.wake(connection, operationId, randomUUID());
    });
  }

  /** Decides behind the point of no return as the verbs do: end the run incomplete, or go on without a step. */
  leaveUndone(operationId: string, reason: string, step?: string): Promise<void> {
    return this.database.inTransaction(async (connection) => {
      if (step === undefined)
        await connection.query(`update operation set desired = 'close' where id = $1`, [operationId]);
      await connection.query(
        'insert into operation_event (operation_id, kind, step_key, detail) values ($1, $2, $3, $4)',
        [
          operationId,
          step === undefined ? 'closing' : 'omitting',
          step ?? null,
          JSON.stringify({ personId: this.#person, reason }),
        ],
      );
      await this.engine.wake(connection, operationId, randomUUID());
    });
  }

  stopTheLine(environment: string | null): Promise<string> {
    return this.freeze(environment, { stopTheLine: true, reason: 'an incident' });
  }

  async freeze(
    environment: string | null,
    freeze: {
      stopTheLine?: boolean;
      reason?: string;
      region?: string;
      endsAt?: Date;
      actionKind?: string;
      /** Daily, so many minutes from this time of day in UTC: "21:30". */
      daily?: { at: string; minutes: number };
    } = {},
  ): Promise<string> {
    const { stopTheLine = false, reason = 'a sale', region = null, endsAt = null } = freeze;
    const { actionKind = null, daily } = freeze;
    const id = randomUUID();
    await this.query(
      `insert into "freeze" (id, environment, region, stop_the_line, reason, starts_at, ends_at, created_by,
                             action_kind, rule, zone, local_start, duration_minutes)
       values ($1, $2, $3, $4, $5, now(), $6, $7, $8, $9, $10, $11, $12)`,
      [
        id,
        environment,
        region,
        stopTheLine,
        reason,
        endsAt,
        this.#person,
        actionKind,
        ...(daily
          ? ['FREQ=DAILY', 'UTC', `2020-01-01T${daily.at}`, daily.minutes]
          : [null, null, null, null]),
      ],
    );
    return id;
  }

  /** Somebody else lets one kind of action through a freeze, for an hour. */
  async except(
    freeze: string,
    exception: { environment: string; actionKind: string; once?: boolean; byRequester?: boolean },
  ): Promise<string> {
    const { environment, actionKind, once = false, byRequester = false } = exception;
    const id = randomUUID();
    const grantor = byRequester ? this.#person : randomUUID();
    await this.query(
      `insert into person (id, email, name) values ($1, $2, 'Ada Approver') on conflict do nothing`,
      [grantor, `${grantor}@meridian.local`],
    );
    await this.query(
      `insert into freeze_exception (id, freeze_id, environment, action_kind, once, reason, granted_by, granted_at, ends_at)
       values ($1, $2, $3, $4, $5, 'the fix', $6, now(), now() + interval '1 hour')`,
      [id, freeze, environment, actionKind, once, grantor],
    );
    return id;
  }

  async liftFreeze(id: string): Promise<void> {
    await this.query('update "freeze" set lifted_at = now(), lifted_by = $2 where id = $1', [
      id,
      this.#person,
    ]);
  }

  async operation(id: string): Promise<OperationRecord> {
    const [row] = await this.query<OperationRecord>(
      'select state, outcome, started_at, ended_at from operation where id = $1',
      [id],
    );
    if (!row) throw new Error(`no operation ${id}`);
    return row;
  }

  steps(id: string): Promise<StepRecord[]> {
    return this.query<StepRecord>(
      'select key, state, attempt, evidence, cli from operation_step where operation_id = $1 order by position',
      [id],
    );
  }

  events(id: string): Promise<EventRecord[]> {
    return this.query<EventRecord>(
      'select kind, step_key, attempt, executor, detail, at from operation_event where operation_id = $1 order by id',
      [id],
    );
  }

  async effects(id: string): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      'select name from test_effect where name like $1 order by at',
      [`${id}/%`],
    );
    return rows.map(({ name }) => name.slice(id.length + 1));
  }

  async audit(
    id: string,
  ): Promise<{ verb: string; outcome: string; message?: string; detail: Record<string, unknown> }[]> {
    const rows = await this.query<{ entry: string }>(
      'select entry from audit_entry where operation_id = $1 order by seq',
      [id],
    );
    return rows.map(({ entry }) => JSON.parse(entry));
  }

  async untilState(id: string, state: OperationState, timeoutMs = 20_000): Promise<OperationRecord> {
    return until(
      `${id} is ${state}`,
      async () => {
        const operation = await this.operation(id);
        return operation.state === state ? operation : undefined;
      },
      timeoutMs,
      async () => this.describe(id),
    );
  }

  untilEvent(id: string, kind: string, stepKey?: string, timeoutMs = 20_000): Promise<EventRecord> {
    return until(
      `${id} has ${kind} ${stepKey ?? ''}`,
      async () =>
        (await this.events(id)).find((e) => e.kind === kind && (!stepKey || e.step_key === stepKey)),
      timeoutMs,
      async () => this.describe(id),
    );
  }

  /** The worker that runs the operation now. */
  async owner(id: string): Promise<TestWorker> {
    const look = async () => {
      const [row] = await this.query<{ executor_id: string }>(
        `select executor_id from dbos.workflow_status where workflow_uuid = $1 and status = 'PENDING'`,
        [id],
      );
      return this.workers.find((worker) => worker.alive && worker.executorId === row?.executor_id);
    };
    return until(`${id} has a live owner`, look, 20_000, () => this.describe(id));
  }

  async barrier(point: string): Promise<Barrier> {
    const session = new pg.Client({ connectionString: this.cluster.superuserUrl(this.name) });
    await session.connect();
    await session.query('select pg_advisory_lock($1, hashtext($2))', [BARRIER_LOCKS, point]);
    await session.query('insert into test_barrier values ($1)', [point]);
    return {
      reached: (timeoutMs = 20_000) =>
        until(
          `something waits at ${point}`,
          async () => {
            const { rowCount } = await session.query(
              `select 1 from pg_locks where locktype = 'advisory' and not granted and classid = $1::int::oid
                 and objid = ((hashtext($2)::bigint + 4294967296) % 4294967296)::oid
                 and database = (select oid from pg_database where datname = current_database())`,
              [BARRIER_LOCKS, point],
            );
            return rowCount ? true : undefined;
          },
          timeoutMs,
          async () => this.logs(),
        ),
      async lift() {
        await session.query('delete from test_barrier where point = $1', [point]);
        await session.end();
      },
    };
  }

  logs(): string {
    return this.workers.map((worker) => `--- ${worker.executorId}\n${worker.log}`).join('\n');
  }

  async describe(id: string): Promise<string> {
    const runs = await this.query<object>(
      'select status, executor_id, queue_name, queue_partition_key from dbos.workflow_status where workflow_uuid = $1',
      [id],
    );
    const workers = await this.query<object>('select executor_id, state, heartbeat_at from worker');
    const lines = [
      await this.operation(id),
      ...runs,
      ...workers,
      ...(await this.steps(id)),
      ...(await this.events(id)),
    ];
    return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n${this.logs()}`;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill('SIGKILL')));
    await this.engine.close();
    await this.database.close();
  }
}

export interface Barrier {
  /** Resolves when a process waits there. */
  reached(timeoutMs?: number): Promise<true>;
  /** Lets everybody through. */
  lift(): Promise<void>;
}

export interface WorkerSettings extends Omit<WorkerOptions, 'databaseUrl' | 'estate'> {
  /** How many times faster declared waits pass; absent: as the estate ships. */
  timeScale?: number;
}

/** A worker process. */
export class TestWorker {
  readonly process: ChildProcess;
  readonly settings: WorkerSettings;
  executorId = '';
  log = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  private constructor(child: ChildProcess, settings: WorkerSettings) {
    this.process = child;
    this.settings = settings;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  static async start(database: TestDatabase, settings: WorkerSettings): Promise<TestWorker> {
    const { timeScale, ...given } = settings;
    const options: WorkerOptions = {
      databaseUrl: database.cluster.url('meridian_app', database.name),
      estate: settings.estateUrl ? quickEstate(timeScale) : seedEstate(),
      ...given,
    };
    const file = settings.estateUrl ? 'recovery-worker.ts' : 'worker-entry.ts';
    const entry = path.join(import.meta.dirname, file);
    const child = spawn(process.execPath, [entry, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { NODE_COMPILE_CACHE: path.join(database.cluster.dataDir, 'compiled'), ...process.env },
    });
    const worker = new TestWorker(child, settings);
    child.stderr?.on('data', (chunk) => {
      worker.log += String(chunk);
    });
    const up = new Promise<string>((resolve) => {
      if (!child.stdout) throw new Error('the worker has no output');
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('up ')) resolve(line.slice(3));
        else worker.log += `${line}\n`;
      });
    });
    const ended = worker.exited.then(({ code }) => {
      throw new Error(`the worker ended with ${code} before it was up:\n${worker.log}`);
    });
    worker.executorId = await Promise.race([up, ended]);
    return worker;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.alive) return;
    this.process.kill(signal);
    await this.exited;
  }
}

/** Asks until there is an answer; says what it waited for when there is none. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  timeoutMs = 20_000,
  describe: () => Promise<string> = async () => '',
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = LOOK_AGAIN_MS.first; ; pauseMs *= LOOK_AGAIN_MS.growth) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.\n${await describe()}`);
    }
    await delay(Math.min(pauseMs, LOOK_AGAIN_MS.longest));
  }
}

/** Recomputes the whole audit chain; answers the number of entries, or throws at the first that does not fit. */
export async function verifyAuditChain(database: TestDatabase): Promise<number> {
  const rows = await database.query<{
    seq: string;
    at: string;
    entry: string;
    prev_hash: Buffer;
    hash: Buffer;
  }>('select seq, audit_time(at) as at, entry, prev_hash, hash from audit_entry order by seq');
  let previous = Buffer.alloc(32);
  for (const [index, row] of rows.entries()) {
    if (row.seq !== String(index + 1)) throw new Error(`entry ${index + 1} is missing from the audit chain`);
    if (!row.prev_hash.equals(previous))
      throw new Error(`entry ${row.seq} does not follow the one before it`);
    const number = Buffer.alloc(8);
    number.writeBigInt64BE(BigInt(row.seq));
    const hash = createHash('sha256')
      .update(previous)
      .update(number)
      .update(row.at)
      .update(row.entry)
      .digest();
    if (!row.hash.equals(hash)) throw new Error(`entry ${row.seq} was changed`);
    previous = hash;
  }
  return rows.length;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
