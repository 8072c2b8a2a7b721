import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { migrate } from '#lib/data/migrate.ts';
import { testWorld } from './harness.ts';
import { APPLICATION, OWNER } from './server.ts';

const world = testWorld();
const AUDIT = '20261123000100_audit';
const FUTURE = '99990101000000_future';

function run(applicationRole = APPLICATION) {
  return migrate({ ownerUrl: world.ownerUrl, applicationRole });
}

async function setChecksum(checksum: string): Promise<string> {
  const { rows } = await world.owner.query<{ before: string }>(
    `update _prisma_migrations m set checksum = $2 from _prisma_migrations o
     where m.migration_name = $1 and o.id = m.id returning o.checksum as before`,
    [AUDIT, checksum],
  );
  return rows[0]?.before ?? '';
}

afterEach(() => world.owner.query('delete from _prisma_migrations where migration_name = $1', [FUTURE]));

it('changes nothing the second time', async () => {
  expect(await run()).toEqual({ applied: [], warning: undefined });
  expect(await run()).toEqual({ applied: [], warning: undefined });
});

it('refuses a migration that was changed after it was applied', async () => {
  const before = await setChecksum('0'.repeat(64));
  await expect(run()).rejects.toThrow(`${AUDIT} was changed after it was applied. Restore its file`);
  await setChecksum(before);
  expect((await run()).applied).toEqual([]);
});

it('refuses a database that is newer than this version', async () => {
  await world.owner.query(
    `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     values ($1, 'x', now(), $2, 1)`,
    [randomUUID(), FUTURE],
  );
  await expect(run()).rejects.toThrow(`${FUTURE}, which this version does not know`);
});

it('warns when the application’s role owns the audit table', async () => {
  expect((await run(OWNER)).warning).toMatch(/could rewrite the audit log/);
});
