import http from 'node:http';
import type { Address } from '#lab/links/types.ts';
import { SYNTHETIC_HEADER } from './synthetic.ts';

/** How an attempt to reach something ended: `refused` also when a connection was reset or no route led there. */
export type Unreached = { result: 'refused' | 'timeout'; detail: string };

export interface Question {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  /** Who asks, for the header by which synthetic requests are known. */
  as: string;
  timeoutMs: number;
}

export interface Answered {
  result: 'answered';
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** One synthetic request to a shop on a connection of its own. Never rejects. */
export function askShop({ host, port }: Address, question: Question): Promise<Answered | Unreached> {
  const { method, path, body, as, timeoutMs } = question;
  return new Promise((resolve) => {
    const request = http.request({
      agent: false,
      host,
      port,
      method,
      path,
      headers: {
        connection: 'close',
        [SYNTHETIC_HEADER]: as,
        ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}),
      },
    });
    const timer = setTimeout(
      () => finish({ result: 'timeout', detail: `no answer within ${timeoutMs} ms` }),
      timeoutMs,
    );
    const finish = (outcome: Answered | Unreached) => {
      clearTimeout(timer);
      request.destroy();
      resolve(outcome);
    };
    const fail = (error: NodeJS.ErrnoException) =>
      finish({ result: 'refused', detail: error.code ?? error.message });
    request.on('error', fail);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.once('end', () =>
        finish({
          result: 'answered',
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.end(body);
  });
}
