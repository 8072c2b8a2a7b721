import type pg from 'pg';
import { z } from 'zod';
import { mayClear, mayMarkBad, type ReleaseRule } from '#lib/domain/release/release.ts';
import { announceChange } from '../../data/audit.ts';
import { ConflictError, NotFoundError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { defineVerb } from '../verb.ts';
import { readRelease } from './read.ts';
import { requirePerson } from './register.ts';

const SHORTEST_REASON = 3;
const LONGEST_REASON = 2_000;
const version = z.string().min(1, 'is missing').max(60, 'is over 60 characters');
const reason = z
  .string()
  .trim()
  .min(SHORTEST_REASON, 'says why, in three letters at least')
  .max(LONGEST_REASON, 'is over 2,000 characters');

export const MarkReleaseInput = z.strictObject({ version, reason });

/** Says that a release is bad: nothing is deployed or rolled back to it until somebody clears it. */
export const markReleaseBad = defineVerb({
  name: 'release.mark-bad',
  action: 'release.mark-bad',
  input: MarkReleaseInput,
  scope: (input) => ({ subject: `release/${input.version}` }),
  async run(context, input, connection) {
    const by = requirePerson(context, 'mark releases bad');
    assertAllowed(mayMarkBad(await requireRelease(context, input.version)));
    const marked = await markBad(connection, {
      version: input.version,
      reason: input.reason,
      operation: null,
      by,
      at: context.now,
    });
    if (!marked) throw new ConflictError(`${input.version} was marked bad by someone else meanwhile.`);
    return { result: { version: input.version }, detail: { reason: input.reason } };
  },
});

/** Says that a release which was marked bad may be deployed again; never said by whoever registered it. */
export const clearRelease = defineVerb({
  name: 'release.clear',
  action: 'release.clear',
  input: MarkReleaseInput,
  scope: (input) => ({ subject: `release/${input.version}` }),
  async run(context, input) {
    const by = requirePerson(context, 'clear releases');
    const release = await requireRelease(context, input.version);
    assertAllowed(mayClear(release, by));
    const { count } = await context.database.prisma.release.updateMany({
      where: { version: input.version, badAt: release.bad && new Date(release.bad.at) },
      data: { badAt: null, badBy: null, badReason: null, badOperation: null },
    });
    if (count !== 1) throw new ConflictError(`${input.version} was judged by someone else meanwhile.`);
    return {
      result: { version: input.version },
      detail: { reason: input.reason, was: release.bad?.reason, operation: release.bad?.operation },
      changes: [{ topic: 'release', ref: input.version }],
    };
  },
});

/**
 * Marks a release bad in the transaction of whoever found it to be, which also writes the audit entry. False where it was
 * marked before, or was never registered: the first verdict stays.
 */
export async function markBad(
  connection: Pick<pg.PoolClient, 'query'>,
  verdict: {
    version: string;
    reason: string;
    operation: string | null;
    /** Person id; null: a gate decided it. */
    by: string | null;
    /** By the database's clock where it is not given. */
    at?: Date;
  },
): Promise<boolean> {
  const words = verdict.reason.trim().slice(0, LONGEST_REASON);
  const { rowCount } = await connection.query(
    `update release set bad_at = coalesce($2, now()), bad_by = $3, bad_reason = $4, bad_operation = $5
      where version = $1 and bad_at is null`,
    [
      verdict.version,
      verdict.at ?? null,
      verdict.by,
      words.length < SHORTEST_REASON ? 'no reason was given' : words,
      verdict.operation,
    ],
  );
  if (rowCount !== 1) return false;
  await announceChange(connection, 'release', verdict.version);
  return true;
}

async function requireRelease(context: VerbContext, wanted: string) {
  const release = await readRelease(context.database, wanted);
  if (!release) throw new NotFoundError(`There is no release ${wanted}.`);
  return release;
}

function assertAllowed(rule: ReleaseRule): void {
  if (!rule.allowed) throw new RefusedError(rule.code, rule.reason);
}
