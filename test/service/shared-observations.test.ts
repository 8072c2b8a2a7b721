import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { announceChange } from '#lib/data/audit.ts';
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

/** Resolves once this process has heard that something new was seen of the Region. */
async function announced(region: string): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const end = feed.subscribe(({ topic, ref }) => {
      if (topic !== 'observation' || ref !== region) return;
      end();
      resolve();
    });
  });
  await announceChange(world.database.pool, 'observation', region);
  await heard;
}

/** Does that while the database has no such table. */
async function without(act: () => Promise<void>): Promise<void> {
  await world.owner.query('alter table observation rename to observation_away');
  try {
    await act();
  } finally {
    await world.owner.query('alter table observation_away rename to observation');
  }
}

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

  it('is read anew where rows have changed, and stays what it was elsewhere', async () => {
    const observations = shareObservations(world.database, feed);
    const before = await observations();
    await world.database.pool.query(
      `update observation set error = 'it hangs', error_since = now() where kind = 'traffic' and region in ('us-east-1', 'eu-west-1')`,
    );
    await world.database.pool.query(`delete from observation where region = 'us-east-1' and kind = 'nodes'`);
    await announced('us-east-1');
    const after = await observations();
    const troubled = ['us-east-1', 'eu-west-1', 'ap-southeast-1'].filter(
      (code) => after.of(code, 'traffic').error,
    );
    // Of the second nothing was announced yet: its round is under way.
    expect(troubled).toEqual(['us-east-1', 'eu-west-1']);
    const unseen = { value: null, observedAt: null, error: 'not observed yet' };
    expect(after.of('us-east-1', 'nodes')).toEqual(unseen);
    for (const kind of ['traffic', 'nodes'] as const)
      expect(after.of('ap-southeast-1', kind)).toBe(before.of('ap-southeast-1', kind));
    await world.database.pool.query(`delete from observation where region = 'us-east-1'`);
    await announced('us-east-1');
    expect((await observations()).of('us-east-1', 'database')).toEqual(unseen);
  });

  it('is not shared for long where nothing is announced', async () => {
    const observations = shareObservations(world.database, feed);
    const first = await observations();
    await expect.poll(async () => (await observations()) === first, { timeout: 10_000 }).toBe(false);
  });

  it('is asked for again after it could not be read', async () => {
    const observations = shareObservations(world.database, feed);
    await without(async () => {
      await expect(observations()).rejects.toThrow('observation');
    });
    expect((await observations()).of(GLOBAL, 'records').value).not.toBeNull();
    await announced('us-east-1');
    await without(async () => {
      await expect(observations()).rejects.toThrow('observation');
    });
    expect((await observations()).of(GLOBAL, 'records').value).not.toBeNull();
  });
});
