import type { Estate } from '#lib/domain/estate/estate.ts';
import { literal, quoted, word } from './shell.ts';

/** Where tokens are committed. */
const TOKENS = 'meridian.switchover_token';

/**
 * The login into the environment of the shell, from Secrets Manager of the Region or of the first that has the secret: no
 * password stands in a command. Undefined where the estate names no secret.
 */
export function loginCommand({ regions }: Estate, region: string): string | undefined {
  const own = regions.find(({ code, database }) => code === region && database.secretArn);
  const known = own ?? regions.find(({ database }) => database.secretArn);
  if (!known?.database.secretArn) return undefined;
  const secret = `aws secretsmanager get-secret-value --region ${word(known.code)} --secret-id ${word(known.database.secretArn)} --query SecretString --output text`;
  const member = (path: string) => `"$(printf %s "$login" | jq -r ${quoted(path)})"`;
  return `login=$(${secret}); export PGUSER=${member('.username')} PGPASSWORD=${member('.password')} PGDATABASE=${member('.dbname // .username')}`;
}

/** Statements on an instance, at the endpoint that RDS names; its authorities are in `~/.postgresql/root.crt`. */
export function psqlCommand(region: string, instanceId: string, statements: readonly string[]): string {
  return `${session(region, instanceId)} ${statements.map((statement) => `-c ${quoted(statement)}`).join(' ')}`;
}

function session(region: string, instanceId: string): string {
  const place = `DBInstances[0].Endpoint.join(${literal('')}, [${literal('host=')}, Address, ${literal(' port=')}, to_string(Port), ${literal(' sslmode=verify-full')}])`;
  const find = `aws rds describe-db-instances --region ${word(region)} --db-instance-identifier ${word(instanceId)} --query ${quoted(place)} --output text`;
  return `psql "$(${find})"`;
}

/** One value in a statement. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export const WAL_STATE =
  'select pg_is_in_recovery(), case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, pg_last_wal_replay_lsn(), pg_last_xact_replay_timestamp()';

export const LAST_ORDER = 'select id, placed_at from orders order by placed_at desc limit 1';

/** Every client session but this one; agents of RDS itself are superusers. */
export const TERMINATE_SESSIONS =
  "select count(*) filter (where pg_terminate_backend(a.pid)) from pg_stat_activity a join pg_roles r on r.oid = a.usesysid where a.backend_type = 'client backend' and a.pid <> pg_backend_pid() and not r.rolsuper";

export function tokenStatements(token: string): string[] {
  return [
    'create schema if not exists meridian',
    `create table if not exists ${TOKENS} (name text primary key, written_at timestamptz not null default now())`,
    `insert into ${TOKENS} (name) values (${text(token)}) on conflict (name) do nothing`,
    'select pg_current_wal_lsn()',
  ];
}

export function hasTokenStatements({ name, lsn }: { name: string; lsn: string }): string[] {
  return [
    `select pg_last_wal_replay_lsn() >= ${text(lsn)}::pg_lsn`,
    `select name from ${TOKENS} where name = ${text(name)}`,
  ];
}

/** Orders begun up to a minute before that time may be committed after it. */
export function ordersSinceStatement(since: string): string {
  return `select id, region, product, amount, customer, placed_at from orders where placed_at > ${text(since)}::timestamptz - interval '1 minute' order by placed_at, id`;
}

/** Ids of orders of the old instance since then that the writer does not have; in bash. */
export function compareOrdersCommand(
  old: { region: string; instanceId: string },
  writer: { region: string; instanceId: string },
  since: string,
): string {
  const ids = ({ region, instanceId }: typeof old, statement: string) =>
    `<(${session(region, instanceId)} -At -c ${quoted(statement)})`;
  const begun = `select id from orders where placed_at > ${text(since)}::timestamptz - interval '1 minute' order by id`;
  return `LC_ALL=C comm -23 ${ids(old, begun)} ${ids(writer, 'select id from orders order by id')}`;
}

export function missingOrdersStatement(ids: readonly string[]): string {
  return `select asked.id from unnest(${text(`{${ids.join(',')}}`)}::uuid[]) as asked (id) where not exists (select from orders where orders.id = asked.id)`;
}
