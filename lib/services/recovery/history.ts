import type { RecoveryClock } from '#lib/domain/operation/plan.ts';
import type { StepHistory } from '#lib/domain/recovery/clocks.ts';
import type { Database } from '../../data/database.ts';

export interface StepDurations extends StepHistory {
  p75Seconds: number;
}

/** By step key, and by action for steps that never ran under that key. */
export type StepDurationsByName = Readonly<Record<string, StepDurations>>;

/** Runs that are looked back at. */
const RUNS = 100;

/** How long steps of recoveries took, over the last hundred that have a report: for real and in drills. */
export async function readStepHistory(database: Database, environment: string): Promise<StepDurationsByName> {
  const { rows } = await database.pool.query<{
    name: string;
    p50: number;
    p75: number;
    p95: number;
    runs: number;
  }>(
    `select coalesce(key, action) as name, count(*)::int as runs,
       percentile_cont(0.50) within group (order by seconds) as p50,
       percentile_cont(0.75) within group (order by seconds) as p75,
       percentile_cont(0.95) within group (order by seconds) as p95
     from (
       select s.key, s.action, extract(epoch from s.ended_at - s.started_at)::float8 as seconds
       from (select operation_id from recovery_report where environment = $1
             order by ended_at desc, operation_id desc limit ${RUNS}) recent
       join operation_step s using (operation_id)
       where s.state = 'done' and s.started_at is not null and s.ended_at is not null
     ) finished
     group by grouping sets ((key), (action))`,
    [environment],
  );
  return Object.fromEntries(
    rows.map(({ name, p50, p75, p95, runs }) => [
      name,
      { p50Seconds: p50, p75Seconds: p75, p95Seconds: p95, runs },
    ]),
  );
}

/** How long whole runs took that ended well, by kind of operation. */
export type RunHistory = Readonly<Record<string, { p50Seconds: number; runs: number }>>;

/** Of the last hundred reports of the environment. */
export async function readRunHistory(database: Database, environment: string): Promise<RunHistory> {
  const { rows } = await database.pool.query<{ kind: string; p50: number; runs: number }>(
    `select kind, count(*)::int as runs,
       percentile_cont(0.50) within group (order by (summary ->> 'seconds')::float8) as p50
     from (select kind, state, summary from recovery_report where environment = $1
           order by ended_at desc, operation_id desc limit ${RUNS}) recent
     where state = 'done'
     group by kind`,
    [environment],
  );
  return Object.fromEntries(rows.map(({ kind, p50, runs }) => [kind, { p50Seconds: p50, runs }]));
}

/** When a clock stopped in former runs, seconds after its 0:00. */
export interface ClockHistory {
  medianSeconds: number;
  p95Seconds: number;
  runs: number;
}

/** By clock, over the last hundred runs of that kind which ended well before the given one; a clock that none of them has is absent. */
export async function readClockHistory(
  database: Database,
  run: { environment: string; kind: string; before: Date },
): Promise<Partial<Record<RecoveryClock, ClockHistory>>> {
  const { rows } = await database.pool.query<ClockHistory & { clock: RecoveryClock }>(
    `select c.clock, count(*)::int as runs,
       percentile_cont(0.50) within group (order by c.seconds) as "medianSeconds",
       percentile_cont(0.95) within group (order by c.seconds) as "p95Seconds"
     from (select summary from recovery_report
           where environment = $1 and kind = $2 and state = 'done' and ended_at < $3
           order by ended_at desc, operation_id desc limit ${RUNS}) recent,
       jsonb_to_recordset(recent.summary -> 'clocks') as c (clock text, state text, seconds float8)
     where c.state = 'stopped' and c.seconds is not null
     group by c.clock`,
    [run.environment, run.kind, run.before],
  );
  return Object.fromEntries(rows.map(({ clock, ...history }) => [clock, history]));
}
