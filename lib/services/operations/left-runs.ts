import { z } from 'zod';
import type { OperationState } from '#lib/domain/operation/state.ts';
import type { LeftRun } from '#lib/domain/recovery/left-run.ts';
import type { Database } from '../../data/database.ts';
import type { Prisma } from '../../data/generated/client.ts';
import { NotFoundError } from '../../errors.ts';
import type { LaterRun } from '../../operations/recovery/plan.ts';
import { readStoredOperation } from './stored.ts';

const Output = z.record(z.string(), z.unknown());

/** An operation with its steps, as it is stored. */
export interface StoredRun {
  id: string;
  title: string;
  kind: string;
  state: string;
  plan: unknown;
  steps: readonly {
    key: string;
    title: string;
    irreversible: boolean;
    state: string;
    attempt: number;
    output: unknown;
  }[];
}

/** A stored run as the rules about what it left see it. */
export function toLeftRun({ id, title, kind, state, plan, steps }: StoredRun): LeftRun {
  const stored = readStoredOperation(plan);
  return {
    id,
    title,
    kind,
    state: state as OperationState,
    plan: { steps: stored?.steps ?? [], compensation: stored?.compensation ?? [] },
    steps: steps.map(({ output, ...step }) => ({ ...step, output: Output.safeParse(output).data ?? null })),
  };
}

/** What is selected of a run beside its steps. */
export const LEFT_RUN = {
  id: true,
  title: true,
  kind: true,
  state: true,
  plan: true,
  endedAt: true,
} as const satisfies Prisma.OperationSelect;

/** The run with its steps. Throws NotFoundError. */
export async function readLeftRun(
  database: Database,
  id: string,
): Promise<{ left: LeftRun; endedAt: Date | null }> {
  const operation = await database.prisma.operation.findUnique({
    where: { id },
    select: {
      ...LEFT_RUN,
      steps: {
        select: { key: true, title: true, irreversible: true, state: true, attempt: true, output: true },
        orderBy: { position: 'asc' },
      },
    },
  });
  if (!operation) throw new NotFoundError(`There is no operation ${id}.`);
  return { left: toLeftRun(operation), endedAt: operation.endedAt };
}

/**
 * Runs of the environment that began once that one had ended, with the planned steps that changed something, or may have, and
 * that were not put back. Those that tried to put that one back do not count.
 */
export async function listLaterRuns(
  database: Database,
  { id, environment, endedAt }: { id: string; environment: string; endedAt: Date | null },
): Promise<LaterRun[]> {
  if (endedAt === null) return [];
  const { rows } = await database.pool.query<{ id: string; title: string; plan: unknown; keys: string[] }>(
    `select o.id, o.title, o.plan, array_agg(s.key order by s.position) as keys
       from operation o join operation_step s on s.operation_id = o.id
      where o.environment = $1 and o.started_at >= $2 and o.id <> $3 and o.reverts is distinct from $3
        and s.attempt > 0 and s.state <> 'reverted'
        and (s.attempt > 1 or s.state in ('running', 'holding', 'unknown')
             or exists (select 1 from operation_call c
                         where c.operation_id = s.operation_id and c.step_key = s.key and c.mutating))
      group by o.id order by o.started_at`,
    [environment, endedAt, id],
  );
  return rows.map(({ plan, keys, ...run }) => ({
    ...run,
    changed: (readStoredOperation(plan)?.steps ?? []).filter(({ key }) => keys.includes(key)),
  }));
}
