import http from 'node:http';
import net from 'node:net';
import type { OutageMode } from './chaos.ts';
import { listen } from './ports.ts';

export type DoorMode = 'open' | OutageMode;

/** A listener that can fail as a lost Region does. */
export interface Door {
  mode(): DoorMode;
  setMode(mode: DoorMode): Promise<void>;
  close(): Promise<void>;
}

export interface DoorOptions {
  host: string;
  port: number;
  answer: http.RequestListener;
}

/** Over the lifetime of shoppers' sockets; the writer's links are kept open between orders. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Listens on `host:port`. `drop` destroys every socket at once, `refuse` closes the listener, `hang` accepts and never
 * answers, also what was under way. Leaving a mode breaks the sockets it held, as a healed network does.
 */
export async function openDoor({ host, port, answer }: DoorOptions): Promise<Door> {
  let mode: DoorMode = 'open';
  let ended = false;
  const sockets = new Set<net.Socket>();
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 10_000 }, answer);
  const listener = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (mode === 'drop') socket.resetAndDestroy();
    else if (mode === 'hang') socket.pause();
    else server.emit('connection', socket);
  });

  await listen(listener, port, host);

  function breakAll() {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    mode: () => mode,
    async setMode(next) {
      // Chaos goes on telling a door that has been taken away.
      if (ended || next === mode) return;
      const before = mode;
      mode = next;
      if (before === 'hang' || next === 'drop' || next === 'refuse') breakAll();
      if (next === 'refuse') await closed(listener);
      if (before === 'refuse') await listen(listener, port, host);
      if (next === 'hang') for (const socket of sockets) holdBack(socket);
    },
    async close() {
      ended = true;
      breakAll();
      server.close();
      if (listener.listening) await closed(listener);
    },
  };
}

/** Nothing is read from the socket any more, and what is written to it stays in memory. */
function holdBack(socket: net.Socket): void {
  socket.pause();
  socket.cork();
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}
