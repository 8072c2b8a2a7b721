import type pg from 'pg';
import { usedExceptions } from '#lib/domain/freeze/check.ts';
import type { Check } from '#lib/domain/operation/plan.ts';
import { takeExceptions } from '../../data/freezes.ts';
import { RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';

/**
 * Notes the exceptions by which a planned operation goes through freezes, in the caller's transaction. Throws RefusedError
 * where one no longer lets it through. Answers their ids, for the audit log.
 */
export async function goThrough(
  context: Pick<VerbContext, 'now'>,
  connection: pg.PoolClient,
  { operation, checks, attempted }: { operation: string; checks: readonly Check[]; attempted: string },
): Promise<string[]> {
  const exceptions = usedExceptions(checks);
  if (await takeExceptions(connection, { exceptions, operation, now: context.now })) return exceptions;
  throw new RefusedError(
    'freeze',
    `${attempted}: the exception that let it through a freeze was used by another operation or taken back meanwhile. Ask an approver for another.`,
  );
}
