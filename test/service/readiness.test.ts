import { expect, it } from 'vitest';
import { readReadiness } from '#lib/services/readiness/readiness.ts';
import { testWorld } from './harness.ts';

const world = testWorld();

async function part(name: string) {
  const parts = await readReadiness(world.database, world.estate);
  return parts.find((found) => found.part === name);
}

it('is not given by collectors that ask and are not answered', async () => {
  await world.observe({}, new Date(Date.now() - 10 * 60_000));
  await world.database.pool.query(
    `update observation set attempted_at = now(), error = 'no answer', error_since = now()`,
  );
  expect(await part('observations')).toMatchObject({ ready: false });
  await world.observe();
  expect(await part('observations')).toMatchObject({ ready: true });
});
