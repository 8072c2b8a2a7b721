import type { Clock } from '#lib/domain/recovery/clocks.ts';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { downtimeWithin, readClientReport } from '../reports/client-report.ts';
import { assertPermitted } from '../verb.ts';
import { clocksOfRun, runTimes } from './clocks.ts';

/** What a recovery's page counts while it runs. */
export interface RecoveryRun {
  operation: string;
  /** What the clocks count from. ISO; null while it has not begun. */
  from: string | null;
  clocks: Clock[];
  /** What clients saw since then; null where nobody measures, or nobody answered. */
  clients: {
    at: string;
    ordersSeconds: number;
    ordersDown: boolean;
    readsSeconds: number;
    readsDown: boolean;
    missing: number | null;
  } | null;
  clientsError: string | null;
}

/** The three clocks of a run and what clients measured beside them, as they stand now. Throws NotFoundError. */
export async function readRecoveryRun(context: VerbContext, id: string): Promise<RecoveryRun> {
  assertPermitted(context, 'read', {});
  const operation = await context.database.prisma.operation.findFirst({
    where: { id },
    select: {
      id: true,
      plan: true,
      startedAt: true,
      endedAt: true,
      steps: {
        orderBy: { position: 'asc' },
        select: { key: true, action: true, state: true, startedAt: true, endedAt: true },
      },
      clientReport: true,
    },
  });
  if (!operation) throw new NotFoundError(`There is no operation ${id.slice(0, 20)}.`);
  const until = operation.endedAt ?? context.now;
  const { outageAt, startedAt } = runTimes(operation, until);
  const from = outageAt ?? startedAt;
  const report = readClientReport(operation.clientReport?.value);
  return {
    operation: operation.id,
    from,
    clocks: clocksOfRun(operation, until),
    clients: report && from ? clientsSince(report, from, until) : null,
    clientsError: operation.clientReport?.error ?? null,
  };
}

function clientsSince(
  report: NonNullable<ReturnType<typeof readClientReport>>,
  from: string,
  until: Date,
): NonNullable<RecoveryRun['clients']> {
  const { orders, reads } = report.all.downtime;
  const [down, blind] = [orders, reads].map((intervals) =>
    downtimeWithin(intervals, from, until.toISOString()),
  );
  return {
    at: report.at,
    ordersSeconds: down?.seconds ?? 0,
    ordersDown: down?.lasts ?? false,
    readsSeconds: blind?.seconds ?? 0,
    readsDown: blind?.lasts ?? false,
    missing: report.orders.missing,
  };
}
