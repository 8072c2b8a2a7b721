import http from 'node:http';
import type { Act } from './session.ts';

/** What came back on one connection: an answer, or how it failed. */
export type Reply =
  | { answered: true; status: number; region: string | undefined; version: string | undefined }
  | { answered: false; reason: string };

/** A shop answers within two seconds; a visitor waits a little longer. */
const VISITOR_PATIENCE_MS = 3_000;

/** One request on a connection of its own. Never rejects. */
export function requestShop(address: string, port: number, act: Act): Promise<Reply> {
  return new Promise((resolve) => {
    const body = act.kind === 'order' ? orderBody(act) : undefined;
    const request = http.request({
      agent: false,
      host: address,
      port,
      method: body ? 'POST' : 'GET',
      path: act.kind === 'order' ? '/orders' : act.path,
      headers: {
        connection: 'close',
        ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}),
      },
    });
    const timer = setTimeout(() => {
      settle({ answered: false, reason: 'timeout' });
      request.destroy();
    }, VISITOR_PATIENCE_MS);
    function settle(reply: Reply) {
      clearTimeout(timer);
      resolve(reply);
    }
    const fail = (error: NodeJS.ErrnoException) =>
      settle({ answered: false, reason: error.code ?? error.message });
    request.on('error', fail);
    request.once('response', (response) => {
      response.on('error', fail);
      response.once('end', () =>
        settle({
          answered: true,
          status: response.statusCode ?? 0,
          region: header(response, 'x-shop-region'),
          version: header(response, 'x-shop-version'),
        }),
      );
      response.resume();
    });
    request.end(body);
  });
}

function orderBody({ orderId, productId, quantity, customer }: Extract<Act, { kind: 'order' }>): string {
  return JSON.stringify({ orderId, productId, quantity, customer });
}

function header(response: http.IncomingMessage, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === 'string' ? value : undefined;
}
