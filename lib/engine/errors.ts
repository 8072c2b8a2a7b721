/** This worker was declared dead by a peer: whatever it still does is no longer its own to record. */
export class FencedError extends Error {
  override name = 'FencedError';
}

/** A newer attempt of the same step is under way elsewhere; this one may record nothing. */
export class StaleAttemptError extends Error {
  override name = 'StaleAttemptError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
