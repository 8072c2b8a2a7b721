import { BegunSwitch } from '#lib/domain/deployment/switched.ts';
import type { Database } from '../../data/database.ts';

/** So many runs are looked back at: what is older was followed by enough others not to be undone in one click. */
const MOST_RUNS = 10;

interface SwitchRow {
  operation: string;
  state: string;
  desired: string;
  region: string;
  action: string;
  output: unknown;
}

/** One Region that the newest deployment switched, and that was not put back since. */
export interface SwitchedRegion {
  region: string;
  from: string;
  to: string;
  switchedAtMs: number;
}

export interface LastSwitched {
  operation: { id: string; state: string; desired: string };
  regions: SwitchedRegion[];
}

/**
 * The newest deployment of an environment of which something stands, with the Regions where it does; null where none does. By
 * the records of our own runs alone: whether it may be undone is the planner's to say.
 */
export async function findLastSwitched(
  database: Database,
  environment: string,
): Promise<LastSwitched | null> {
  const { rows } = await database.pool.query<SwitchRow>({
    name: 'last-switched',
    text: `with recent as (
             select id, state, desired from operation
              where environment = $1 and kind in ('deployment', 'rollback') and started_at is not null
              order by created_at desc limit $2)
           select o.id as operation, o.state, o.desired, s.region, s.action, s.output
             from recent o join operation_step s on s.operation_id = o.id
            where s.action in ('deploy.switch', 'deploy.switch-back')
              and s.output ? 'switchedAtMs' and s.region is not null`,
    values: [environment, MOST_RUNS],
  });
  const standing = [...Map.groupBy(rows, ({ region }) => region).values()].flatMap(standingOf);
  const newest = standing.toSorted((a, b) => b.switchedAtMs - a.switchedAtMs)[0];
  if (newest === undefined) return null;
  const { operation: id, state, desired } = newest;
  return {
    operation: { id, state, desired },
    regions: standing
      .filter(({ operation }) => operation === id)
      .map(({ region, from, to, switchedAtMs }) => ({ region, from, to, switchedAtMs })),
  };
}

/**
 * The switch of one Region that stands: a switch back takes away what was brought since the version that it went back to, and
 * what had brought that one stands again.
 */
function standingOf(rows: readonly SwitchRow[]): (SwitchRow & SwitchedRegion)[] {
  const switches = rows
    .flatMap((row) => {
      const { data } = BegunSwitch.safeParse(row.output);
      if (data?.switchedAtMs === undefined) return [];
      return [{ ...row, from: data.from, to: data.to, switchedAtMs: data.switchedAtMs }];
    })
    .toSorted((a, b) => a.switchedAtMs - b.switchedAtMs);
  const standing: (SwitchRow & SwitchedRegion)[] = [];
  for (const one of switches) {
    if (one.action === 'deploy.switch') standing.push(one);
    else while (standing.length > 0 && standing.at(-1)?.to !== one.to) standing.pop();
  }
  return standing.slice(-1);
}
