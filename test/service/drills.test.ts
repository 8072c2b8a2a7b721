import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { readDrills } from '#lib/services/drills/list.ts';
import { endDrillSchedule, scheduleDrill } from '#lib/services/drills/schedule.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();
const DAY_MS = 86_400_000;

let operator: TestPerson;

beforeEach(async () => {
  await world.observe();
  await world.database.pool.query('update drill_schedule set ended_at = now() where ended_at is null');
  operator = await world.person('operator');
});

function drill(changes: Record<string, unknown> = {}) {
  return {
    environment: 'production',
    level: 'evacuation',
    region: 'eu-west-1',
    at: new Date(Date.now() + 7 * DAY_MS).toISOString(),
    reason: 'the quarter',
    ...changes,
  };
}

describe('scheduling a drill', () => {
  it('takes the place of what was scheduled before, with one audit row', async () => {
    const first = await scheduleDrill(world.contextFor(operator), drill());
    const before = await world.auditSeq();
    const second = await scheduleDrill(world.contextFor(operator), drill({ cadence: 'once' }));
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'drill.schedule',
        outcome: 'done',
        subject: 'drill/evacuation/eu-west-1',
        region: 'eu-west-1',
        environment: 'production',
        detail: { cadence: 'once', replaced: true },
      },
    ]);
    const { schedules } = await readDrills(world.contextFor(operator), 'production');
    expect(schedules).toMatchObject([{ id: second.id, cadence: 'once', mayChange: true }]);
    expect(second.id).not.toBe(first.id);
  });

  it('of the same drill by two at once leaves one', async () => {
    const tries = await Promise.allSettled(
      [operator, await world.person('operator')].map((person) =>
        scheduleDrill(world.contextFor(person), drill()),
      ),
    );
    expect(tries.some(({ status }) => status === 'fulfilled')).toBe(true);
    const { schedules } = await readDrills(world.contextFor(operator), 'production');
    expect(schedules).toHaveLength(1);
  });

  it('needs the grant in its Region', async () => {
    const american = await world.person([{ role: 'operator', region: 'us-east-1', action: null }]);
    for (const person of [american, await world.person('approver')]) {
      const before = await world.auditSeq();
      expect((await failure(scheduleDrill(world.contextFor(person), drill()))).code).toBe('forbidden');
      expect(await world.auditAfter(before)).toMatchObject([{ verb: 'drill.schedule', outcome: 'refused' }]);
    }
  });

  it.each([
    ['a Region it does not have', { region: 'eu-west-9' }, 'region'],
    ['a level that is none', { level: 'rehearsal' }, 'level'],
    ['yesterday', { at: new Date(Date.now() - DAY_MS).toISOString() }, 'at'],
    ['in two years', { at: new Date(Date.now() + 700 * DAY_MS).toISOString() }, 'at'],
    ['no reason', { reason: ' ' }, 'reason'],
  ])('is refused for %s', async (_, changes, field) => {
    const error = await failure(scheduleDrill(world.contextFor(operator), drill(changes)));
    expect(Object.keys((error as never as { fields: object }).fields)).toEqual([field]);
  });

  it('in an environment that is not there is refused', async () => {
    const error = await failure(
      scheduleDrill(world.contextFor(operator), drill({ environment: 'prodution' })),
    );
    expect(error.code).toBe('not-found');
  });
});

describe('a drill that is scheduled', () => {
  it('is taken out once', async () => {
    const { id } = await scheduleDrill(world.contextFor(operator), drill());
    await endDrillSchedule(world.contextFor(operator), { id });
    expect((await failure(endDrillSchedule(world.contextFor(operator), { id }))).code).toBe('conflict');
    expect((await failure(endDrillSchedule(world.contextFor(operator), { id: randomUUID() }))).code).toBe(
      'not-found',
    );
    expect((await readDrills(world.contextFor(operator), 'production')).schedules).toEqual([]);
  });

  it('is not changed by whoever may not', async () => {
    const { id } = await scheduleDrill(world.contextFor(operator), drill());
    const viewer = world.contextFor(await world.person('viewer'));
    expect((await readDrills(viewer, 'production')).schedules).toMatchObject([{ id, mayChange: false }]);
    expect((await failure(endDrillSchedule(viewer, { id }))).code).toBe('forbidden');
  });
});

it('the calendar has every level of every Region, due now where none was held', async () => {
  const { calendar } = await readDrills(world.contextFor(operator), 'production');
  expect(
    calendar.filter(({ region }) => region === 'eu-west-1').map(({ level, state }) => [level, state]),
  ).toEqual([
    ['readiness', 'never'],
    ['tabletop', 'never'],
    ['promotion', 'never'],
    ['evacuation', 'never'],
    ['switchover', 'never'],
  ]);
});
