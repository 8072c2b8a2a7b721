import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { messageOf } from './errors.ts';
import { LIVENESS, type LivenessTiming, type PeerSight, PeerWatch } from './liveness-rule.ts';
import { ENGINE } from './names.ts';
import type { Log } from './parts.ts';

/** First key of the advisory locks that leases hold; the second is the worker's name, hashed. */
const LEASE_LOCKS = 7001;
const CONNECT_TIMEOUT_MS = 2_000;
const QUERY_TIMEOUT_MS = 2_000;
const SHORTEST_PAUSE_MS = 50;

export interface LeaseOptions {
  databaseUrl: string;
  executorId: string;
  /** Where this worker stands; absent where it does not say. */
  homeRegion?: string;
  timing?: LivenessTiming;
  log: Log;
  /** Called once, when a peer has declared this worker dead. Must end the process. */
  onFenced(reason: string): void;
}

/** A worker's proof of life, and its eye on the others. */
export interface Lease {
  /** From now on runs of dead peers are taken over; `recover` re-queues what one of them owned and answers how many. */
  watchPeers(recover: (executorId: string) => Promise<number>): void;
  /** Says that this worker stops: its peers take over at once. */
  stop(): Promise<void>;
}

/**
 * Registers the worker and begins its heartbeat. To be taken before the engine is launched: peers that see runs without
 * a lease take them over. The lease is a session of its own, not through a transaction pooler.
 */
export async function acquireLease(options: LeaseOptions): Promise<Lease> {
  const lease = new SessionLease(options);
  await lease.begin();
  return lease;
}

class SessionLease implements Lease {
  readonly #options: LeaseOptions;
  readonly #timing: LivenessTiming;
  readonly #peers: PeerWatch;
  readonly #stopping = new AbortController();
  #session: pg.Client | undefined;
  #timeline = NO_TIMELINE;
  #recover: ((executorId: string) => Promise<number>) | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timing = options.timing ?? LIVENESS;
    this.#peers = new PeerWatch(this.#timing);
  }

  async begin(): Promise<void> {
    const session = await this.#connect();
    await session.query(
      'insert into worker (executor_id, app_version, host, pid, region) values ($1, $2, $3, $4, $5)',
      [
        this.#options.executorId,
        ENGINE.version,
        os.hostname(),
        process.pid,
        this.#options.homeRegion ?? null,
      ],
    );
    this.#loop = this.#beatUntilStopped();
  }

  watchPeers(recover: (executorId: string) => Promise<number>): void {
    this.#recover = recover;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    const { executorId, log } = this.#options;
    try {
      const session = this.#session ?? (await this.#connect());
      await session.query(`update worker set state = 'stopped' where executor_id = $1 and state = 'up'`, [
        executorId,
      ]);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'could not say that this worker stops; its peers will notice');
    }
    await this.#disconnect();
  }

  async #beatUntilStopped(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedMs = performance.now();
      try {
        await this.#beat();
      } catch (error) {
        this.#options.log.warn({ error: messageOf(error) }, 'the lease session failed; connecting again');
        await this.#disconnect();
      }
      const pauseMs = this.#timing.beatMs - (performance.now() - startedMs);
      await delay(Math.max(SHORTEST_PAUSE_MS, pauseMs), undefined, { signal }).catch(() => undefined); // stopped
    }
  }

  async #beat(): Promise<void> {
    const session = this.#session ?? (await this.#connect());
    const { rowCount } = await session.query({
      name: 'lease-beat',
      text: `update worker set heartbeat_at = clock_timestamp() where executor_id = $1 and state = 'up'`,
      values: [this.#options.executorId],
    });
    if (this.#stopping.signal.aborted) return;
    if (rowCount !== 1) {
      this.#stopping.abort();
      this.#options.onFenced(`A peer declared ${this.#options.executorId} dead and has taken over its runs.`);
      return;
    }
    if (this.#recover) await this.#lookAtPeers(session, this.#recover);
  }

  async #lookAtPeers(session: pg.Client, recover: (executorId: string) => Promise<number>): Promise<void> {
    const { executorId, log } = this.#options;
    const { rows } = await session.query<PeerSight & { server: string }>({
      name: 'lease-peers',
      text: peersQuery(this.#timeline),
      values: [executorId, LEASE_LOCKS],
    });
    const server = rows[0]?.server;
    if (server === undefined) return;
    const peers = rows.filter((row) => row.id !== executorId);
    for (const { id, why } of this.#peers.look({ nowMs: performance.now(), server, peers })) {
      // Fenced first, taken over then: a worker that is only slow finds the door shut before its runs are elsewhere.
      await session.query(`update worker set state = 'dead' where executor_id = $1 and state = 'up'`, [id]);
      const runs = await recover(id);
      if (runs > 0) log.warn({ peer: id, why, runs }, 'took over the runs of a dead worker');
      else log.info({ peer: id, why }, 'a worker is gone; it owned no run');
    }
  }

  async #connect(): Promise<pg.Client> {
    const { databaseUrl, executorId } = this.#options;
    const session = new pg.Client({
      connectionString: databaseUrl,
      application_name: `meridian lease ${executorId}`,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    });
    session.on('error', () => undefined); // the next beat fails on this session and connects again
    try {
      await session.connect();
      await session.query('select pg_advisory_lock($1, hashtext($2))', [LEASE_LOCKS, executorId]);
      const { rows } = await session.query<{ readable: boolean }>(
        `select has_function_privilege('pg_control_checkpoint()', 'execute') as readable`,
      );
      this.#timeline = rows[0]?.readable ? TIMELINE : NO_TIMELINE;
    } catch (error) {
      await session.end().catch(() => undefined); // it never was, or is gone
      throw error;
    }
    this.#session = session;
    this.#peers.reconnected(performance.now());
    return session;
  }

  async #disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.end().catch(() => undefined); // already gone
  }
}

// Everyone who owns a run under way or claims to be up, and oneself (so that a row always names the server). Owners are
// made distinct before they meet pg_locks: joined first, a busy engine's rows made the look too slow to be fair.
// The server is named by its start, which changes with a restart, and its timeline, which changes with a failover.
const peersQuery = (timeline: string) => `
  with owner as materialized (
         select distinct executor_id as id from ${ENGINE.schema}.workflow_status where status = 'PENDING'
         union select executor_id from worker where state = 'up'
         union select $1),
       held as materialized (
         select objid from pg_locks
          where locktype = 'advisory' and granted and classid = $2::int::oid and objsubid = 2
            and database = (select oid from pg_database where datname = current_database()))
  select owner.id, worker.state, worker.heartbeat_at::text as heartbeat,
         ((hashtext(owner.id)::bigint + 4294967296) % 4294967296)::oid not in (select objid from held) as "sessionGone",
         pg_postmaster_start_time()::text || ' ' || ${timeline} as server
    from owner left join worker on worker.executor_id = owner.id`;

/** Everyone may read it on PostgreSQL as it comes; a managed server may forbid it. */
const TIMELINE = '(select timeline_id from pg_control_checkpoint())';
const NO_TIMELINE = `''::text`;
