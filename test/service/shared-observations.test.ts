import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { announceChange } from '#lib/data/audit.ts';
import type { Database } from '#lib/data/database.ts';
import { GLOBAL } from '#lib/services/observations/global.ts';
import { type ChangeFeed, openChangeFeed } from '#lib/web/change-feed.ts';
import { shareObservations } from '#lib/web/shared-observations.ts';
import { testWorld } from './harness.ts';

const world = testWorld();
let feed: ChangeFeed;

beforeEach(async () => {
  await world.observe();
  feed = openChangeFeed(world.url);
  // It connects by itself, and has to listen before anything is announced.
  await expect.poll(() => feed.latestId().catch(() => undefined)).toBeDefined();
});

afterEach(async () => {
  await feed.close();
});

describe('what was last seen, shared among pages', () => {
  it('is one reading for all who ask before anything new is announced', async () => {
    const observations = shareObservations(world.database, feed);
    const [first, second] = await Promise.all([observations(), observations()]);
    expect(second).toBe(first);
    expect(first.of(GLOBAL, 'records').value).not.toBeNull();
  });

  it('is read anew by whoever has heard of something new', async () => {
    const observations = shareObservations(world.database, feed);
    const before = await observations();
    const heard = new Promise<ReturnType<typeof observations>>((resolve) => {
      feed.subscribe(({ topic }) => topic === 'observation' && resolve(observations()));
    });
    await world.database.pool.query(
      `update observation set error = 'it hangs', error_since = now() where region = 'us-east-1' and kind = 'traffic'`,
    );
    await announceChange(world.database.pool, 'observation', 'us-east-1');
    const after = (await heard).all('us-east-1', 'traffic');
    expect(after[0]?.error).toBe('it hangs');
    expect(before.all('us-east-1', 'traffic')[0]?.error).toBeNull();
  });

  it('is not shared for long where nothing is announced', async () => {
    const observations = shareObservations(world.database, feed);
    const first = await observations();
    await expect.poll(async () => (await observations()) === first, { timeout: 10_000 }).toBe(false);
  });

  it('is asked for again after it could not be read', async () => {
    let refusals = 1;
    const { observation } = world.database.prisma;
    const findMany = (...args: Parameters<typeof observation.findMany>) =>
      refusals-- > 0 ? Promise.reject(new Error('the database restarts')) : observation.findMany(...args);
    const flaky = { ...world.database, prisma: { observation: { findMany } } } as unknown as Database;
    const observations = shareObservations(flaky, feed);
    await expect(observations()).rejects.toThrow('the database restarts');
    expect((await observations()).of(GLOBAL, 'records').value).not.toBeNull();
  });
});
