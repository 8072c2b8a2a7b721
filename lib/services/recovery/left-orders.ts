import type { Environment } from '#lib/domain/estate/estate.ts';
import type { LeftOrders } from '#lib/domain/recovery/left-run.ts';
import { RECOVERY_PARAMS } from '#lib/domain/recovery/params.ts';
import { leftOrdersOf } from '#lib/domain/recovery/refused-orders.ts';
import type { Database } from '../../data/database.ts';
import { planRecoveryRevert } from '../../operations/recovery/plan.ts';
import { LEFT_RUN, listLaterRuns, toLeftRun } from '../operations/left-runs.ts';

/** Of runs that stopped half-way so many are looked at, newest first. */
const LOOKED_AT = 5;

/** Orders that a run of the environment has left refused and that can be put back; null where none has. */
export async function findLeftOrders(
  database: Database,
  environment: Environment,
): Promise<LeftOrders | null> {
  const runs = await database.prisma.operation.findMany({
    where: {
      environment: environment.name,
      state: { in: ['superseded', 'failed'] },
      kind: { in: Object.keys(RECOVERY_PARAMS) },
      revertedBy: { none: { state: 'done' } },
      steps: {
        some: {
          action: { in: ['recovery.freeze-writes', 'recovery.seal-writer', 'recovery.fence-database'] },
          attempt: { gt: 0 },
          state: { not: 'reverted' },
        },
        none: { irreversible: true, attempt: { gt: 0 }, state: { not: 'failed' } },
      },
    },
    select: {
      ...LEFT_RUN,
      environment: true,
      steps: { orderBy: { position: 'asc' } },
    },
    orderBy: { endedAt: 'desc' },
    take: LOOKED_AT,
  });
  for (const run of runs) {
    const started = new Map(
      run.steps.flatMap(({ key, startedAt }) => (startedAt ? [[key, startedAt.toISOString()]] : [])),
    );
    const left = toLeftRun(run);
    const orders = leftOrdersOf(left, started);
    if (orders === null) continue;
    const later = await listLaterRuns(database, run);
    if (planRecoveryRevert({ environment, left, later }).ok) return orders;
  }
  return null;
}
