import { REPLICATOR } from './schema.ts';
import type { TlsFiles } from './tls.ts';

/**
 * postgresql.conf of every server. `fsync=off`: the lab survives a killed process, not a machine that loses power, and
 * spares the disk. One-megabyte WAL segments keep a server at about 30 MB.
 */
export const BASE_SETTINGS = `
max_connections = 60
shared_buffers = 16MB
wal_level = replica
max_wal_senders = 10
max_replication_slots = 10
wal_keep_size = 64MB
min_wal_size = 2MB
max_wal_size = 64MB
hot_standby = on
fsync = off
full_page_writes = on
wal_log_hints = on
max_parallel_workers = 0
max_worker_processes = 4
autovacuum_max_workers = 1
autovacuum_naptime = 60s
wal_receiver_timeout = 10s
wal_sender_timeout = 10s
wal_retrieve_retry_interval = 500ms
wal_receiver_status_interval = 1s
hot_standby_feedback = off
track_commit_timestamp = on
track_io_timing = on
track_wal_io_timing = on
log_timezone = 'UTC'
timezone = 'UTC'
unix_socket_directories = ''
listen_addresses = '127.0.0.1'
password_encryption = 'scram-sha-256'
include 'lab.conf'
`;

/**
 * Every client comes from loopback and shows a password; TLS is offered, not asked for. Security groups act before this, at the
 * entrance.
 */
export const HOST_ACCESS = `
host replication ${REPLICATOR} 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
`;

/** Settings a standby must have at least as high as its source, or it stops replaying and does not start again. */
const STANDBY_MINIMUMS = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
];

/** The replica's own parameters, raised where its source has more. */
export function standbyParameters(
  own: Record<string, string>,
  source: Record<string, string>,
): Record<string, string> {
  const raised = STANDBY_MINIMUMS.filter((name) => Number(source[name] ?? 0) > Number(own[name] ?? 0));
  return { ...own, ...Object.fromEntries(raised.map((name) => [name, source[name] ?? ''])) };
}

export interface Upstream {
  host: string;
  port: number;
  password: string;
  slot: string;
  applicationName: string;
}

/** lab.conf: what differs from server to server and changes while they run. */
export function serverSettings(settings: {
  parameters: Record<string, string>;
  upstream?: Upstream;
  tls?: TlsFiles;
  applyDelaySeconds: number;
}): string {
  const lines = Object.entries(settings.parameters).map(([name, value]) => `${name} = ${quoted(value)}`);
  if (settings.upstream) {
    const { host, port, password, slot, applicationName } = settings.upstream;
    const connection = `host=${host} port=${port} user=${REPLICATOR} password=${password} application_name=${applicationName} connect_timeout=5 sslmode=disable`;
    lines.push(`primary_conninfo = ${quoted(connection)}`, `primary_slot_name = ${quoted(slot)}`);
    lines.push(`recovery_min_apply_delay = '${settings.applyDelaySeconds}s'`);
  }
  if (settings.tls) {
    lines.push('ssl = on', `ssl_cert_file = ${quoted(settings.tls.certificateFile)}`);
    lines.push(`ssl_key_file = ${quoted(settings.tls.keyFile)}`);
  }
  return `${lines.join('\n')}\n`;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
