import { z } from 'zod';
import { ACTIVE_STATES, OPERATION_STATES, type OperationState } from '#lib/domain/operation/state.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, OperationCursor } from '../cursor.ts';
import { assertPermitted, parseInput } from '../verb.ts';

/** Which deployments: under way, waiting for people or their time, gone through, turned round or stopped, failed, never begun. */
export const DEPLOYMENT_FILTERS = {
  active: ['preempting', ...ACTIVE_STATES],
  waiting: ['awaiting-approval', 'scheduled'],
  done: ['done', 'incomplete'],
  back: ['reverted', 'aborted', 'superseded'],
  failed: ['failed'],
  refused: ['rejected', 'changes-asked', 'expired', 'withdrawn'],
} as const satisfies Record<string, readonly OperationState[]>;
export type DeploymentFilter = keyof typeof DEPLOYMENT_FILTERS;

export const ListDeploymentsInput = z.strictObject({
  environment: z.string().min(1).max(40),
  state: z.enum(Object.keys(DEPLOYMENT_FILTERS) as [DeploymentFilter, ...DeploymentFilter[]]).optional(),
  /** Deployments of this version alone. */
  version: z.string().max(60).optional(),
  cursor: OperationCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(25),
});

export interface DeploymentSummary {
  id: string;
  kind: 'deployment' | 'rollback';
  environment: string;
  title: string;
  /** Null of a rollback to whatever each Region ran before. */
  version: string | null;
  state: OperationState;
  requester: { id: string; name: string };
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  outcome: string | null;
  /** In the order in which it goes through them. */
  regions: DeployedRegion[];
}

/** How far a deployment has come in one Region. `back`: users were sent to it, and back again. */
export interface DeployedRegion {
  region: string;
  reached: 'no' | 'switched' | 'back';
}

interface Row extends Omit<DeploymentSummary, 'requester' | 'regions'> {
  requesterId: string;
  requesterName: string;
  regions: unknown;
}

/** Deployments and rollbacks of an environment, newest first, a page at a time by keyset. */
export async function listDeployments(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: DeploymentSummary[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListDeploymentsInput, raw);
  const { rows } = await context.database.pool.query<Row>(LIST, [
    input.environment,
    input.state ? [...DEPLOYMENT_FILTERS[input.state]] : [...OPERATION_STATES],
    input.cursor?.at ?? null,
    input.cursor?.id ?? null,
    input.version ?? null,
    input.limit + 1,
  ]);
  const page = rows.slice(0, input.limit);
  const reached = await readReached(
    context,
    page.map(({ id }) => id),
  );
  const last = page.at(-1);
  return {
    items: page.map(({ requesterId, requesterName, regions, ...row }) => ({
      ...row,
      requester: { id: requesterId, name: requesterName },
      regions: regionsOf(regions).map((region) => ({
        region,
        reached: reached.get(`${row.id} ${region}`) ?? 'no',
      })),
    })),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.createdAt, last.id) : null,
  };
}

// The kinds stand here as they stand in the partial index operation_deployments, which gives the order.
const LIST = `
  select o.id, o.kind, o.environment, o.title, o.params -> 'request' ->> 'version' as version, o.state, o.outcome,
         o.created_at as "createdAt", o.started_at as "startedAt", o.ended_at as "endedAt", o.plan -> 'regions' as regions,
         p.id as "requesterId", p.name as "requesterName"
    from operation o join person p on p.id = o.requested_by
   where o.environment = $1 and o.kind in ('deployment', 'rollback') and o.state = any($2)
     and ($3::timestamptz is null or (o.created_at, o.id) < ($3, $4))
     and ($5::text is null or o.params -> 'request' ->> 'version' = $5)
   order by o.created_at desc, o.id desc
   limit $6`;

/** The planned Regions in their order; a plan of a shape that this version does not know names none. */
function regionsOf(stored: unknown): string[] {
  return z.array(z.string()).safeParse(stored).data ?? [];
}

/** By operation and Region: whether users were sent to the new version, and back. */
async function readReached(
  { database }: VerbContext,
  operations: readonly string[],
): Promise<Map<string, DeployedRegion['reached']>> {
  const { rows } = await database.pool.query<{ id: string; region: string; back: boolean }>(
    `select operation_id as id, region, bool_or(action = 'deploy.switch-back') as back
       from operation_step
      where operation_id = any($1) and region is not null
        and action in ('deploy.switch', 'deploy.switch-back') and output ? 'switchedAtMs'
      group by operation_id, region`,
    [operations],
  );
  return new Map(rows.map(({ id, region, back }) => [`${id} ${region}`, back ? 'back' : 'switched']));
}
