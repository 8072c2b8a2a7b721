import type { Estate } from '#lib/domain/estate/estate.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import type { Database } from '../../data/database.ts';
import { findSchemaProblem } from '../../data/schema.ts';

export interface ReadinessPart {
  part: string;
  ready: boolean;
  message: string;
}

const WORKER_SILENT_SECONDS = 10;

/** Whether this Meridian can be leaned on: database, its schema, a worker that beats, observations that are fresh, an audit log nobody can rewrite. */
export async function readReadiness(database: Database, estate: Estate): Promise<ReadinessPart[]> {
  const { rows } = await database.pool.query<{ workers: number; seen: number | null; rewritable: boolean }>(
    `select (select count(*)::int from worker where state = 'up' and heartbeat_at > now() - make_interval(secs => $1)) as workers,
       (select extract(epoch from now() - max(observed_at))::float8 from observation) as seen,
       (select pg_has_role(current_user, relowner, 'member') from pg_class where oid = 'audit_entry'::regclass) as rewritable`,
    [WORKER_SILENT_SECONDS],
  );
  const schemaProblem = await findSchemaProblem(database.pool);
  const { workers = 0, seen = null, rewritable = true } = rows[0] ?? {};
  const limit = staleAfterSeconds('metrics', estate.metrics.periodSeconds);
  return [
    { part: 'database', ready: true, message: 'It answers.' },
    {
      part: 'schema',
      ready: schemaProblem === null,
      message: schemaProblem ?? 'It is the one this version was written for.',
    },
    {
      part: 'workers',
      ready: workers > 0,
      message:
        workers > 0
          ? `${workers} alive.`
          : `No worker has beaten in ${WORKER_SILENT_SECONDS} s; operations do not move. Start one.`,
    },
    {
      part: 'observations',
      ready: seen !== null && seen <= limit,
      message:
        seen === null
          ? 'Nothing was ever observed.'
          : `Something was last observed ${Math.round(seen)} s ago; ${limit} s is the limit.`,
    },
    {
      part: 'audit',
      ready: true,
      message: rewritable
        ? 'The application’s database role owns the audit table, so it could rewrite the log. Give it a role that owns nothing.'
        : 'The application’s database role can only append.',
    },
  ];
}
