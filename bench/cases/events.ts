import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { announceChange } from '#lib/data/audit.ts';
import type { Bench } from '../bench.ts';
import { type BenchConsole, startConsole } from '../estate/console.ts';
import { smallEstate } from '../estate/estates.ts';
import { BenchServer } from '../estate/server.ts';
import { atMost, inMs, told } from '../report.ts';
import { median, percentile } from '../statistics.ts';

const STREAMS = 200;
const CHANGES = 60;
const APART_MS = 200;
const OPEN_AT_ONCE = 20;

/** How long a committed change takes to every open page. */
export const events: Bench = {
  name: 'events',
  title: 'Events to browsers',
  async run({ progress }) {
    const server = await BenchServer.start();
    const amounts = { operations: 20, deployments: 20, auditRows: 100, sampleHours: 1 };
    const console = await startConsole(server, { name: 'events', estate: smallEstate(), amounts });
    try {
      progress(`opening ${STREAMS} streams`);
      const { tookMs, openedMs } = await measure(console);
      const rows = [
        atMost({
          what: `Event to stream, ${STREAMS} open, p99`,
          value: tookMs.length === STREAMS * CHANGES ? percentile(tookMs, 0.99) : Number.NaN,
          most: 250,
          format: inMs,
        }),
        told('… p50, longest', `${inMs(median(tookMs))}, ${inMs(Math.max(...tookMs))}`),
        told('… delivered', `${tookMs.length} of ${STREAMS * CHANGES}`),
        told('All streams open after', inMs(openedMs)),
      ];
      return { rows, notes: NOTES, postgres: await server.version() };
    } finally {
      await console.stop();
      await server.stop();
    }
  },
};

const NOTES = [
  `${CHANGES} changes, ${APART_MS} ms apart, each from just before its commit in PostgreSQL until a reader of /api/v1/events has it; readers and server share the machine. What a page does then, reading itself again, is the overview’s time.`,
];

async function measure(console: BenchConsole): Promise<{ tookMs: number[]; openedMs: number }> {
  const sentAt = new Map<string, number>();
  const tookMs: number[] = [];
  const streams: Stream[] = [];
  const session = new pg.Client({ connectionString: console.database.applicationUrl });
  await session.connect();
  try {
    const started = performance.now();
    for (let open = 0; open < STREAMS; open += OPEN_AT_ONCE)
      streams.push(
        ...(await Promise.all(Array.from({ length: OPEN_AT_ONCE }, () => openStream(console, heard)))),
      );
    const openedMs = performance.now() - started;
    for (let i = 0; i < CHANGES; i += 1) {
      const ref = `bench-${i}`;
      sentAt.set(ref, performance.now());
      await announceChange(session, 'collector', ref);
      await delay(APART_MS);
    }
    await delay(1_000);
    return { tookMs, openedMs };
  } finally {
    for (const stream of streams) stream.close();
    await session.end();
  }

  function heard(ref: string) {
    const sent = sentAt.get(ref);
    if (sent !== undefined) tookMs.push(performance.now() - sent);
  }
}

interface Stream {
  close(): void;
}

/** Resolves with the stream's first beat. */
function openStream(console: BenchConsole, heard: (ref: string) => void): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const headers = { cookie: console.cookie, accept: 'text/event-stream' };
    const request = http.get(`${console.url}/api/v1/events`, { headers, agent: false }, (response) => {
      if (response.statusCode !== 200)
        return reject(new Error(`The stream answered ${response.statusCode}.`));
      response.setEncoding('utf8');
      response.on('error', () => undefined); // closed by us at the end
      response.on('data', (text: string) => {
        resolve({ close: () => request.destroy() });
        for (const [, ref = ''] of text.matchAll(/"ref":"([^"]+)"/g)) heard(ref);
      });
    });
    request.on('error', reject);
  });
}
