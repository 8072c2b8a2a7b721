import { expect, it } from 'vitest';
import type { EngineParts } from '#lib/engine/parts.ts';
import { takeEnvironment } from '#lib/engine/preempt.ts';
import { lockOperation, type PlannedRun, readRun } from '#lib/engine/store.ts';
import { testWorld } from './harness.ts';
import { insertOperation } from './recovery-rows.ts';

const world = testWorld();

it('takes the fencing number from a holder before it ends it, however late the first look comes', async () => {
  const { pool } = world.database;
  const { id: person } = await world.person('operator');
  const holder = await insertOperation(world, person, { kind: 'traffic-shift', state: 'running' });
  await pool.query(`update operation set desired = 'yield' where id = $1`, [holder]);
  const emergency = await insertOperation(world, person, {
    state: 'preempting',
    emergency: true,
    preempts: holder,
    createdAt: new Date(Date.now() - 600_000),
    startedAt: null,
  });
  const standing = async () => {
    const { rows } = await pool.query('select state, epoch::int from operation where id = $1', [holder]);
    return rows[0];
  };
  const before = await standing();
  expect(await look(emergency)).toBe(false);
  expect(await standing()).toEqual({ state: 'running', epoch: before.epoch + 1 });
  expect(await look(emergency)).toBe(false);
  expect(await standing()).toEqual({ state: 'running', epoch: before.epoch + 1 });
  // Its actions are signalled by the number that it lost, and have a moment to say how far they came.
  await pool.query(
    `update operation_event set at = at - interval '11 seconds' where operation_id = $1 and kind = 'preempted'`,
    [holder],
  );
  expect(await look(emergency)).toBe(false);
  expect(await standing()).toMatchObject({ state: 'superseded' });
  expect(await look(emergency)).toBe(true);
});

/** One look of the emergency's gate. */
function look(id: string): Promise<boolean> {
  return world.database.inTransaction(async (connection) => {
    const operation = await lockOperation(connection, id);
    const run: PlannedRun | undefined = await readRun(connection, id);
    if (!operation || !run) throw new Error(`There is no operation ${id}.`);
    // Of its parts, taking the environment uses the worker's name alone.
    const parts = { executorId: 'worker-test' } as EngineParts;
    return takeEnvironment({ parts, run: { ...run, epoch: null }, connection, operation });
  });
}
