import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

/** 75th percentile of each action's own duration, seconds, over the last hundred finished steps of that kind of operation. */
export async function listStepDurations(context: VerbContext, kind: string): Promise<Map<string, number>> {
  assertPermitted(context, 'read', {});
  const { rows } = await context.database.pool.query<{ action: string; seconds: number }>(
    `select action, percentile_cont(0.75) within group (order by seconds) as seconds
     from (
       select s.action, extract(epoch from s.ended_at - s.started_at)::float8 as seconds
       from (select id from operation where kind = $1 and ended_at is not null order by created_at desc limit 100) o
       join operation_step s on s.operation_id = o.id
       where s.state = 'done' and s.ended_at is not null
     ) finished group by action`,
    [kind],
  );
  return new Map(rows.map(({ action, seconds }) => [action, seconds]));
}
