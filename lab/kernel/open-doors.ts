import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { errorMessage } from '#launch/problem.ts';
import { type Door, openDoor } from './door.ts';
import { isTaken, listen } from './ports.ts';

export interface DoorPlan {
  host: string;
  answer: RequestListener;
}

const ATTEMPTS = 20;

/**
 * Opens all doors on one port, the remembered one when it is free on every address. Throws with the addresses when no
 * common port is found; `of` says in the message whose doors they are.
 */
export async function openDoorsOnOnePort(
  of: string,
  plans: DoorPlan[],
  rememberedPort: number | undefined,
): Promise<{ port: number; doors: Door[] }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = attempt === 0 && rememberedPort ? rememberedPort : await freePort();
    const doors = await tryPort(of, plans, port);
    if (doors) return { port, doors };
  }
  const hosts = plans.map((plan) => plan.host).join(', ');
  throw new Error(
    `No port for ${of} is free on all of ${hosts}. Stop another lab on this machine and start again.`,
  );
}

async function tryPort(of: string, plans: DoorPlan[], port: number): Promise<Door[] | undefined> {
  const doors: Door[] = [];
  for (const { host, answer } of plans) {
    try {
      doors.push(await openDoor({ host, port, answer }));
    } catch (error) {
      await Promise.all(doors.map((door) => door.close()));
      if (isTaken(error)) return undefined;
      throw new Error(`The lab cannot listen on ${host}:${port} for ${of}: ${errorMessage(error)}`, {
        cause: error,
      });
    }
  }
  return doors;
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await listen(probe, 0, '127.0.0.1');
  const { port } = probe.address() as AddressInfo; // a TCP server's address, never a pipe's name
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
