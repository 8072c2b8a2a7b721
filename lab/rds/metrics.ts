import type { LabContext } from '#lab/kernel/context.ts';
import type { MetricUnit } from '#lab/kernel/metrics.ts';
import type { DatabaseControl } from '#lab/postgres/types.ts';
import { instanceClass } from './classes.ts';
import { cpuSeconds, memoryBytes } from './process-usage.ts';
import type { Store } from './store.ts';
import type { InstanceRecord } from './types.ts';

const GIB = 1024 ** 3;
const ASK_WITHIN_MS = 2000;

/** What one server says of itself, in one query. */
interface Reading {
  in_recovery: boolean;
  /** `now() - pg_last_xact_replay_timestamp()`, RDS' own formula (aws-facts B-09); null before the first commit replayed. */
  replay_age: number | null;
  receiving: boolean;
  connections: string;
  wal_bytes: string;
  database_bytes: string;
  wal_position: string | null;
  slot_lag: string | null;
  slot_wal: string | null;
  reads: string;
  read_ms: number;
  writes: string;
  write_ms: number;
}

/** `pg_stat_io` came with PostgreSQL 16; before it, latencies are not measured. */
const NO_IO = 'select 0 as reads, 0 as read_ms, 0 as writes, 0 as write_ms';
const IO = `select sum(reads) as reads, sum(read_time) as read_ms,
  coalesce(sum(writes), 0) + coalesce(sum(extends), 0) + coalesce(sum(fsyncs), 0) as writes,
  coalesce(sum(write_time), 0) + coalesce(sum(extend_time), 0) + coalesce(sum(fsync_time), 0) as write_ms
  from pg_stat_io`;

const readingBy = (major: number) => `
with wal as (select name, size from pg_ls_waldir()),
     oldest as (
       select min(restart_lsn) as lsn from pg_replication_slots where restart_lsn is not null
     ),
     io as (${major >= 16 ? IO : NO_IO})
select pg_is_in_recovery() as in_recovery,
       extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 as replay_age,
       exists (select from pg_stat_wal_receiver where status = 'streaming') as receiving,
       (select count(*) from pg_stat_activity
         where backend_type = 'client backend' and usename <> 'rdsadmin') as connections,
       (select coalesce(sum(size), 0) from wal) as wal_bytes,
       (select sum(pg_database_size(oid)) from pg_database) as database_bytes,
       case when not pg_is_in_recovery() then pg_current_wal_lsn() - '0/0'::pg_lsn end as wal_position,
       case when not pg_is_in_recovery() then
         (select pg_current_wal_lsn() - lsn from oldest where lsn is not null) end as slot_lag,
       case when not pg_is_in_recovery() then
         (select coalesce(sum(wal.size), 0) from wal, oldest
           where oldest.lsn is not null and wal.name >= pg_walfile_name(oldest.lsn)) end as slot_wal,
       coalesce(io.reads, 0) as reads, coalesce(io.read_ms, 0)::float8 as read_ms,
       io.writes, io.write_ms::float8 as write_ms
  from io`;

/** Counters that only make sense as the difference between two readings. */
interface Counters {
  at: number;
  cpuSeconds: number | undefined;
  walPosition: number | undefined;
  reads: number;
  readMs: number;
  writes: number;
  writeMs: number;
}

/**
 * Reads every server each metric period and records AWS/RDS from what it answers. A server that is down, or whose
 * Region is out, leaves a gap. Resolves, when ended, once no reading is under way.
 */
export function startDatabaseMetrics(parts: {
  ctx: LabContext;
  store: Store;
  databases: DatabaseControl;
  engineVersion: string;
}): () => Promise<void> {
  const { ctx, store, databases } = parts;
  const statement = readingBy(Number.parseInt(parts.engineVersion, 10));
  const previous = new Map<string, Counters>();
  let reading: Promise<unknown> = Promise.resolve();
  let busy = false;

  async function readAll() {
    const readable = store.instances.list().filter(({ resourceId, region }) => {
      return !ctx.chaos.outage(region) && databases.find(resourceId)?.state === 'running';
    });
    await Promise.all(
      readable.map((record) =>
        readOne(record).catch((error) =>
          ctx.log('rds', `no metrics of ${record.id} this time`, { error: String(error) }),
        ),
      ),
    );
  }

  async function readOne(record: InstanceRecord) {
    const [row] = await databases.query<Reading>(record.resourceId, statement, { timeoutMs: ASK_WITHIN_MS });
    if (!row || ctx.chaos.outage(record.region)) return;
    const pids = databases.processIds(record.resourceId);
    const now: Counters = {
      at: performance.now(),
      cpuSeconds: cpuSeconds(pids),
      walPosition: row.wal_position === null ? undefined : Number(row.wal_position),
      reads: Number(row.reads),
      readMs: row.read_ms,
      writes: Number(row.writes),
      writeMs: row.write_ms,
    };
    recordLevels(record, row, memoryBytes(pids));
    const before = previous.get(record.resourceId);
    if (before) recordRates(record, before, now);
    previous.set(record.resourceId, now);
  }

  function put(record: InstanceRecord, name: string, unit: MetricUnit, value: number | undefined) {
    if (value === undefined) return;
    const dimensions = { DBInstanceIdentifier: record.id };
    ctx.metrics.record({ region: record.region, namespace: 'AWS/RDS', name, dimensions }, unit, value);
  }

  function recordLevels(record: InstanceRecord, row: Reading, used: number | undefined) {
    const stored = Number(row.database_bytes) + Number(row.wal_bytes);
    put(record, 'DatabaseConnections', 'Count', Number(row.connections));
    put(record, 'FreeStorageSpace', 'Bytes', record.storageGiB * GIB - stored);
    put(record, 'TransactionLogsDiskUsage', 'Bytes', Number(row.wal_bytes));
    if (used !== undefined) {
      put(record, 'FreeableMemory', 'Bytes', instanceClass(record.class).memoryBytes - used);
    }
    if (row.in_recovery) {
      put(record, 'ReplicaLag', 'Seconds', row.receiving ? (row.replay_age ?? undefined) : -1);
    } else if (row.slot_lag !== null) {
      put(record, 'OldestReplicationSlotLag', 'Bytes', Number(row.slot_lag));
      put(record, 'ReplicationSlotDiskUsage', 'Bytes', Number(row.slot_wal));
    }
  }

  function recordRates(record: InstanceRecord, before: Counters, now: Counters) {
    const seconds = (now.at - before.at) / 1000;
    if (now.walPosition !== undefined && before.walPosition !== undefined) {
      const perSecond = (now.walPosition - before.walPosition) / seconds;
      put(record, 'TransactionLogsGeneration', 'Bytes/Second', Math.max(0, perSecond));
    }
    if (now.cpuSeconds !== undefined && before.cpuSeconds !== undefined) {
      const share = (now.cpuSeconds - before.cpuSeconds) / seconds / instanceClass(record.class).vcpus;
      put(record, 'CPUUtilization', 'Percent', Math.min(100, Math.max(0, 100 * share)));
    }
    const reads = Math.max(0, now.reads - before.reads);
    const writes = Math.max(0, now.writes - before.writes);
    put(record, 'ReadIOPS', 'Count/Second', reads / seconds);
    put(record, 'WriteIOPS', 'Count/Second', writes / seconds);
    put(record, 'ReadLatency', 'Seconds', reads ? Math.max(0, now.readMs - before.readMs) / reads / 1000 : 0);
    put(
      record,
      'WriteLatency',
      'Seconds',
      writes ? Math.max(0, now.writeMs - before.writeMs) / writes / 1000 : 0,
    );
  }

  function tick() {
    if (busy) return; // a server that answers slowly must not be asked twice at once
    busy = true;
    reading = readAll().finally(() => {
      busy = false;
    });
  }

  const timer = setInterval(tick, ctx.estate.metrics.periodSeconds * 1000).unref();
  tick();
  return async () => {
    clearInterval(timer);
    await reading;
  };
}
