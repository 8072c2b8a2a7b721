import type { DebtCause, ReviewDebt } from '#lib/domain/recovery/review-debt.ts';
import type { Database } from '../../data/database.ts';
import type { Prisma } from '../../data/generated/client.ts';

type DebtRow = Pick<
  Prisma.ReviewDebtGetPayload<object>,
  'id' | 'cause' | 'operationId' | 'title' | 'owedBy' | 'openedAt' | 'dueAt' | 'reviewedAt'
>;

/** The row as the rules look at it; what was done with the console dead may belong to no operation. */
export function toDebt(row: DebtRow): ReviewDebt {
  return {
    id: row.id,
    cause: row.cause as DebtCause,
    operation: row.operationId ?? row.title,
    personId: row.owedBy,
    openedAt: row.openedAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    reviewedAt: row.reviewedAt?.toISOString() ?? null,
  };
}

/** What this person has yet to be reviewed for. */
export async function listUnpaidDebts(database: Database, personId: string): Promise<ReviewDebt[]> {
  const rows = await database.prisma.reviewDebt.findMany({
    where: { owedBy: personId, reviewedAt: null },
    orderBy: { dueAt: 'asc' },
  });
  return rows.map(toDebt);
}

/** Acts of people on a run that make them part of it. */
const TAKING_PART = [
  'operation.pause',
  'operation.resume',
  'operation.abort',
  'operation.revert',
  'operation.omit',
  'operation.close',
];

/** Who took part in these operations beside who started them, by operation: they do not review them. */
export async function listInvolved(
  database: Database,
  operationIds: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await database.pool.query<{ operation: string; person: string }>(
    `select distinct operation_id as operation,
       coalesce((entry::jsonb) -> 'actor' ->> 'owner', (entry::jsonb) -> 'actor' ->> 'id') as person
     from audit_entry where operation_id = any ($1) and verb = any ($2) and outcome = 'done'`,
    [operationIds, TAKING_PART],
  );
  const byOperation = Map.groupBy(rows, ({ operation }) => operation);
  return new Map(operationIds.map((id) => [id, (byOperation.get(id) ?? []).map(({ person }) => person)]));
}
