import type { Server } from 'node:net';
import type { Collection } from './state.ts';

/**
 * Listens where `name` listened last time, so that clients find it again after a restart; else, or if that port is taken, on a
 * free one, which is remembered. Resolves to the port.
 */
export async function listenRemembered(
  server: Server,
  place: { ports: Collection<number>; name: string; host: string },
): Promise<number> {
  const remembered = place.ports.get(place.name) ?? 0;
  try {
    await listen(server, remembered, place.host);
  } catch (error) {
    if (!remembered || !isTaken(error)) throw error;
    await listen(server, 0, place.host);
  }
  const address = server.address();
  if (typeof address !== 'object' || !address)
    throw new Error(`${place.name} listens on no port of ${place.host}.`);
  place.ports.put(place.name, address.port);
  return address.port;
}

/** Resolves once the server accepts on exactly this port; rejects with the reason it cannot. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Whether somebody else listens there already. */
export const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
