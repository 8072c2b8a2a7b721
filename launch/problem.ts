/** A failure the person at the terminal can act on: its message is whole sentences, shown without a stack. */
export class LaunchProblem extends Error {
  override name = 'LaunchProblem';
}

/** Node's error code (`ENOENT`, `EADDRINUSE`…) of a caught value, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
