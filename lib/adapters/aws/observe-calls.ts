import type { HandlerExecutionContext, HttpRequest, MetadataBearer, MiddlewareStack } from '@smithy/types';
import type { CallRecord } from '../../ports/aws.ts';
import { remedyFor } from './remedies.ts';

/** A call as its client saw it; `attempts` is how often it was sent. */
export interface ObservedCall extends Omit<CallRecord, 'mutating' | 'summary'> {
  attempts: number;
}

export type CallObserver = (call: ObservedCall) => void;

/** Tells the observer of each call, once however often the SDK tried: who was asked, what came back, how long it took. */
export function observeCalls(
  client: { middlewareStack: unknown },
  of: { service: string; region: string },
  tell: CallObserver,
): void {
  const stack = stackOf(client);
  const hosts = new WeakMap<HandlerExecutionContext, string>();
  stack.add(
    (next, context) => async (args) => {
      const startedAt = Date.now();
      const record = (status: string, requestId: string | null, attempts: number) =>
        tell({
          at: new Date(startedAt).toISOString(),
          service: of.service,
          action: (context.commandName ?? 'Unknown').replace(/Command$/, ''),
          region: of.region,
          host: hosts.get(context) ?? '',
          status,
          requestId,
          durationMs: Date.now() - startedAt,
          attempts,
        });
      try {
        const answer = await next(args);
        const { httpStatusCode, requestId, attempts } = answer.output.$metadata;
        // Never tried: the call was only built, to learn where it would go.
        if (attempts !== undefined) record(String(httpStatusCode ?? 'ok'), requestId ?? null, attempts);
        return answer;
      } catch (error) {
        const { requestId, attempts } = metadataOf(error);
        record(errorCode(error), requestId ?? null, attempts ?? 1);
        throw error;
      }
    },
    { step: 'initialize', name: 'meridianObserveCalls', priority: 'high' },
  );
  stack.add(
    (next, context) => (args) => {
      const { hostname, port } = args.request as HttpRequest;
      hosts.set(context, port ? `${hostname}:${port}` : hostname);
      return next(args);
    },
    { step: 'build', name: 'meridianNoteHost', priority: 'low' },
  );
}

// Each client types its stack by the union of its own commands; the two middlewares above touch none of that.
function stackOf(client: { middlewareStack: unknown }): MiddlewareStack<object, MetadataBearer> {
  return client.middlewareStack as MiddlewareStack<object, MetadataBearer>;
}

/** Name of the failure as people look it up: the service's code, or the socket's (`ECONNRESET`) that another wraps. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown';
  const { code } = error as Error & { code?: unknown };
  // What the SDK gave up by its own clock it calls a TimeoutError, and marks like a socket's.
  if (code === 'ETIMEDOUT') return 'TimeoutError';
  if (typeof code === 'string' && /^(E|UND_ERR_)[A-Z_]+$/.test(code)) return code;
  return error.cause instanceof Error && isWrapper(error) ? errorCode(error.cause) : error.name;
}

/** fetch says no more than that it failed; why stands in the cause. */
function isWrapper(error: Error): boolean {
  return error instanceof TypeError && error.message === 'fetch failed';
}

function metadataOf(error: unknown): { requestId?: string; attempts?: number } {
  const { $metadata } = (error ?? {}) as { $metadata?: { requestId?: string; attempts?: number } };
  return $metadata ?? {};
}

/** One sentence on why a call gave nothing, for people: code first, no stack; what to do about it where that is known. */
export function errorSentence(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  if (isWrapper(error) && error.cause instanceof Error) return errorSentence(error.cause);
  const code = errorCode(error);
  const remedy = remedyFor(error);
  if (remedy) return `${code}: ${remedy.sentence}`;
  const message = error.message.replace(/\s+/g, ' ').trim().slice(0, 200);
  if (code === 'Error') return message || 'unknown failure';
  return message && message !== code ? `${code}: ${message}` : code;
}
