import type { Session } from './session.ts';

/** Superusers are RDS' own agents, and only a superuser could end them; replication is no client. */
const TERMINATE = `
  select count(*) filter (where pg_terminate_backend(a.pid))::int as ended
    from pg_stat_activity a
    join pg_roles r on r.oid = a.usesysid
   where a.backend_type = 'client backend'
     and a.pid <> pg_backend_pid()
     and not r.rolsuper`;

export async function terminateSessions(session: Session): Promise<number> {
  const [row] = await session.rows<{ ended: number }>(TERMINATE);
  return row?.ended ?? 0;
}
