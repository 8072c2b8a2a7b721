import { isUnanswered } from '../aws/unanswered.ts';

/**
 * Classes of SQLSTATE by which the server says that it could not, not that it would not: connection, resources, operator's
 * intervention (shutdown, start, statement time-out), system, internal error. Plus a lock that was not to be had in time.
 */
const COULD_NOT = /^(08|53|57|58|XX)|^55P03$/;

/** A failure of TLS' proof of who the server is, by Node's code for it. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_)/;

/** Lost, late or broken off; everything that the server refused for a reason is not. */
export function isUnansweredSql(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const state = sqlState(error);
  if (state !== undefined) return COULD_NOT.test(state);
  if (isUnanswered(error)) return true;
  // `pg` has no code for a connection that ended or took too long.
  return /^(timeout expired|Query read timeout|Connection terminated|Client has encountered|There was an error establishing)/.test(
    error.message,
  );
}

export function isUntrusted(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && UNTRUSTED.test(error.code)
  );
}

/** The five characters by which PostgreSQL names an error; undefined for what did not come from a server. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the server refused the login itself: class 28, invalid authorisation. */
export function isRejectedLogin(error: unknown): boolean {
  return sqlState(error)?.startsWith('28') ?? false;
}
