import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type StartedProduct, startProduct } from '#launch/harness.ts';
import type { Bench } from '../bench.ts';
import { benchFolder } from '../estate/server.ts';
import { type ProcessUse, processTree } from '../processes.ts';
import { atMost, inMb, inPercent, type Row, told } from '../report.ts';

const SETTLE_MS = 60_000;
const WATCH_MS = 60_000;
const FIRST_START_MS = 300_000;

/** What all of Meridian needs while nobody does anything but the shoppers, and how fast it starts. */
export const idle: Bench = {
  name: 'idle',
  title: 'At rest',
  async run({ progress }) {
    if (os.platform() !== 'linux')
      throw new Error('This bench reads /proc: memory and processor time are measured on Linux only.');
    const dataDir = benchFolder('idle');
    try {
      progress('starting on a new data folder');
      const first = await timedStart(dataDir);
      await first.product.stop();
      progress('starting again');
      const again = await timedStart(dataDir);
      try {
        const rows = await measure(again.product, progress);
        return {
          rows: [
            ...rows,
            told('First start to ready, dependencies and build there', inSeconds(first.seconds)),
            atMost({ what: 'Warm start to ready', value: again.seconds, most: 10, format: inSeconds }),
          ],
          notes: NOTES,
          postgres: null,
        };
      } finally {
        await again.product.stop();
      }
    } finally {
      fs.rmSync(dataDir, { recursive: true, force: true });
    }
  },
};

const NOTES = [
  `Launcher, web, two workers, database and lab (its gateway, proxies, three PostgreSQL servers, shop and shoppers at 20 requests a second); ${SETTLE_MS / 1_000} s after ready, over ${WATCH_MS / 1_000} s, no browser open. Memory is PSS at the end. The lab stands for AWS: it is no part of a real installation.`,
];

const inSeconds = (value: number) => `${value.toFixed(1)} s`;

async function timedStart(dataDir: string): Promise<{ product: StartedProduct; seconds: number }> {
  const started = performance.now();
  const product = await startProduct({ dataDir, readyTimeoutMs: FIRST_START_MS });
  return { product, seconds: (performance.now() - started) / 1_000 };
}

interface Use {
  part: string;
  processes: number;
  pssMb: number;
  corePercent: number;
}

async function measure(product: StartedProduct, progress: (text: string) => void): Promise<Row[]> {
  progress(`letting it settle for ${SETTLE_MS / 1_000} s`);
  await delay(SETTLE_MS);
  progress(`watching for ${WATCH_MS / 1_000} s`);
  const before = processTree(product.pid);
  const started = performance.now();
  await delay(WATCH_MS);
  const seconds = (performance.now() - started) / 1_000;
  const uses = byPart(product.pid, { before, after: processTree(product.pid), seconds });
  const total = (of: (use: Use) => number) => uses.reduce((sum, use) => sum + of(use), 0);
  return [
    ...uses.map(({ part, processes, pssMb, corePercent }) =>
      told(
        `${part}${processes > 1 ? ` (${processes} processes)` : ''}`,
        `${inMb(pssMb)}, ${inPercent(corePercent)}`,
      ),
    ),
    atMost({ what: 'Memory, all together', value: total(({ pssMb }) => pssMb), most: 1_536, format: inMb }),
    atMost({
      what: 'Processor, all together, of one core',
      value: total(({ corePercent }) => corePercent),
      most: 25,
      format: inPercent,
    }),
  ];
}

function byPart(
  launcher: number,
  { before, after, seconds }: { before: ProcessUse[]; after: ProcessUse[]; seconds: number },
): Use[] {
  const spentBefore = new Map(before.map(({ pid, cpuSeconds }) => [pid, cpuSeconds]));
  const parts = Map.groupBy(after, (use) => partOf(use, after, launcher));
  return [...parts].map(([part, uses]) => ({
    part,
    processes: uses.length,
    pssMb: uses.reduce((sum, { pssMb }) => sum + pssMb, 0),
    corePercent: uses.reduce(
      (sum, { pid, cpuSeconds }) => sum + ((cpuSeconds - (spentBefore.get(pid) ?? 0)) / seconds) * 100,
      0,
    ),
  }));
}

/** Which part of the product a process belongs to: its own program, or that of the nearest process above it. */
function partOf(use: ProcessUse, all: readonly ProcessUse[], launcher: number): string {
  if (use.pid === launcher) return 'Launcher';
  const above = all.find(({ pid }) => pid === use.parent);
  const within = above ? partOf(above, all, launcher) : 'Launcher';
  const isPostgres = /postgres/.test(use.command);
  if (within.startsWith('Lab')) return isPostgres ? 'Lab: databases' : 'Lab';
  if (isPostgres) return 'Database';
  if (/lab\/main\.ts/.test(use.command)) return 'Lab';
  if (/worker\/main\.ts/.test(use.command)) return 'Workers';
  if (/next/.test(use.command)) return 'Web';
  return within;
}
