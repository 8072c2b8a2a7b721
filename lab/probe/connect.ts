import { connect, type Socket } from 'node:net';
import type { Address } from '#lab/links/types.ts';
import type { Unreached } from '#lab/shop/ask-shop.ts';

/** PostgreSQL's SSLRequest (protocol, "SSL Session Encryption"): the server answers one byte, before any password. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 'S'.charCodeAt(0);
const NO = 'N'.charCodeAt(0);

/**
 * Knocks at a PostgreSQL server: an accepted connection alone proves nothing, as whatever stands in between may have
 * accepted it. Never rejects.
 */
export function knock(
  address: Address,
  timeoutMs: number,
): Promise<{ result: 'open'; tls: boolean } | Unreached> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ host: address.host, port: address.port });
    const timer = setTimeout(
      () => finish({ result: 'timeout', detail: `no answer within ${timeoutMs} ms` }),
      timeoutMs,
    );
    const finish = (outcome: { result: 'open'; tls: boolean } | Unreached) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => socket.write(SSL_REQUEST));
    socket.once('data', (bytes) => {
      const [answer] = bytes;
      if (answer === YES || answer === NO) finish({ result: 'open', tls: answer === YES });
      else finish({ result: 'refused', detail: 'what answers is no PostgreSQL server' });
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      finish({ result: 'refused', detail: error.code ?? error.message }),
    );
    socket.on('close', () => finish({ result: 'refused', detail: 'closed without an answer' }));
  });
}
