/** An answer other than the one asked for; its message is the body's. */
export class ShopFault extends Error {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  /** Whether a pod answered (a target's error) or there was none to answer (the load balancer's). */
  readonly by: 'target' | 'load-balancer';

  constructor(
    status: number,
    message: string,
    options: { retryAfterSeconds?: number; by?: 'target' | 'load-balancer'; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ShopFault';
    this.status = status;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.by = options.by ?? 'target';
  }
}

/** Node's or PostgreSQL's code of a caught value, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error && error.message ? error.message : (errorCode(error) ?? String(error));
}
