import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#lib/data/database.ts';
import { setPolicy } from '#lib/services/approvals/policies.ts';
import { readDrills } from '#lib/services/drills/list.ts';
import { requestDueDrills } from '#lib/services/drills/request-due.ts';
import { endDrillSchedule, scheduleDrill } from '#lib/services/drills/schedule.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { insertOperation } from './recovery-rows.ts';

const world = testWorld();
const DAY_MS = 86_400_000;

let operator: TestPerson;

beforeEach(async () => {
  await world.observe();
  await world.database.pool.query('update drill_schedule set ended_at = now() where ended_at is null');
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
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

describe('a drill whose time has come', () => {
  const HOUR_MS = 3_600_000;
  let scheduledAt: number;

  /** Scheduled in an hour; looked at then, with everything observed anew. */
  async function scheduled(changes: Record<string, unknown> = {}): Promise<string> {
    scheduledAt = Date.now();
    const { id } = await scheduleDrill(
      world.contextFor(operator),
      drill({ level: 'readiness', at: at(1).toISOString(), ...changes }),
    );
    return id;
  }

  const at = (hours: number) => new Date(scheduledAt + hours * HOUR_MS);

  const lookAlone = (hours: number, database: Database = world.database) =>
    requestDueDrills({
      database,
      estate: world.estate,
      engine: world.contextFor(operator).engine,
      now: at(hours),
    });

  async function look(hours = 1.01, database?: Database) {
    await world.observe({}, at(hours));
    return lookAlone(hours, database);
  }

  const all = () =>
    world.database.prisma.operation.findMany({ where: { kind: 'drill', requestedBy: operator.id } });

  async function listening(): Promise<() => Promise<{ topic: string; payload: Record<string, unknown> }[]>> {
    await world.database.pool.query(
      `insert into webhook (id, name, url, secret, topics, created_by)
       select $1, 'test', 'http://127.0.0.1:9', 'x', '{*}', 'test' where not exists (select 1 from webhook)`,
      [randomUUID()],
    );
    const { rows } = await world.database.pool.query(
      'select coalesce(max(id), 0)::text as last from notification',
    );
    return async () => {
      const told = await world.database.pool.query(
        'select topic, payload from notification where id > $1 order by id',
        [rows[0]?.last],
      );
      return told.rows;
    };
  }

  it('is requested in the name of who scheduled it, once, and waits for approval', async () => {
    const id = await scheduled();
    expect(await look(0.9)).toEqual({});
    const before = await world.auditSeq();
    expect(await look()).toEqual({ [id]: 'requested' });
    const [made] = await all();
    expect(made).toMatchObject({
      state: 'awaiting-approval',
      requestedVia: 'schedule',
      reason: 'the quarter',
      params: { request: { level: 'readiness', region: 'eu-west-1' } },
    });
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'operation.request',
        actor: { kind: 'system', id: 'clock' },
        outcome: 'done',
        operation: made?.id,
        detail: { scheduledBy: operator.id, drill: id },
      },
    ]);
    const { schedules } = await readDrills(world.contextFor(operator), 'production');
    expect(schedules).toMatchObject([{ id, operation: made?.id, refusal: null }]);
    expect(await look(2)).toEqual({});
    expect(await all()).toHaveLength(1);
  });

  it('is requested once by workers that look at the same time', async () => {
    await scheduled();
    await world.observe({}, at(1.01));
    const looks = await Promise.all([lookAlone(1.01), lookAlone(1.01), lookAlone(1.01)]);
    expect(looks.flatMap((found) => Object.values(found))).toEqual(['requested']);
    expect(await all()).toHaveLength(1);
  });

  it('by a worker that dies before it has committed is requested by the next', async () => {
    const id = await scheduled();
    const dying: Database = {
      ...world.database,
      inTransaction: (work) =>
        world.database.inTransaction(async (connection) => {
          await work(connection);
          throw new Error('killed');
        }),
    };
    await expect(look(1.01, dying)).rejects.toThrow(/killed/);
    expect(await all()).toEqual([]);
    expect(await look()).toEqual({ [id]: 'requested' });
    expect(await all()).toHaveLength(1);
  });

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      'whose role was withdrawn',
      () => world.owner.query('delete from role_grant where person_id = $1', [operator.id]),
      'forbidden',
      /./,
    ],
    [
      'whose account was disabled',
      () => world.database.pool.query('update person set disabled_at = now() where id = $1', [operator.id]),
      'scheduler-disabled',
      /has been disabled since/,
    ],
  ])('is not requested for somebody %s, and that is told once', async (_, withdraw, rule, words) => {
    const id = await scheduled();
    await withdraw();
    const told = await listening();
    const before = await world.auditSeq();
    expect(await look()).toEqual({ [id]: 'refused' });
    expect(await look(2)).toEqual({});
    expect(await told()).toEqual([
      {
        topic: 'drill.refused',
        payload: expect.objectContaining({
          drill: id,
          rule,
          again: false,
          reason: expect.stringMatching(words),
        }),
      },
    ]);
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'operation.request',
        outcome: 'refused',
        rule,
        detail: { drill: id, scheduledBy: operator.id },
      },
    ]);
    const viewer = world.contextFor(await world.person('viewer'));
    const { schedules } = await readDrills(viewer, 'production');
    expect(schedules).toMatchObject([{ id, operation: null, refusal: expect.stringMatching(words) }]);
    expect(await all()).toEqual([]);
  });

  it('of a level that cannot be undone is left to a person, who is told', async () => {
    const id = await scheduled({ level: 'switchover' });
    const told = await listening();
    expect(await look()).toEqual({ [id]: 'refused' });
    expect(await told()).toMatchObject([
      { topic: 'drill.refused', payload: { rule: 'irreversible', level: 'switchover' } },
    ]);
    expect(await all()).toEqual([]);
  });

  it('is requested also while another operation holds the environment: a request holds nothing', async () => {
    await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running' });
    const id = await scheduled();
    expect(await look()).toEqual({ [id]: 'requested' });
    expect((await all())[0]?.state).toBe('awaiting-approval');
  });

  describe('and that nobody has to approve', () => {
    const policy = async (needed: number) =>
      setPolicy(world.contextFor(await world.person('admin')), {
        environment: 'production',
        kind: 'drill',
        needed,
        expiresMinutes: 60,
        tokensApprove: false,
      });

    it('waits while another has the environment, says so once, and starts when it is free', async () => {
      await policy(0);
      try {
        const holder = await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running' });
        const id = await scheduled();
        const told = await listening();
        expect(await look()).toEqual({ [id]: 'waits' });
        expect(await look(1.1)).toEqual({ [id]: 'waits' });
        expect(await told()).toMatchObject([
          { topic: 'drill.refused', payload: { rule: 'one-at-a-time', again: true } },
        ]);
        expect(await all()).toEqual([]);
        await world.database.pool.query(
          `update operation set state = 'done', ended_at = now() where id = $1`,
          [holder],
        );
        expect(await look(1.2)).toEqual({ [id]: 'requested' });
        expect((await all())[0]?.state).toBe('queued');
      } finally {
        await policy(1);
      }
    });

    it('is given up after a day, and that is told', async () => {
      await policy(0);
      try {
        await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running' });
        const id = await scheduled();
        await look();
        const told = await listening();
        expect(await look(26)).toEqual({ [id]: 'refused' });
        expect(await look(27)).toEqual({});
        expect(await told()).toMatchObject([
          { topic: 'drill.refused', payload: { rule: 'one-at-a-time', again: false } },
        ]);
      } finally {
        await policy(1);
      }
    });
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
