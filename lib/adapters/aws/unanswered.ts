import { isThrottlingError } from '@smithy/core/retry';
import type { FinalizeRequestMiddleware, MetadataBearer, MiddlewareStack } from '@smithy/types';
import { RefusedError } from '../../errors.ts';
import { UnansweredError } from '../../ports/aws.ts';
import { tellThrottled } from '../../ports/throttling.ts';
import { errorCode, errorSentence } from './observe-calls.ts';
import { remedyFor } from './remedies.ts';

/**
 * The call's answer; an UnansweredError that names the call where there is none, a RefusedError with what to do where AWS
 * refused who signed it or when, anything else as it was thrown.
 */
export async function answered<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const remedy = error instanceof Error ? remedyFor(error) : null;
    if (remedy) {
      const message = `${what} was refused: ${errorSentence(error)}.`;
      throw new RefusedError(remedy.rule, message, { cause: error });
    }
    if (!isUnanswered(error)) throw error;
    throw new UnansweredError(`${what} got no usable answer: ${errorSentence(error)}`, {
      cause: error,
      throttled: isThrottledAnswer(error),
    });
  }
}

/** Throttled, failed on the other side, lost on the way, late, or answered with what no SDK can read. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'TimeoutError' || error.name === 'AbortError' || isThrottledAnswer(error)) return true;
  if (/^(E|UND_ERR_)[A-Z_]+$/.test(errorCode(error))) return true;
  const status = statusOf(error);
  return status !== undefined && (status >= 500 || status < 300);
}

/** What AWS, or a cluster, answers where it has no time. */
export function isThrottledAnswer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The SDK declares its errors narrower than the class they are; it only reads names and metadata.
  return isThrottlingError(error as Parameters<typeof isThrottlingError>[0]) || statusOf(error) === 429;
}

/** Has each try of the client's calls that is throttled told, while the SDK pauses and tries again. */
export function tellThrottledTries(client: { middlewareStack: unknown }): void {
  // As in observe-calls.ts: each client types its stack by its own commands, which this does not touch.
  const stack = client.middlewareStack as MiddlewareStack<object, MetadataBearer>;
  const tell: FinalizeRequestMiddleware<object, MetadataBearer> = (next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (isThrottledAnswer(error)) tellThrottled(errorSentence(error));
      throw error;
    }
  };
  stack.addRelativeTo(tell, {
    relation: 'after',
    toMiddleware: 'retryMiddleware',
    name: 'meridianTellThrottled',
  });
}

/** HTTP status, as the SDK keeps it (`$metadata`) or the Kubernetes client does (`code`). */
function statusOf(error: Error): number | undefined {
  const { $metadata, code } = error as Error & { $metadata?: { httpStatusCode?: number }; code?: unknown };
  return $metadata?.httpStatusCode ?? (typeof code === 'number' ? code : undefined);
}
