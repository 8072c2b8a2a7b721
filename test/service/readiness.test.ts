import { randomUUID } from 'node:crypto';
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

it('is not given on a database that another version migrated, and says which to start', async () => {
  expect(await part('schema')).toMatchObject({ ready: true });
  const future = '99990101000000_future';
  await world.owner.query(
    `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     values ($1, 'x', now(), $2, 1)`,
    [randomUUID(), future],
  );
  expect(await part('schema')).toEqual({
    part: 'schema',
    ready: false,
    message: `The database has migration ${future}, which this version does not know: a newer Meridian migrated it. Start that version, or a newer one.`,
  });
  await world.owner.query('delete from _prisma_migrations where migration_name = $1', [future]);

  const late = '20261126000100_operation_indexes';
  await world.owner.query('update _prisma_migrations set rolled_back_at = now() where migration_name = $1', [
    late,
  ]);
  expect(await part('schema')).toMatchObject({
    ready: false,
    message: expect.stringContaining(`The database lacks migration ${late}.`),
  });
  await world.owner.query('update _prisma_migrations set rolled_back_at = null where migration_name = $1', [
    late,
  ]);
});
