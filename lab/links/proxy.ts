import { connect, createServer, type Server, type Socket } from 'node:net';
import { createRelay, type Relay } from './relay.ts';
import type { Address, Conditions } from './types.ts';

export interface LinkProxy {
  port: number;
  apply(conditions: Conditions): void;
  close(): Promise<void>;
}

/** Listens on loopback and joins each connection to `target` under the conditions of the moment. */
export async function openProxy(port: number, target: Address, initial: Conditions): Promise<LinkProxy> {
  let conditions = initial;
  const sessions = new Set<Session>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (conditions.admit === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const session = createSession(client, target, () => conditions);
    sessions.add(session);
    session.onOver(() => sessions.delete(session));
  });
  await listen(server, port);

  return {
    port: portOf(server),
    apply(next) {
      conditions = next;
      for (const session of [...sessions]) {
        if (next.admit === 'reset') session.reset();
        else session.wake();
      }
    },
    close() {
      for (const session of [...sessions]) session.reset();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Session {
  wake(): void;
  reset(): void;
  onOver(listener: () => void): void;
}

const EARLY_BYTES = 64 * 1024;

/** One connection. Its handshake costs the round trip, and waits while either direction is held. */
function createSession(client: Socket, target: Address, conditions: () => Conditions): Session {
  const acceptedAt = performance.now();
  let early: Buffer[] = [];
  let upstream: Socket | undefined;
  let relays: Relay[] = [];
  let timer: NodeJS.Timeout | undefined;
  let over: () => void = () => undefined;

  function closed() {
    if (!client.destroyed || (upstream && !upstream.destroyed)) return;
    clearTimeout(timer);
    for (const relay of relays) relay.stop();
    over();
  }

  function keepEarly(bytes: Buffer) {
    early.push(bytes);
    if (early.reduce((sum, { length }) => sum + length, 0) > EARLY_BYTES) client.pause();
  }
  const giveUp = () => client.destroy();

  function tryOpen() {
    clearTimeout(timer);
    if (upstream || client.destroyed) return;
    const { admit, inward, outward, oneWayMs } = conditions();
    if (admit !== 'open' || inward === 'held' || outward === 'held') return;
    const waitMs = acceptedAt + 2 * oneWayMs - performance.now();
    if (waitMs > 0) timer = setTimeout(tryOpen, waitMs);
    else open();
  }

  function open() {
    client.off('data', keepEarly).off('end', giveUp).pause();
    const server = connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true });
    upstream = server;
    server.on('error', () => server.destroy());
    server.on('close', closed);
    relays = [
      createRelay(client, server, () => direction(conditions(), 'outward')),
      createRelay(server, client, () => direction(conditions(), 'inward')),
    ];
    if (early.length > 0) client.unshift(Buffer.concat(early));
    early = [];
    client.resume();
  }

  client.setNoDelay(true);
  // What went wrong on a socket is told to the other side as a reset, by its relay.
  client.on('error', giveUp);
  client.on('close', closed);
  client.on('data', keepEarly).on('end', giveUp);
  tryOpen();

  return {
    wake() {
      tryOpen();
      for (const relay of relays) relay.wake();
    },
    reset() {
      for (const relay of relays) relay.stop();
      client.resetAndDestroy();
      upstream?.resetAndDestroy();
    },
    onOver(listener) {
      over = listener;
    },
  };
}

function direction(conditions: Conditions, way: 'outward' | 'inward') {
  return { delayMs: conditions.oneWayMs, flowing: conditions[way] === 'flowing' };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A link proxy has no TCP address.');
  return address.port;
}
