import http from 'node:http';
import type { Address } from '#lab/links/types.ts';
import { errorCode, errorMessage, ShopFault } from './faults.ts';

export interface Forwarded {
  status: number;
  retryAfterSeconds: number | undefined;
  body: string;
}

export interface ForwardRequest {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  headers?: Record<string, string>;
  timeoutMs: number;
}

/** Requests to another Region's shop over connections that are kept, so that each costs one round trip of the link. */
export interface Forwarder {
  /** Throws a ShopFault: 504 when nothing came in time, 502 when the link or the other shop broke off. */
  send(through: Address, request: ForwardRequest): Promise<Forwarded>;
  close(): void;
}

export function createForwarder(): Forwarder {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });

  return {
    async send(through, request) {
      try {
        return await exchange(agent, through, request);
      } catch (error) {
        if (error instanceof StaleConnectionError) return exchangeAgain(agent, through, request);
        throw asFault(error, request.timeoutMs);
      }
    },
    close: () => agent.destroy(),
  };
}

/** A kept connection that had died while idle is no verdict on the link: orders carry an id, so once more is safe. */
async function exchangeAgain(
  agent: http.Agent,
  through: Address,
  request: ForwardRequest,
): Promise<Forwarded> {
  try {
    return await exchange(agent, through, request);
  } catch (error) {
    throw asFault(error instanceof StaleConnectionError ? error.cause : error, request.timeoutMs);
  }
}

class StaleConnectionError extends Error {}
class NoAnswerError extends Error {}

function exchange(agent: http.Agent, { host, port }: Address, request: ForwardRequest): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const { method, path, body } = request;
    const headers = { ...request.headers, ...(body ? { 'content-type': 'application/json' } : {}) };
    const outgoing = http.request({ agent, host, port, method, path, headers });
    const deadline = setTimeout(() => outgoing.destroy(new NoAnswerError()), request.timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(deadline);
      const stale = outgoing.reusedSocket && errorCode(error) === 'ECONNRESET';
      reject(stale ? new StaleConnectionError('', { cause: error }) : error);
    };
    // A hang-up may be followed by a reset: the first one is told, and none may go unheard.
    outgoing.on('error', fail);
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.once('end', () => {
        clearTimeout(deadline);
        const retryAfter = Number(response.headers['retry-after']);
        resolve({
          status: response.statusCode ?? 502,
          retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    outgoing.end(body);
  });
}

function asFault(error: unknown, timeoutMs: number): ShopFault {
  if (error instanceof NoAnswerError) {
    return new ShopFault(504, `The writer's Region did not answer within ${timeoutMs} ms.`, { cause: error });
  }
  return new ShopFault(502, `The writer's Region cannot be reached: ${errorMessage(error)}.`, {
    cause: error,
  });
}
