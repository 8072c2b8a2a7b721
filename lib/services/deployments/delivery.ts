import { z } from 'zod';
import {
  type CountedRun,
  DELIVERY_DAYS,
  type DeliveryNumbers,
  deliveryNumbers,
} from '#lib/domain/deployment/delivery.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { readVerdicts } from '../releases/verdicts.ts';
import { assertPermitted } from '../verb.ts';

const DAY_MS = 86_400_000;
/** A deployment that ended in the longest window may have been asked for, or first switched, some weeks before it. */
const LEAD_IN_DAYS = 30;

/** The four numbers of an environment over 7, 30 and 90 days, from its operations. */
export async function readDelivery(
  context: VerbContext,
  environmentName: string,
): Promise<DeliveryNumbers[]> {
  assertPermitted(context, 'read', {});
  const environment = findEnvironment(context.estate, environmentName);
  if (!environment) throw new NotFoundError(`There is no environment ${environmentName.slice(0, 40)}.`);
  const nowMs = context.now.getTime();
  const since = new Date(nowMs - (Math.max(...DELIVERY_DAYS) + LEAD_IN_DAYS) * DAY_MS);
  const { rows } = await context.database.pool.query<Row>(RUNS, [environment.name, since]);
  const runs = rows.map(countedRun);
  const versions = new Set(runs.flatMap(({ version }) => version ?? []));
  const releases = await readVerdicts(context.database, [...versions]);
  const registeredAtMs = new Map(
    releases.map(({ version, registeredAt }) => [version, Date.parse(registeredAt)]),
  );
  return deliveryNumbers({ runs, registeredAtMs, regions: environment.regions, nowMs });
}

interface Row {
  id: string;
  kind: 'deployment' | 'rollback';
  version: string | null;
  state: string;
  requestedAt: Date;
  begunAt: Date | null;
  turnedAt: Date | null;
  endedAt: Date | null;
  regions: unknown;
  switched: Record<string, number> | null;
  reverts: string | null;
}

// Bounded by its window; events and steps are read from indexes that hold no others. A plan is large: its Regions are taken
// where only they say what a rollback takes back.
const RUNS = `
  select o.id, o.kind, o.params -> 'request' ->> 'version' as version, o.state, o.created_at as "requestedAt", o.ended_at as "endedAt",
         case when o.kind = 'rollback' and o.reverts is null then o.plan -> 'regions' end as regions, o.reverts,
         (select min(e.at) from operation_event e where e.operation_id = o.id and e.kind = 'begun') as "begunAt",
         (select min(e.at) from operation_event e where e.operation_id = o.id and e.kind = 'stopping') as "turnedAt",
         (select jsonb_object_agg(s.region, (s.output ->> 'switchedAtMs')::float8) from operation_step s
           where s.operation_id = o.id and s.action = 'deploy.switch' and s.region is not null
             and jsonb_typeof(s.output -> 'switchedAtMs') = 'number') as switched
    from operation o
   where o.environment = $1 and o.kind in ('deployment', 'rollback') and o.created_at >= $2 and o.started_at is not null
   order by o.created_at, o.id`;

function countedRun(row: Row): CountedRun {
  return {
    id: row.id,
    kind: row.kind,
    version: row.version,
    state: row.state,
    requestedAtMs: row.requestedAt.getTime(),
    begunAtMs: row.begunAt?.getTime() ?? null,
    turnedAtMs: row.turnedAt?.getTime() ?? null,
    endedAtMs: row.endedAt?.getTime() ?? null,
    regions: z.array(z.string()).safeParse(row.regions).data ?? [],
    switchedAtMs: row.switched ?? {},
    reverts: row.reverts,
  };
}
