import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** SQLSTATE classes after which the same statement may succeed: connection, resources, operator intervention. */
const PASSING_CLASSES = new Set(['08', '53', '57']);
/** Deadlock, serialisation, lock timeout, and a session ended for idling inside a transaction. */
const PASSING_CODES = new Set(['40P01', '40001', '55P03', '25P03']);
const PASSING_ERRNOS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
/** pg has no code for a session that ended under a query. */
const PASSING_MESSAGES =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

/** Whether a failure of the database passes by itself: a restart, a failover, a lost session, a lock held too long. */
export function isPassing(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (PASSING_ERRNOS.has(code) || PASSING_CODES.has(code)) return true;
  if (code.length === 5 && PASSING_CLASSES.has(code.slice(0, 2))) return code !== '57014';
  return PASSING_MESSAGES.test(error.message);
}

/**
 * Repeats `work` until the database answers, however long it is away: an operation waits for its record, it is never
 * lost for the want of one. `work` must be safe to repeat, also when a commit's answer was lost. Other errors pass through.
 */
export async function untilDatabaseAnswers<Result>(
  work: () => Promise<Result>,
  onFailure: (error: unknown) => void = () => undefined,
): Promise<Result> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      onFailure(error);
    }
    await delay(pauseMs);
  }
}
