import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { type BenchConsole, startConsole, timePages } from '../estate/console.ts';
import { type Control, startControl } from '../estate/control.ts';
import { largeEstate, smallEstate } from '../estate/estates.ts';
import { BenchServer } from '../estate/server.ts';
import { asRatio, atMost, inMs, type Row, told } from '../report.ts';
import { median, percentile } from '../statistics.ts';

const SMALL = { operations: 20, deployments: 20, auditRows: 1_000, sampleHours: 2 };
const PAGES_TIMED = 150;
const WARM_UP = 40;
/** An idle session reports what it has done to pg_stat_database within ten seconds (PGSTAT_IDLE_INTERVAL). */
const STATISTICS_MS = 11_000;

/** The pages whose lists grow with the estate, beside the overview that the target is about. */
const OTHER_PAGES = {
  Traffic: '/traffic',
  Replication: '/replication',
  Operations: '/operations',
  Deployments: '/deployments',
  Releases: '/deployments?tab=releases',
  'Numbers of deployments': '/deployments?tab=numbers',
  Approvals: '/approvals',
  Cost: '/cost',
  Audit: '/audit',
};

interface PageCost {
  p50Ms: number;
  p95Ms: number;
  /** Of the database, for one page. */
  databaseMs: number;
}

/** What the overview costs on a small estate and on one ten times as large with years of history, beside a page of one query. */
export const overview: Bench = {
  name: 'overview',
  title: 'Pages and the size of the estate',
  async run({ rows: auditRows, progress }) {
    const server = await BenchServer.start();
    const stops: (() => Promise<void>)[] = [() => server.stop()];
    try {
      progress('filling the small estate');
      const small = await startConsole(server, { name: 'small', estate: smallEstate(), amounts: SMALL });
      stops.push(() => small.stop());
      progress(`filling the large estate with ${auditRows.toLocaleString('en-US')} audit rows`);
      const amounts = { operations: 1_000, deployments: 10_000, auditRows, sampleHours: 2 };
      const large = await startConsole(server, { name: 'large', estate: largeEstate(), amounts });
      stops.push(() => large.stop());
      progress('building the page of one query');
      const control = await startControl(small.database);
      stops.push(() => control.stop());
      const rows = await measure(server, { small, large, control, auditRows, progress });
      return { rows, notes: NOTES, postgres: await server.version() };
    } finally {
      for (const stop of stops.toReversed()) await stop();
    }
  },
};

const NOTES = [
  `Each page ${PAGES_TIMED} times after ${WARM_UP} unmeasured ones, one request at a time, by somebody signed in with every role, one operation under way; from asking to the last byte. ` +
    'Database time is what PostgreSQL itself counts as spent on statements (`pg_stat_database.active_time`).',
  'The page of one query is a Next application of its own (bench/control) on the same Next, React and PostgreSQL: no session, no layout, one row.',
];

interface Measured {
  small: BenchConsole;
  large: BenchConsole;
  control: Control;
  auditRows: number;
  progress: (text: string) => void;
}

async function measure(server: BenchServer, on: Measured): Promise<Row[]> {
  const { small, large, control, auditRows, progress } = on;
  const cost = async (console: BenchConsole, path: string) => {
    progress(`${path} of the ${console.database.name} estate`);
    return pageCost(server, { ...console, url: `${console.url}${path}` });
  };
  progress('the page of one query');
  const one = await pageCost(server, control);
  const [before, after] = [await cost(small, '/'), await cost(large, '/')];
  const estate = `30 Regions, 1,000 operations, 10,000 deployments, ${auditRows.toLocaleString('en-US')} audit rows`;
  const rows = [
    told('A page of one query: database time; p50, p95', costText(one)),
    told('Overview, 3 Regions: database time; p50, p95', costText(before)),
    told(
      '… against the page of one query: database time, p95',
      `${asRatio(before.databaseMs / one.databaseMs)}, ${asRatio(before.p95Ms / one.p95Ms)}`,
    ),
    told(`Overview, ${estate}`, costText(after)),
    atMost({
      what: '… database time against 3 Regions',
      value: after.databaseMs / before.databaseMs,
      most: 1.5,
      format: asRatio,
    }),
    atMost({ what: '… server p95', value: after.p95Ms, most: 100, format: inMs }),
  ];
  for (const [name, path] of Object.entries(OTHER_PAGES)) {
    const [little, much] = [await cost(small, path), await cost(large, path)];
    rows.push(told(`${name}, 3 Regions; large estate`, `${costText(little)}; ${costText(much)}`));
  }
  return rows;
}

function costText({ databaseMs, p50Ms, p95Ms }: PageCost): string {
  return `${databaseMs.toFixed(1)} ms; ${inMs(p50Ms)}, ${inMs(p95Ms)}`;
}

async function pageCost(
  server: BenchServer,
  target: Pick<BenchConsole, 'url' | 'database'> & { cookie?: string },
): Promise<PageCost> {
  await timePages(target, { times: WARM_UP, atOnce: 1 });
  await delay(STATISTICS_MS);
  const before = await server.activeMs(target.database);
  const { tookMs } = await timePages(target, { times: PAGES_TIMED, atOnce: 1 });
  await delay(STATISTICS_MS);
  const spent = (await server.activeMs(target.database)) - before;
  return { p50Ms: median(tookMs), p95Ms: percentile(tookMs, 0.95), databaseMs: spent / PAGES_TIMED };
}
