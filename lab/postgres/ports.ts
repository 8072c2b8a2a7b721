import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the systems' ranges for outgoing connections: a server that is down for an hour still finds its port free. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 200;

/** A loopback port that nobody listens on, and that no outgoing connection will be given. */
export async function quietPort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) return port;
  }
  throw new Error(
    `No free port between ${FIRST_PORT} and ${LAST_PORT} for a database. Stop other programs that listen there.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
