import { signInPausedWords } from '#lib/domain/access/sign-in-words.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import type { Database } from '../../data/database.ts';
import { ThrottledError } from '../../errors.ts';

export interface SignInContext {
  database: Database;
  now: Date;
}

export interface SignInOrigin {
  address: string;
  userAgent: string;
  requestId: string;
}

interface Failure {
  /** What was attempted; opening a session where it is absent. */
  verb?: 'session.open' | 'session.prove';
  /** What is counted: `account:…`, `address:…`, `subject:…`. */
  sources: readonly string[];
  personId: string | null;
  rule: string;
  message: string;
}

const WINDOW_MINUTES = 15;

/** Throws ThrottledError when this source failed `limit` times in the last 15 minutes. */
export async function assertNotThrottled(
  context: SignInContext,
  source: string,
  limit: number,
): Promise<void> {
  const since = new Date(context.now.getTime() - WINDOW_MINUTES * 60_000);
  const { _sum, _max } = await context.database.prisma.signInFailure.aggregate({
    where: { source, minute: { gte: since } },
    _sum: { count: true },
    _max: { minute: true },
  });
  if ((_sum.count ?? 0) < limit) return;
  const until = (_max.minute?.getTime() ?? context.now.getTime()) + WINDOW_MINUTES * 60_000;
  const seconds = Math.max(1, Math.ceil((until - context.now.getTime()) / 1000));
  throw new ThrottledError(signInPausedWords(limit, seconds), seconds);
}

/** Counts by minute; the first failure of a minute writes the audit entry, so a flood cannot fill the log. */
export async function recordFailure(
  context: SignInContext,
  origin: SignInOrigin,
  failure: Failure,
): Promise<void> {
  await context.database.inTransaction(async (connection) => {
    let firstOfMinute = false;
    for (const source of failure.sources) {
      const { rows } = await connection.query<{ count: number }>(
        `insert into sign_in_failure (source, minute, count) values ($1, date_trunc('minute', $2::timestamptz), 1)
         on conflict (source, minute) do update set count = sign_in_failure.count + 1 returning count`,
        [source, context.now],
      );
      firstOfMinute ||= rows[0]?.count === 1;
    }
    if (!firstOfMinute) return;
    const verb = failure.verb ?? 'session.open';
    await appendAudit(connection, {
      verb,
      actor: { kind: 'person', id: failure.personId ?? 'unknown' },
      outcome: 'refused',
      rule: failure.rule,
      message: `${failure.message} Further failures in this minute are counted, not listed.`,
      requestId: origin.requestId,
      via: 'console',
      detail: { address: origin.address },
    });
    await announceChange(connection, 'audit', verb);
  });
}

const turns = new Map<string, Promise<unknown>>();

/**
 * Runs the work when all earlier work for the same source has ended, in this process: a thousand passwords sent at once
 * are counted one by one.
 */
export async function inTurn<Result>(source: string, work: () => Promise<Result>): Promise<Result> {
  const turn = (turns.get(source) ?? Promise.resolve()).then(work);
  const settled = turn.catch(() => undefined); // whoever called has the failure; the next one only waits
  turns.set(source, settled);
  try {
    return await turn;
  } finally {
    if (turns.get(source) === settled) turns.delete(source);
  }
}
