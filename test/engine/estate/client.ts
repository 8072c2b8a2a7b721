import { randomUUID } from 'node:crypto';
import type { AwsAttempt } from '#lib/engine/parts.ts';
import { type AwsPort, UnansweredError } from '#lib/ports/aws.ts';
import { StaleServiceError } from '#lib/ports/deployment.ts';
import { Refusal } from './refusal.ts';
import type { EstateAnswer, EstateCall } from './server.ts';

/** No call lasts longer, as with the product's own port (lib/adapters/aws/port-context.ts). */
const CALL_MS = 10_000;
const CHANGES =
  /^(apply|promote|create|modify|reboot|delete|scale|set|smoke|switch|change|update|write|terminate|run)/;

/** The port to the simulated estate: every call goes over the wire, is bounded in time, and is on record. */
export function portTo(url: string, attempt: AwsAttempt): AwsPort & { close(): void } {
  const closed = new AbortController();
  const caller = {
    operation: attempt.operation.id,
    stepKey: attempt.stepKey,
    pid: process.pid,
    port: randomUUID(),
  };
  const call = async (method: string, args: unknown[]): Promise<unknown> => {
    const startedAt = performance.now();
    const answer = await send(url, { caller, method, args }, closed.signal);
    attempt.record({
      at: new Date().toISOString(),
      service: 'simulated',
      action: method,
      region: typeof args[0] === 'string' ? args[0] : 'us-east-1',
      host: new URL(url).host,
      status: 'value' in answer ? '200' : 'refused' in answer ? answer.refused.name : 'no answer',
      requestId: randomUUID(),
      durationMs: performance.now() - startedAt,
      mutating: CHANGES.test(method),
      summary: null,
    });
    if ('value' in answer) return answer.value;
    if ('unanswered' in answer)
      throw new UnansweredError(answer.unanswered, { throttled: answer.throttled ?? false });
    if (answer.refused.name === 'StaleServiceError') throw new StaleServiceError(answer.refused.message);
    throw new Refusal(answer.refused.name, answer.refused.message);
  };
  return new Proxy(
    { close: () => closed.abort() },
    {
      get(target, key) {
        if (key === 'close') return target.close;
        // `then` decides whether an await takes the port itself for a promise.
        if (typeof key === 'symbol' || key === 'then') return undefined;
        return (...args: unknown[]) => call(key, args);
      },
    },
  ) as AwsPort & { close(): void }; // the estate refuses by name what it does not have
}

async function send(url: string, call: EstateCall, closed: AbortSignal): Promise<EstateAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(call),
      signal: AbortSignal.any([closed, AbortSignal.timeout(CALL_MS)]),
    });
    return (await response.json()) as EstateAnswer; // estate/server.ts alone answers here
  } catch (error) {
    return { unanswered: `${call.method}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
