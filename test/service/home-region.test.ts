import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { standingIn } from '#lib/domain/estate/home.ts';
import type { RefusedError } from '#lib/errors.ts';
import { announceConsole, listConsoles, withdrawConsole } from '#lib/services/home/consoles.ts';
import { readHome } from '#lib/services/home/home.ts';
import { approveOperation } from '#lib/services/operations/decide.ts';
import { startEmergency } from '#lib/services/operations/emergency.ts';
import { previewOperation, requestOperation } from '#lib/services/operations/request.ts';
import { AP, EU, NOW, US } from '#test/recovery-facts.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { FAILOVER, lost, readyOutlook, storeOutlook } from './recovery-world.ts';

// "Am I on the sinking ship?" (PRODUCT.md, idea 9): one console in us-east-1, which is lost, and perhaps one in eu-west-1.

const world = testWorld();
const IRELAND = 'https://meridian-eu.example';
const ACCEPTED = [`capacity-${EU}`, `capacity-${AP}`];
const REQUEST = { ...FAILOVER, reason: 'us-east-1 is gone', acknowledged: ACCEPTED, confirm: US };
const EMERGENCY = { ...FAILOVER, reason: 'us-east-1 is gone', confirm: US };

let operator: TestPerson;
let approver: TestPerson;

beforeEach(async () => {
  for (const table of ['console', 'worker']) await world.database.pool.query(`delete from ${table}`);
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  operator = await world.person('operator');
  approver = await world.person('approver');
  const { outlook, detection } = lost(readyOutlook(), US);
  await storeOutlook(world, outlook, detection);
});

/** A call at the console that stands in that Region. */
const at = (region: string, person: TestPerson) => {
  const context = world.contextFor(person, { now: NOW });
  return { ...context, estate: standingIn(context.estate, region) };
};

const announce = (region: string, url: string | null, id: string = randomUUID()) =>
  announceConsole(world.database, { id, region, url });

const worker = (region: string | null, over: { state?: string; silentSeconds?: number } = {}) =>
  world.database.pool.query(
    `insert into worker (executor_id, app_version, host, pid, region, state, heartbeat_at)
     values ($1, 'ops-1', 'test', 1, $2, $3, clock_timestamp() - make_interval(secs => $4))`,
    [`w-${randomUUID()}`, region, over.state ?? 'up', over.silentSeconds ?? 0],
  );

describe('where Meridian stands', () => {
  const home = () => readHome(at(US, operator));

  it('is what its living processes say', async () => {
    await announce(US, null);
    await announce(EU, IRELAND);
    await announce(EU, IRELAND); // a second process behind the same address
    await worker(EU);
    await worker(null);
    await worker(US, { state: 'dead' });
    await worker(US, { silentSeconds: 60 });
    expect(await home()).toEqual({
      console: US,
      database: 'us-west-2',
      consoles: [
        { region: EU, url: IRELAND },
        { region: US, url: null },
      ],
      workers: [EU, null],
    });
  });

  it('is forgotten when a console goes, or says nothing more', async () => {
    const id = randomUUID();
    await announce(EU, IRELAND, id);
    await announce(AP, null);
    await withdrawConsole(world.database, id);
    expect(await listConsoles(world.database)).toEqual([{ region: AP, url: null }]);
    await world.database.pool.query(
      `update console set heartbeat_at = clock_timestamp() - interval '16 seconds'`,
    );
    expect(await listConsoles(world.database)).toEqual([]);
    await world.database.pool.query(
      `update console set heartbeat_at = clock_timestamp() - interval '2 hours'`,
    );
    await announce(EU, IRELAND);
    expect(await world.database.prisma.console.count()).toBe(1);
  });

  it('follows a console that is told of another estate', async () => {
    const id = randomUUID();
    await announce(EU, IRELAND, id);
    await announce(AP, IRELAND, id);
    expect(await listConsoles(world.database)).toEqual([{ region: AP, url: IRELAND }]);
  });
});

describe('a failover that is asked for in the Region that is lost', () => {
  it('is refused, with the console to use, and the refusal is in the log', async () => {
    await announce(US, null);
    await announce(EU, IRELAND);
    const before = await world.auditSeq();
    const error = await failure(requestOperation(at(US, operator), REQUEST));
    expect((error as RefusedError).rule).toBe('sinking-ship');
    expect(error.message).toContain(`This console runs in ${US}`);
    expect(error.message).toContain(`Use the console at ${IRELAND}, in ${EU}.`);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'operation.request', outcome: 'refused', rule: 'sinking-ship' },
    ]);
    expect(await world.database.prisma.operation.count({ where: { endedAt: null } })).toBe(0);
  });

  it('says so when there is no other console', async () => {
    await announce(US, null);
    const error = await failure(requestOperation(at(US, operator), REQUEST));
    expect(error.message).toContain('Start it from a console elsewhere; none is alive.');
  });

  it('is asked for at the other console without a word', async () => {
    await announce(US, null);
    await announce(EU, IRELAND);
    const { checks } = await previewOperation(at(EU, operator), FAILOVER);
    expect(checks.map(({ code }) => code)).not.toContain('sinking-ship');
    expect((await requestOperation(at(EU, operator), REQUEST)).state).toBe('awaiting-approval');
  });

  it('is asked for all the same when that is ticked, which is in the log with the reason', async () => {
    const { checks } = await previewOperation(at(US, operator), FAILOVER);
    expect(checks.find(({ code }) => code === 'sinking-ship')).toMatchObject({
      verdict: 'accept',
      acceptance: expect.stringContaining('Start it from here all the same'),
    });
    const before = await world.auditSeq();
    const acknowledged = [...ACCEPTED, 'sinking-ship'];
    const { id, digest } = await requestOperation(at(US, operator), { ...REQUEST, acknowledged });
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'operation.request', outcome: 'done', operation: id, detail: { acknowledged } },
    ]);
    // The approver has read it too, wherever they are.
    expect((await approveOperation(at(US, approver), { id, digest })).state).toBe('queued');
  });

  it('is the same plan at both consoles, and is not started by an approval in the lost Region that nobody ticked', async () => {
    await announce(EU, IRELAND);
    const { id, digest } = await requestOperation(at(EU, operator), REQUEST);
    const error = await failure(approveOperation(at(US, approver), { id, digest }));
    expect((error as RefusedError).rule).toBe('sinking-ship');
    expect(error.message).toContain(`Use the console at ${IRELAND}`);
    const row = await world.database.prisma.operation.findUniqueOrThrow({ where: { id } });
    expect(row.state).toBe('awaiting-approval');
    expect((await approveOperation(at(EU, approver), { id, digest })).state).toBe('queued');
  });

  it('is refused as well when every worker stands there', async () => {
    await worker(US);
    const error = await failure(requestOperation(at('us-west-2', operator), REQUEST));
    expect(error.message).toContain(`All its workers run in ${US}`);
    expect(error.message).toContain('Start a worker elsewhere.');
    await worker(EU);
    expect((await requestOperation(at('us-west-2', operator), REQUEST)).state).toBe('awaiting-approval');
  });
});

describe('an emergency in the Region that is lost', () => {
  it('does not start before the other console is passed over by name, which is kept', async () => {
    await announce(EU, IRELAND);
    const error = await failure(startEmergency(at(US, operator), EMERGENCY));
    expect((error as RefusedError).rule).toBe('override-needed');
    expect(error.message).toContain(`Use the console at ${IRELAND}, in ${EU}.`);
    expect(error.message).toContain('Type sinking-ship');
    const before = await world.auditSeq();
    const { id } = await startEmergency(at(US, operator), { ...EMERGENCY, overridden: ['sinking-ship'] });
    const row = await world.database.prisma.operation.findUniqueOrThrow({ where: { id } });
    expect(row.overridden).toEqual(['sinking-ship']);
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'operation.emergency',
        operation: id,
        detail: { overridden: ['sinking-ship'], reason: EMERGENCY.reason },
      },
    ]);
  });

  it('starts at the other console', async () => {
    expect((await startEmergency(at(EU, operator), EMERGENCY)).state).toBe('queued');
  });
});
