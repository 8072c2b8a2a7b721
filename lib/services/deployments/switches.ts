import type { Database } from '../../data/database.ts';

/** Users of a Region were moved to another version: by a deployment, by its way back, or by a rollback. */
export interface VersionSwitch {
  region: string;
  to: string;
  switchedAtMs: number;
}

/** So many marks a chart can carry at most. */
const MOST_SWITCHES = 60;

/** What was switched in an environment within that time, oldest first; of one Region where it is named. */
export async function listSwitches(
  database: Database,
  asked: { environment: string; from: Date; to: Date; region?: string },
): Promise<VersionSwitch[]> {
  const { rows } = await database.pool.query<{ region: string; to: string; at: string }>({
    name: 'version-switches',
    text: `select s.region, s.output ->> 'to' as "to", s.output ->> 'switchedAtMs' as at
             from operation o join operation_step s on s.operation_id = o.id
            where o.environment = $1 and o.kind in ('deployment', 'rollback')
              and o.started_at <= $3 and (o.ended_at is null or o.ended_at >= $2)
              and s.action in ('deploy.switch', 'deploy.switch-back') and s.output ? 'switchedAtMs'
              and (s.output ->> 'switchedAtMs')::float8 between $4 and $5
              and ($6::text is null or s.region = $6)
            order by (s.output ->> 'switchedAtMs')::float8 desc limit $7`,
    values: [
      asked.environment,
      asked.from,
      asked.to,
      asked.from.getTime(),
      asked.to.getTime(),
      asked.region ?? null,
      MOST_SWITCHES,
    ],
  });
  return rows.map(({ region, to, at }) => ({ region, to, switchedAtMs: Number(at) })).reverse();
}
