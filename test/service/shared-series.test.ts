import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { announceChange } from '#lib/data/audit.ts';
import type { SeriesRequest } from '#lib/data/samples.ts';
import { type ChangeFeed, openChangeFeed } from '#lib/web/change-feed.ts';
import { readSharedSeries, shareSeries } from '#lib/web/shared-series.ts';
import { testWorld } from './harness.ts';

const world = testWorld();
/** Noon, so that no range here crosses into a day without a partition. */
const noon = new Date(new Date().setUTCHours(12, 0, 0, 0));
let feed: ChangeFeed;
let id: number | undefined;

beforeAll(async () => {
  const { rows } = await world.database.pool.query<{ id: number }>(
    `insert into series (subject, metric, unit) values ('us-east-1', 'requests', 'requests/s') returning id`,
  );
  id = rows[0]?.id;
});

beforeEach(async () => {
  await world.database.pool.query('delete from sample');
  await sample(10, 4);
  vi.useFakeTimers({ toFake: ['Date'], now: noon });
  feed = openChangeFeed(world.url);
  // It connects by itself, and has to listen before anything is announced.
  await expect.poll(() => feed.latestId().catch(() => undefined)).toBeDefined();
});

afterEach(async () => {
  vi.useRealTimers();
  await feed.close();
});

async function sample(secondsAgo: number, value: number): Promise<void> {
  const at = new Date(noon.getTime() - secondsAgo * 1_000);
  await world.database.pool.query(
    `insert into sample (series_id, at, value) values ($1, $2, $3)
     on conflict (series_id, at) do update set value = excluded.value`,
    [id, at, value],
  );
}

/** A quarter of an hour in points of thirty seconds, as it is asked for so many seconds after noon. */
function quarter(secondsLater = 0): SeriesRequest {
  const to = new Date(noon.getTime() + secondsLater * 1_000);
  const from = new Date(to.getTime() - 900_000);
  return { subjects: ['us-east-1'], metrics: ['requests'], from, to, points: 36 };
}

/** Resolves once this process has heard that something new was observed. */
async function announce(): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const end = feed.subscribe(({ topic }) => {
      if (topic !== 'observation') return;
      end();
      resolve();
    });
  });
  await announceChange(world.database.pool, 'observation', 'us-east-1');
  await heard;
}

const secondsPass = (seconds: number) => vi.setSystemTime(noon.getTime() + seconds * 1_000);

describe('lines of charts, shared among pages', () => {
  it('are one reading for the same points while nothing is announced', async () => {
    const series = shareSeries(world.database, feed);
    const first = await series(quarter());
    expect(first.series[0]?.values.at(-2)).toBe(4);
    secondsPass(20);
    expect(await series(quarter(20))).toBe(first);
    secondsPass(29);
    expect(await series({ ...quarter(29), metrics: ['p95Ms'] })).not.toBe(first);
    expect(await series(quarter(29))).toBe(first);
  });

  it('are read anew where they are asked for up to another point', async () => {
    const series = shareSeries(world.database, feed);
    const first = await series(quarter());
    secondsPass(30);
    const later = await series(quarter(30));
    expect(later.times.at(-1)).toBe((first.times.at(-1) ?? 0) + 30);
  });

  it('are read anew once something new was announced, and not more often than a page is', async () => {
    const series = shareSeries(world.database, feed);
    const first = await series(quarter());
    await sample(5, 8);
    await announce();
    secondsPass(4);
    expect(await series(quarter(4))).toBe(first);
    secondsPass(6);
    const second = await series(quarter(6));
    expect(second.series[0]?.values.at(-2)).toBe(6);
    secondsPass(20);
    expect(await series(quarter(20))).toBe(second);
  });

  it('are read anew after half a minute, should an announcement be lost', async () => {
    const series = shareSeries(world.database, feed);
    const past = quarter();
    const first = await series(past);
    secondsPass(29);
    expect(await series(past)).toBe(first);
    await sample(5, 8);
    secondsPass(31);
    expect((await series(past)).series[0]?.values.at(-2)).toBe(6);
  });

  it('are asked for again after they could not be read', async () => {
    const series = shareSeries(world.database, feed);
    await world.owner.query('alter table series rename to series_away');
    await expect(series(quarter())).rejects.toThrow('series');
    await world.owner.query('alter table series_away rename to series');
    expect((await series(quarter())).series[0]?.values.at(-2)).toBe(4);
  });

  it('are read by each for itself where nothing is shared', async () => {
    const { database } = world;
    const first = await readSharedSeries({ database }, quarter());
    expect(await readSharedSeries({ database }, quarter())).not.toBe(first);
    const series = shareSeries(database, feed);
    const shared = await readSharedSeries({ database, series }, quarter());
    expect(await readSharedSeries({ database, series }, quarter())).toBe(shared);
  });
});
