import { describe, expect, it } from 'vitest';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import type { OrderRow } from '#lib/ports/recovery.ts';
import { portDouble } from '#test/port-double.ts';
import { copyOfEstate, databaseOf, EU, US } from '#test/recovery-facts.ts';
import { type RecordedContext, stepContext } from '#test/step-context.ts';
import { fenceDatabase, unfenceDatabase } from './fence.ts';
import { requireRegion } from './planning.ts';
import { retire, snapshot } from './retire.ts';
import { salvage } from './salvage.ts';

const estate = copyOfEstate();
const us = requireRegion(estate, US);
const { instanceId } = us.database;
const DENY = 'sg-deny';
const OPEN = 'sg-open';

const orderRow = (number: number): OrderRow => ({
  id: `order-${number}`,
  region: US,
  product: 1,
  amount: '10.00',
  customer: 'somebody',
  createdAt: new Date(Date.UTC(2026, 10, 23, 9, 0, 0, number)).toISOString(),
});

interface Old {
  database: DatabaseObservation;
  orders: OrderRow[];
  /** Of these, those that the writer has. */
  known: string[];
  groups: string[][];
  readable: boolean;
}

/** An old primary whose SQL is reached only while its groups let somebody in. */
function oldPrimary(changes: Partial<Old> = {}) {
  const old: Old = {
    database: databaseOf(us, { securityGroupIds: [OPEN] }),
    orders: [],
    known: [],
    groups: [],
    readable: true,
    ...changes,
  };
  let snapshots: string[] = [];
  let reboots = 0;
  const assertReadable = () => {
    if (old.database.securityGroupIds[0] === DENY || !old.readable)
      throw new Error('password authentication failed');
  };
  const aws = portDouble({
    listDatabases: () => Promise.resolve([old.database]),
    findDatabase: (_region, id) =>
      Promise.resolve(id === old.database.instanceId ? { ...old.database } : null),
    findSecurityGroup: (_region, name) => Promise.resolve(name.endsWith('deny-all') ? DENY : OPEN),
    modifyDatabase: async (_region, _id, { securityGroupIds, newInstanceId }) => {
      if (securityGroupIds) {
        old.groups.push([...securityGroupIds]);
        old.database.securityGroupIds = [...securityGroupIds];
      }
      if (newInstanceId) old.database.instanceId = newInstanceId;
    },
    rebootDatabase: async () => {
      reboots += 1;
    },
    createSnapshot: async (_region, _id, id) => {
      snapshots = [...snapshots, id];
    },
    snapshotStatus: (_region, id) => Promise.resolve(snapshots.includes(id) ? 'available' : null),
    lastOrder: async () => {
      assertReadable();
      return old.orders.at(-1) ?? null;
    },
    ordersSince: async (_region, _id, since, limit, after) => {
      assertReadable();
      return old.orders
        .filter(({ createdAt }) => createdAt > since && !(after && createdAt <= after.createdAt))
        .slice(0, limit);
    },
    missingOrders: (_region, _id, ids) => Promise.resolve(ids.filter((id) => !old.known.includes(id))),
  });
  return { aws, old, reboots: () => reboots, snapshots: () => snapshots };
}

function contextFor(aws: RecordedContext['aws'], input: Record<string, unknown> = {}): RecordedContext {
  return stepContext({
    aws,
    estate,
    now: () => new Date('2026-11-23T10:00:00.000Z'),
    operation: { id: 'OP-1004', environment: 'production', kind: 'rebuild' },
    step: { key: 'step', region: US, input: { region: US, instance: { instanceId }, ...input } },
  });
}

describe('fencing', () => {
  it('shuts the door and drops the sessions, and says what it was before', async () => {
    let elapsedMs = 0;
    const { aws, old, reboots } = oldPrimary();
    const context = {
      ...contextFor(aws),
      now: () => {
        elapsedMs += 3_000;
        return new Date(elapsedMs);
      },
    };
    expect(await fenceDatabase.run(context)).toMatchObject({
      status: 'done',
      output: { fenced: 'done', before: [OPEN], denyAll: DENY },
    });
    expect(old.groups).toEqual([[DENY]]);
    expect(reboots()).toBe(1);
  });

  it('cannot be done without the group that lets nothing in', async () => {
    const { aws } = oldPrimary();
    const without = portDouble({ ...aws, findSecurityGroup: () => Promise.resolve(null) });
    await expect(fenceDatabase.run(contextFor(without))).rejects.toThrow(
      'no security group named ecommerce-deny-all',
    );
  });

  it('is taken back to what stood there', async () => {
    const { aws, old } = oldPrimary({ database: databaseOf(us, { securityGroupIds: [DENY] }) });
    const context = contextFor(aws, { securityGroupIds: [OPEN] });
    expect((await unfenceDatabase.run(context)).status).toBe('done');
    expect(old.groups).toEqual([[OPEN]]);
    // Also where it stands already: the request that shut it may have been given up and still be under way.
    expect((await unfenceDatabase.run(context)).status).toBe('done');
    expect(old.groups).toEqual([[OPEN], [OPEN]]);
  });
});

describe('an old primary', () => {
  it('is renamed only when it is shut', async () => {
    const open = oldPrimary();
    expect(await retire.run(contextFor(open.aws))).toMatchObject({
      status: 'fail',
      note: expect.stringContaining('Fence it first'),
    });
    const shut = oldPrimary({ database: databaseOf(us, { securityGroupIds: [DENY] }) });
    expect(await retire.run(contextFor(shut.aws))).toMatchObject({
      status: 'done',
      output: { instanceId: `${instanceId}-fenced-20261123-1004`, formerId: instanceId },
    });
  });

  it('that was renamed before a crash is found, on another day too', async () => {
    const renamed = `${instanceId}-fenced-20261122-1004`;
    const { aws } = oldPrimary({
      database: databaseOf(us, { instanceId: renamed, securityGroupIds: [DENY] }),
    });
    expect(await retire.run(contextFor(aws))).toMatchObject({ output: { instanceId: renamed } });
  });

  it('is kept as a snapshot, once', async () => {
    const { aws, snapshots } = oldPrimary();
    expect(await snapshot.run(contextFor(aws))).toMatchObject({
      output: { snapshotId: `${instanceId}-1004` },
    });
    await snapshot.run(contextFor(aws));
    expect(snapshots()).toEqual([`${instanceId}-1004`]);
  });
});

describe('salvage', () => {
  const writer = { region: EU, instance: { instanceId: 'ecommerce-db-eu-west-1' } };
  const shut = () => databaseOf(us, { securityGroupIds: [DENY] });
  const since = '2026-11-23T08:59:00.000Z';

  it('lists every order that the writer lacks, over all pages, and shuts the door again', async () => {
    const orders = Array.from({ length: 1_203 }, (_, i) => orderRow(i + 1));
    const known = orders.filter((_, i) => i % 3 !== 0).map(({ id }) => id);
    const { aws, old } = oldPrimary({ database: shut(), orders, known });
    const outcome = await salvage.run(contextFor(aws, { writer, since }));
    expect(outcome).toMatchObject({
      status: 'done',
      output: { salvaged: true, compared: 1_203, count: 401, complete: true },
    });
    expect(old.groups).toEqual([[OPEN], [DENY]]);
  });

  it('keeps a thousand rows and counts the rest', async () => {
    const orders = Array.from({ length: 1_150 }, (_, i) => orderRow(i + 1));
    const { aws } = oldPrimary({ database: shut(), orders });
    const outcome = await salvage.run(contextFor(aws, { writer, since }));
    expect(outcome).toMatchObject({ output: { count: 1_150, complete: false } });
    const rows = outcome.status === 'done' ? outcome.output?.orders : undefined;
    expect(rows).toHaveLength(1_000);
  });

  it('of one that was left at an earlier failover reads its own last day, not what came after', async () => {
    const orders = [orderRow(1), orderRow(2)];
    const { aws } = oldPrimary({ database: shut(), orders });
    const outcome = await salvage.run(contextFor(aws, { writer, since: '2026-11-23T09:45:00.000Z' }));
    expect(outcome).toMatchObject({ output: { count: 2, since: '2026-11-22T09:00:00.002Z' } });
  });

  it('that cannot read does not hold the rebuild up, and shuts the door all the same', async () => {
    const { aws, old } = oldPrimary({ database: shut(), readable: false });
    expect(await salvage.run(contextFor(aws, { writer, since }))).toMatchObject({
      status: 'done',
      output: { salvaged: false, why: 'password authentication failed' },
    });
    expect(old.database.securityGroupIds).toEqual([DENY]);
  });

  it('shuts the door also when it is told to stop', async () => {
    const stop = new AbortController();
    const { aws, old } = oldPrimary({ database: shut(), orders: [orderRow(1)] });
    const stopping = portDouble({
      ...aws,
      ordersSince: () => {
        stop.abort('asked');
        return Promise.reject(new UnansweredError('lost'));
      },
    });
    const context = { ...contextFor(stopping, { writer, since }), signal: stop.signal };
    await expect(salvage.run(context)).rejects.toBe('asked');
    expect(old.database.securityGroupIds).toEqual([DENY]);
  });
});
