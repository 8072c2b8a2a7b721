import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LabContext } from '#lab/kernel/context.ts';
import { type Address, createLinks, type Links } from '#lab/links/index.ts';
import { AP, createTestContext, createTestNetwork, EU, temporaryFolder, US } from './support/databases.ts';

const network = createTestNetwork([[EU, AP]]);
let ctx: LabContext;
let links: Links;
let echo: Server;
let target: Address;
let accepted: Socket[] = [];
const open: Socket[] = [];

beforeAll(async () => {
  ctx = createTestContext({ dataDir: temporaryFolder() });
  links = await createLinks(ctx, network);
  echo = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('the echo server has no port');
  target = { host: '127.0.0.1', port: address.port };
});

afterEach(async () => {
  await ctx.chaos.heal();
  for (const socket of open.splice(0)) socket.destroy();
  accepted = [];
});

afterAll(async () => {
  await links.close();
  echo.close();
  rmSync(ctx.dataDir, { recursive: true, force: true });
});

function dial({ host, port }: Address): Socket {
  const socket = connect({ host, port, noDelay: true });
  socket.on('error', () => undefined);
  open.push(socket);
  return socket;
}

async function say(socket: Socket, words: string): Promise<number> {
  const sentAt = performance.now();
  socket.write(words);
  await once(socket, 'data');
  return performance.now() - sentAt;
}

/** How the connection ends. */
function closing(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let code: string | undefined;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    socket.on('close', () => resolve(code));
  });
}

/** Whether the promise is still pending after that long. */
async function pendingAfter(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const late = Symbol('late');
  const first = await Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms, late))]);
  return first === late;
}

const BUSY_MS = 1200;

describe('latency', () => {
  it('takes one round trip to answer, and one more to connect', async () => {
    const socket = dial(await links.proxy(EU, US, target));
    const first = await say(socket, 'a');
    const second = await say(socket, 'b');
    expect(first).toBeGreaterThanOrEqual(148);
    expect(second).toBeGreaterThanOrEqual(74);
    expect(second).toBeLessThan(300);
  });

  it('adds none within a Region: the address is the server itself', async () => {
    expect(await links.proxy(US, US, target)).toEqual(target);
  });

  it('gives the same address for the same path', async () => {
    expect(await links.proxy(EU, US, target)).toEqual(await links.proxy(EU, US, target));
    expect(await links.proxy(AP, US, target)).not.toEqual(await links.proxy(EU, US, target));
  });

  it('follows extra round trip on a live connection', async () => {
    const socket = dial(await links.proxy(EU, US, target));
    await say(socket, 'a');
    await ctx.chaos.change({ links: { [`${US}>${EU}`]: { mode: 'up', extraRttMs: 100 } } });
    expect(await say(socket, 'b')).toBeGreaterThanOrEqual(174);
  });

  it('stays what it is while the main loop is busy', async () => {
    const worker = new Worker(new URL('./support/echo-worker.ts', import.meta.url));
    const [{ port }] = (await once(worker, 'message')) as [{ port: number }];
    worker.postMessage(await links.proxy(EU, US, { host: '127.0.0.1', port }));
    const busyUntil = performance.now() + BUSY_MS;
    while (performance.now() < busyUntil) createHash('sha256').update(randomBytes(1024)).digest();
    const [times] = (await once(worker, 'message')) as [number[]];
    await worker.terminate();
    // In the main loop the first of them would have waited for the whole second.
    expect(Math.max(...times)).toBeLessThan(BUSY_MS / 2);
  });
});

describe('order and back-pressure', () => {
  it('delivers 20 MB unchanged to a reader that starts late', async () => {
    const socket = dial(await links.proxy(EU, US, target));
    socket.pause();
    const sent = createHash('sha256');
    const received = createHash('sha256');
    for (let part = 0; part < 20; part += 1) {
      const bytes = randomBytes(1024 * 1024);
      sent.update(bytes);
      if (!socket.write(bytes))
        await Promise.race([once(socket, 'drain'), new Promise((r) => setTimeout(r, 50))]);
    }
    socket.end();
    socket.on('data', (bytes) => received.update(bytes));
    socket.resume();
    await once(socket, 'end');
    expect(received.digest('hex')).toBe(sent.digest('hex'));
  });
});

describe('faults', () => {
  it('holds everything in a black hole and delivers it after healing', async () => {
    const socket = dial(await links.proxy(EU, US, target));
    await say(socket, 'a');
    await ctx.chaos.change({ links: { [`${US}>${EU}`]: { mode: 'blackhole', extraRttMs: 0 } } });
    const answer = say(socket, 'held');
    expect(await pendingAfter(400, answer)).toBe(true);
    await ctx.chaos.heal();
    expect(await answer).toBeGreaterThan(400);
  });

  it('lets no goodbye through a black hole', async () => {
    const socket = dial(await links.proxy(EU, US, target));
    await say(socket, 'a');
    const [peer] = accepted;
    if (!peer) throw new Error('the echo server saw no connection');
    const ended = once(peer, 'close');
    await ctx.chaos.change({ links: { [`${EU}>${US}`]: { mode: 'blackhole', extraRttMs: 0 } } });
    socket.destroy();
    expect(await pendingAfter(300, ended)).toBe(true);
    await ctx.chaos.heal();
    await ended;
  });

  it('answers no new connection while a direction is held', async () => {
    await ctx.chaos.change({ links: { [`${EU}>${US}`]: { mode: 'blackhole', extraRttMs: 0 } } });
    const answer = say(dial(await links.proxy(EU, US, target)), 'a');
    expect(await pendingAfter(300, answer)).toBe(true);
    await ctx.chaos.heal();
    await answer;
  });

  it.each(['drop', 'refuse'] as const)('resets connections of a Region that is out (%s)', async (mode) => {
    const path = await links.proxy(EU, US, target);
    const socket = dial(path);
    await say(socket, 'a');
    const lost = closing(socket);
    await ctx.chaos.change({ outages: { [US]: mode } });
    expect(await lost).toBe('ECONNRESET');
    expect(await closing(dial(path))).toBe('ECONNRESET');
  });

  it('resets where the network has no path, but not on the channel that RDS has of its own', async () => {
    expect(await closing(dial(await links.proxy(AP, EU, target)))).toBe('ECONNRESET');
    const service = dial(await links.proxy(AP, EU, target, { channel: 'service' }));
    expect(await say(service, 'a')).toBeGreaterThan(300);
    network.join(AP, EU);
    const path = await links.proxy(AP, EU, target);
    await expect.poll(() => say(dial(path), 'a').catch(() => undefined), { timeout: 3000 }).toBeDefined();
  });
});

describe('doors', () => {
  it('closed, keeps newcomers waiting while those inside go on', async () => {
    const door = await links.door(US, target);
    const inside = dial(door);
    await say(inside, 'a');
    await door.setOpen(false);
    const newcomer = say(dial(door), 'b');
    expect(await pendingAfter(300, newcomer)).toBe(true);
    expect(await say(inside, 'c')).toBeLessThan(200);
    await door.setOpen(true);
    await newcomer;
  });

  it('refuses a port that is taken', async () => {
    await expect(links.door(US, target, { port: target.port })).rejects.toThrow(/EADDRINUSE/);
  });
});

describe('the links process', () => {
  it('comes back with every path on its port when it is killed', async () => {
    const path = await links.proxy(EU, US, target);
    await say(dial(path), 'a');
    const children = execFileSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8' }).split('\n');
    const mine = children.find(
      (line) => line.includes('links/child.ts') && line.trim().split(/\s+/)[1] === String(process.pid),
    );
    process.kill(Number(mine?.trim().split(/\s+/)[0]), 'SIGKILL');
    const reached = () => say(dial(path), 'b').catch(() => undefined);
    await expect.poll(() => pendingSay(reached), { timeout: 5000, interval: 100 }).toBe(true);
  });
});

/** Whether an answer comes within a second. */
async function pendingSay(attempt: () => Promise<unknown>): Promise<boolean> {
  const answer = await Promise.race([
    attempt(),
    new Promise((resolve) => setTimeout(resolve, 1000, undefined)),
  ]);
  return answer !== undefined;
}
