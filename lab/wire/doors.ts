import { createServer, type RequestListener, type Server } from 'node:http';
import type { OutageMode } from '#lab/kernel/chaos.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import { listen, listenRemembered } from '#lab/kernel/ports.ts';

/** Above the SDK's own idle time, so that it is the client who closes. */
const KEEP_ALIVE_MS = 65_000;
const HOST = '127.0.0.1';

export interface Door {
  url: string;
  server: Server;
}

/** A loopback HTTP server on the port that `name` had last time. */
export async function openDoor(ctx: LabContext, name: string, answer: RequestListener): Promise<Door> {
  const server = createServer(answer);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await listenRemembered(server, {
    ports: ctx.state.collection<number>('ports'),
    name,
    host: HOST,
  });
  return { server, url: `http://${HOST}:${port}` };
}

/** In mode `refuse` a Region's own port is closed, and afterwards opened again on the same number. */
export async function followOutage({ server, url }: Door, mode: OutageMode | undefined): Promise<void> {
  if (mode === 'refuse' && server.listening) await closeDoor(server);
  if (mode !== 'refuse' && !server.listening) await listen(server, Number(new URL(url).port), HOST);
}

export function closeDoor(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
