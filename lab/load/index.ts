import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { PRODUCT_COUNT } from '#lab/postgres/index.ts';
import type { Shops } from '#lab/shop/index.ts';
import { loadGeographies } from './geographies.ts';
import type { FromShoppers, LoadConfig, ToShoppers, WriterPlace } from './messages.ts';

export interface LoadDependencies {
  dns: { host: string; port: number };
  shops: Pick<Shops, 'port' | 'sites' | 'currentWriter'>;
}

export interface Load {
  ledgerUrl: string;
  /** Of the shoppers as they run now. */
  processId(): number | undefined;
  part: LabPart;
}

const READY_WITHIN_MS = 15_000;
const RESET_WITHIN_MS = 2_500;
const GONE_WITHIN_MS = 3_000;
const RESTART_AFTER_MS = 1_000;
const SEEDS = 2 ** 32;

/**
 * Starts the shoppers in a process of their own, so that a busy lab never delays them. They follow `chaos.shopperRate`
 * at once. Started again, with their ledger, should they crash. Start this part last and reset it last: shoppers count
 * every second in which the shop is not there.
 */
export async function startLoad(ctx: LabContext, dependencies: LoadDependencies): Promise<Load> {
  const ports = ctx.state.collection<number>('load-port');
  const seed = Math.floor(ctx.random() * SEEDS);
  const configNow = () => loadConfig(ctx, dependencies, { seed, port: ports.get('ledger') ?? 0 });
  const writer = (): WriterPlace | null => dependencies.shops.currentWriter() ?? null;

  let closing = false;
  let restart: NodeJS.Timeout | undefined;
  let child = await startChild(ctx, configNow(), writer);
  ports.put('ledger', child.ledgerPort);
  watch();

  function watch() {
    child.process.once('exit', (code, signal) => {
      if (closing) return;
      ctx.log('load', 'The shoppers ended unexpectedly and are started again', { code, signal });
      restart = setTimeout(revive, RESTART_AFTER_MS);
    });
  }

  async function revive() {
    try {
      child = await startChild(ctx, configNow(), writer);
      watch();
    } catch (error) {
      ctx.log('load', 'The shoppers could not be started again', { error: String(error) });
      if (!closing) restart = setTimeout(revive, RESTART_AFTER_MS);
    }
  }

  ctx.chaos.onChange((next, before) => {
    if (next.shopperRate === before.shopperRate) return;
    send(child.process, { kind: 'rate', requestsPerSecond: next.shopperRate });
  });

  return {
    ledgerUrl: `http://127.0.0.1:${child.ledgerPort}`,
    processId: () => child.process.pid,
    part: {
      async close() {
        closing = true;
        clearTimeout(restart);
        await endChild(child.process);
      },
      async reset() {
        ports.put('ledger', child.ledgerPort);
        await resetChild(child.process);
      },
    },
  };
}

function loadConfig(
  ctx: LabContext,
  { dns, shops }: LoadDependencies,
  { seed, port }: { seed: number; port: number },
): LoadConfig {
  const visited = ctx.estate.environments[0]?.name;
  const visitedSites = shops.sites.filter((site) => site.environment === visited);
  return {
    seed,
    requestsPerSecond: ctx.chaos.state().shopperRate,
    geographies: loadGeographies(ctx.estate.geographies),
    dns,
    originName: ctx.estate.dns.originName,
    shopPort: shops.port,
    regionOfAddress: Object.fromEntries(visitedSites.map((site) => [site.address, site.region])),
    probes: shops.sites
      .filter((site) => site.environment !== visited)
      .map((site) => ({ address: site.address })),
    productCount: PRODUCT_COUNT,
    ledger: { port, file: path.join(ctx.dataDir, 'load', 'orders.jsonl') },
  };
}

interface Child {
  process: ChildProcess;
  ledgerPort: number;
}

function startChild(ctx: LabContext, config: LoadConfig, writer: () => WriterPlace | null): Promise<Child> {
  const { PATH, NODE_ENV, NODE_COMPILE_CACHE } = process.env;
  const child = fork(path.join(import.meta.dirname, 'main.ts'), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { PATH, NODE_ENV, NODE_COMPILE_CACHE },
  });
  return new Promise((resolve, reject) => {
    const give = (reason: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`The shoppers did not start: ${reason}.`));
    };
    const timer = setTimeout(() => give(`not ready within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    child.on('error', (error) => give(error.message));
    child.once('exit', (code, signal) => give(`ended with ${signal ?? code}`));
    child.on('message', (message: FromShoppers) => {
      switch (message.kind) {
        case 'ready':
          clearTimeout(timer);
          child.removeAllListeners('exit');
          resolve({ process: child, ledgerPort: message.ledgerPort });
          return;
        case 'failed':
          ctx.log('load', 'The shoppers failed', { error: message.message });
          give(message.message);
          return;
        case 'which-writer':
          send(child, { kind: 'writer', id: message.id, writer: writer() });
          return;
        case 'log':
          ctx.log('load', message.message, message.fields);
          return;
        case 'reset-done':
          return;
      }
    });
    send(child, { kind: 'start', config });
  });
}

/** To a child that is gone there is nothing to say: it gets the state of the day when it is started again. */
function send(child: ChildProcess, message: ToShoppers): void {
  if (child.connected) child.send(message);
}

let lastReset = 0;

function resetChild(child: ChildProcess): Promise<void> {
  lastReset += 1;
  const id = lastReset;
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      child.off('message', listen);
      resolve();
    };
    const listen = (message: FromShoppers) => {
      if (message.kind === 'reset-done' && message.id === id) done();
    };
    const timer = setTimeout(() => {
      child.off('message', listen);
      reject(new Error('The shoppers did not confirm their reset; start the lab again.'));
    }, RESET_WITHIN_MS);
    child.on('message', listen);
    send(child, { kind: 'reset', id });
  });
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const timer = setTimeout(() => child.kill('SIGKILL'), GONE_WITHIN_MS);
  if (child.connected) child.disconnect();
  else child.kill('SIGKILL');
  await gone;
  clearTimeout(timer);
}
