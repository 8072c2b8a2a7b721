import { expect, it } from 'vitest';
import { sideBySide } from '#lib/data/pool.ts';
import { testWorld } from './harness.ts';

const world = testWorld();

/** The server's process that answers, which is another for each connection. */
async function backend(): Promise<number | undefined> {
  const { rows } = await world.database.pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid;
}

it('reads that do not need each other run at once, and are answered in their order', async () => {
  const begun = Promise.withResolvers<void>();
  const answers = await sideBySide(
    async () => {
      await begun.promise; // never, if the next one waited for this
      return 'first';
    },
    async () => {
      begun.resolve();
      return (await world.database.prisma.person.count()) >= 0;
    },
  );
  expect(answers).toEqual(['first', true]);
});

it('inside a transaction they follow each other on its connection', async () => {
  const order: string[] = [];
  const read = (name: string) => async () => {
    order.push(`${name} begins`);
    await world.database.prisma.person.count();
    const pid = await backend();
    order.push(`${name} ends`);
    return pid;
  };
  const own = await world.database.inTransaction(async () => {
    const [a, b] = await sideBySide(read('a'), read('b'));
    return [await backend(), a, b];
  });
  expect(new Set(own).size).toBe(1);
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

it('one that fails fails them all, and the transaction can be ended', async () => {
  const reads = () =>
    sideBySide(
      () => world.database.pool.query('select 1 / 0'),
      () => world.database.prisma.person.count(),
    );
  await expect(reads()).rejects.toThrow('division by zero');
  await expect(world.database.inTransaction(reads)).rejects.toThrow('division by zero');
  expect(await backend()).toBeGreaterThan(0);
});
