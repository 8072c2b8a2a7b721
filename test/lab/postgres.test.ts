import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_COUNT } from '#lab/postgres/index.ts';
import { isAlive } from '#lab/postgres/processes.ts';
import {
  AP,
  AP_REPLICA,
  EU,
  EU_REPLICA,
  PRIMARY,
  queryAt,
  STAGING,
  startDatabases,
  type TestLab,
  US,
} from './support/databases.ts';

let lab: TestLab;

beforeAll(async () => {
  lab = await startDatabases();
});

afterEach(() => lab.ctx.chaos.heal());

afterAll(async () => {
  await lab.stop();
  lab.remove();
});

const resourceId = (name: string) => {
  const found = lab.databases.find(name);
  if (!found) throw new Error(`no database ${name}`);
  return found.resourceId;
};

const PLACE = `insert into orders (region, product, amount, customer)
  values ('us-east-1', 1, 9.5, $1) returning id`;

async function place(name: string, customer: string): Promise<string> {
  const [row] = await queryAt<{ id: string }>(lab.databases.endpointUrl(name, 'shop'), PLACE, [customer]);
  if (!row) throw new Error('the order was not answered');
  return row.id;
}

async function holds(name: string, id: string): Promise<boolean> {
  const rows = await queryAt(lab.databases.adminUrl(name), 'select from orders where id = $1', [id]);
  return rows.length === 1;
}

const writerIn = (region: string, environment = 'production') =>
  lab.databases.writerUrl({ region, environment });

async function streams(name: string): Promise<boolean> {
  const rows = await lab.databases.query(
    resourceId(name),
    "select from pg_stat_wal_receiver where status = 'streaming'",
  );
  return rows.length === 1;
}

const untilStreams = (name: string) =>
  expect.poll(() => streams(name), { timeout: 20_000, interval: 20 }).toBe(true);

/** Milliseconds until the row is there. */
async function arrival(name: string, id: string): Promise<number> {
  const from = performance.now();
  await expect.poll(() => holds(name, id), { timeout: 15_000, interval: 2 }).toBe(true);
  return performance.now() - from;
}

describe('the estate on its first day', () => {
  it('has a writer and two replicas of it, with the shop in all of them', async () => {
    const roles = lab.databases.list().map(({ id, role, source }) => [id, role, source?.id]);
    expect(roles.sort()).toEqual([
      [AP_REPLICA, 'replica', PRIMARY],
      [EU_REPLICA, 'replica', PRIMARY],
      [PRIMARY, 'primary', undefined],
      [STAGING, 'primary', undefined],
    ]);
    for (const name of [PRIMARY, EU_REPLICA, AP_REPLICA, STAGING]) {
      const url = lab.databases.endpointUrl(name, 'shop');
      const [row] = await queryAt<{ count: string }>(url, 'select count(*) from products');
      expect(Number(row?.count)).toBe(PRODUCT_COUNT);
    }
    expect(writerIn(US)).toBe(lab.databases.endpointUrl(PRIMARY, 'shop'));
    expect(writerIn(EU)).toBeUndefined();
  });

  it('has a server of its own for staging: what is written there is nowhere else', async () => {
    expect(writerIn(US, 'staging')).toBe(lab.databases.endpointUrl(STAGING, 'shop'));
    expect(writerIn(EU, 'staging')).toBeUndefined();
    const id = await place(STAGING, 'staging');
    expect(await holds(STAGING, id)).toBe(true);
    expect(await holds(PRIMARY, id)).toBe(false);
    const servers = [PRIMARY, STAGING].map((name) => lab.databases.processIds(resourceId(name))[0]);
    expect(new Set(servers).size).toBe(2);
    const slots = await lab.databases.query(resourceId(STAGING), 'select from pg_replication_slots');
    expect(slots).toEqual([]);
  });

  it('wants the password, keeps it to its owner, and gives the shop no more than it needs', async () => {
    const url = new URL(lab.databases.endpointUrl(PRIMARY, 'shop'));
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(queryAt(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    await expect(queryAt(url.href, 'delete from products')).rejects.toThrow(/permission denied/);
    const file = path.join(lab.ctx.dataDir, 'postgres/passwords.json');
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain(decodeURIComponent(url.password));
  });

  it('writes nothing of its own while it is idle', async () => {
    const position = async () => {
      const [row] = await lab.databases.query<{ xid: string }>(
        resourceId(PRIMARY),
        'select pg_snapshot_xmax(pg_current_snapshot())::text as xid',
      );
      return row?.xid;
    };
    const before = await position();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await position()).toBe(before);
  });
});

describe('replication', () => {
  it('takes half a round trip, and more to Singapore than to Ireland', async () => {
    await Promise.all([untilStreams(EU_REPLICA), untilStreams(AP_REPLICA)]);
    const id = await place(PRIMARY, 'lag');
    const [eu, ap] = await Promise.all([arrival(EU_REPLICA, id), arrival(AP_REPLICA, id)]);
    expect(eu).toBeGreaterThan(15);
    expect(eu).toBeLessThan(600);
    expect(ap).toBeGreaterThan(80);
    expect(ap).toBeLessThan(900);
  });

  it('refuses writes at a replica', async () => {
    await expect(place(EU_REPLICA, 'nobody')).rejects.toThrow(/read-only transaction/);
  });

  it('stops behind a cut link and catches up after it', async () => {
    await untilStreams(EU_REPLICA);
    await lab.ctx.chaos.change({ links: { [`${US}>${EU}`]: { mode: 'blackhole', extraRttMs: 0 } } });
    const id = await place(PRIMARY, 'cut');
    await arrival(AP_REPLICA, id);
    expect(await holds(EU_REPLICA, id)).toBe(false);
    const [slot] = await lab.databases.query<{ behind: string }>(
      resourceId(PRIMARY),
      "select pg_current_wal_lsn() - restart_lsn as behind from pg_replication_slots where slot_name like 'rds_eu_%'",
    );
    expect(Number(slot?.behind)).toBeGreaterThan(0);
    await lab.ctx.chaos.heal();
    expect(await arrival(EU_REPLICA, id)).toBeLessThan(8000);
  });

  it('reconnects after a link that was reset', async () => {
    await untilStreams(EU_REPLICA);
    await lab.ctx.chaos.change({ links: { [`${US}>${EU}`]: { mode: 'reset', extraRttMs: 0 } } });
    await expect.poll(() => streams(EU_REPLICA), { timeout: 5000 }).toBe(false);
    const id = await place(PRIMARY, 'reset');
    await lab.ctx.chaos.heal();
    expect(await arrival(EU_REPLICA, id)).toBeLessThan(9000);
  });

  it('withholds what it received when told to delay or pause', async () => {
    await untilStreams(AP_REPLICA);
    await lab.ctx.chaos.change({ applyDelaySeconds: { [AP]: 30 } });
    const delayed = await place(PRIMARY, 'delayed');
    const received = async () => {
      const [row] = await lab.databases.query<{ waiting: boolean }>(
        resourceId(AP_REPLICA),
        'select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn() as waiting',
      );
      return row?.waiting;
    };
    await expect.poll(received, { timeout: 5000 }).toBe(true);
    expect(await holds(AP_REPLICA, delayed)).toBe(false);
    await lab.ctx.chaos.change({ applyDelaySeconds: {}, replayPaused: [EU] });
    await arrival(AP_REPLICA, delayed);
    const paused = await place(PRIMARY, 'paused');
    await arrival(AP_REPLICA, paused);
    expect(await holds(EU_REPLICA, paused)).toBe(false);
    await lab.ctx.chaos.heal();
    await arrival(EU_REPLICA, paused);
  });
});

describe('ways in', () => {
  it('leads through the link from another Region, and nowhere without a network path', async () => {
    const from = performance.now();
    await queryAt(await lab.databases.urlFrom(EU, PRIMARY), 'select 1');
    expect(performance.now() - from).toBeGreaterThan(4 * 75);
    await expect(queryAt(await lab.databases.urlFrom(AP, EU_REPLICA), 'select 1')).rejects.toThrow(
      /ECONNRESET|terminated/,
    );
    expect(await lab.databases.urlFrom(EU, EU_REPLICA)).toBe(lab.databases.endpointUrl(EU_REPLICA, 'shop'));
  });

  it('closes to newcomers first, to those inside with the next restart', async () => {
    const url = lab.databases.endpointUrl(EU_REPLICA, 'shop');
    const inside = new pg.Client({ connectionString: url });
    const ended = new Promise<void>((resolve) => inside.on('error', () => resolve()));
    await inside.connect();
    await lab.databases.setOpen(resourceId(EU_REPLICA), false);
    await expect(queryAt(url, 'select 1')).rejects.toThrow(/timeout/);
    expect((await inside.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await lab.databases.restart(resourceId(EU_REPLICA));
    await ended;
    await lab.databases.setOpen(resourceId(EU_REPLICA), true);
    await queryAt(url, 'select 1');
  });
});

describe('outages', () => {
  it('hang a server without losing it', async () => {
    await lab.ctx.chaos.change({ outages: { [EU]: 'hang' } });
    expect(lab.databases.find(EU_REPLICA)?.state).toBe('hung');
    await expect(queryAt(lab.databases.endpointUrl(EU_REPLICA, 'shop'), 'select 1')).rejects.toThrow(
      /timeout/,
    );
    await lab.ctx.chaos.heal();
    expect(lab.databases.find(EU_REPLICA)?.state).toBe('running');
    await queryAt(lab.databases.endpointUrl(EU_REPLICA, 'shop'), 'select 1');
  });

  it('kill every process of a server, which comes back as it was', async () => {
    const before = lab.databases.processIds(resourceId(EU_REPLICA));
    expect(before.length).toBeGreaterThan(4);
    await lab.ctx.chaos.change({ outages: { [EU]: 'drop' } });
    expect(lab.databases.find(EU_REPLICA)?.state).toBe('down');
    expect(before.filter(isAlive)).toEqual([]);
    const id = await place(PRIMARY, 'meanwhile');
    await lab.ctx.chaos.heal();
    await arrival(EU_REPLICA, id);
  });

  it('are not confused with a server that falls over by itself: that one is started again', async () => {
    const [postmaster] = lab.databases.processIds(resourceId(AP_REPLICA));
    process.kill(postmaster ?? 0, 'SIGKILL');
    const successor = () => lab.databases.processIds(resourceId(AP_REPLICA))[0] ?? postmaster;
    await expect.poll(successor, { timeout: 20_000 }).not.toBe(postmaster);
    await expect.poll(() => streams(AP_REPLICA).catch(() => false), { timeout: 20_000 }).toBe(true);
  });
});

describe('failover', () => {
  it('loses what was acknowledged but had not crossed the link, promotes, and feeds new replicas', async () => {
    await Promise.all([untilStreams(EU_REPLICA), untilStreams(AP_REPLICA)]);
    const safe = await place(PRIMARY, 'safe');
    await arrival(EU_REPLICA, safe);
    await lab.ctx.chaos.change({ links: { [`${US}>${EU}`]: { mode: 'blackhole', extraRttMs: 0 } } });
    const doomed = await Promise.all(['a', 'b', 'c'].map((customer) => place(PRIMARY, customer)));
    await lab.ctx.chaos.change({ outages: { [US]: 'drop' } });

    await lab.databases.promote(resourceId(EU_REPLICA));
    const after = await place(EU_REPLICA, 'after');
    expect(writerIn(EU)).toBeDefined();
    const lost = (await Promise.all(doomed.map((id) => holds(EU_REPLICA, id)))).filter((kept) => !kept);
    expect(lost).toHaveLength(doomed.length);
    expect(await holds(EU_REPLICA, safe)).toBe(true);
    // Promoting one replica changes nothing for the other.
    expect(lab.databases.find(AP_REPLICA)?.source?.id).toBe(PRIMARY);

    await lab.databases.delete(resourceId(AP_REPLICA));
    const { seeded } = await lab.databases.createReplica({
      id: AP_REPLICA,
      region: AP,
      sourceResourceId: resourceId(EU_REPLICA),
    });
    expect(lab.databases.find(AP_REPLICA)?.state).toBe('seeding');
    await seeded;
    expect(await holds(AP_REPLICA, after)).toBe(true);

    await lab.ctx.chaos.heal();
    const split = lab.databases
      .list()
      .filter(({ role, environment }) => role === 'primary' && environment === 'production');
    expect(split.map(({ region }) => region).sort()).toEqual([EU, US]);
    expect(await holds(PRIMARY, doomed[0] ?? '')).toBe(true);
  });

  it('frees the old name by renaming, which moves the endpoint', async () => {
    const old = lab.databases.find(PRIMARY);
    await lab.databases.rename(resourceId(PRIMARY), 'fenced-us');
    const renamed = lab.databases.find('fenced-us');
    expect(renamed?.resourceId).toBe(old?.resourceId);
    expect(renamed?.endpoint).not.toEqual(old?.endpoint);
    await queryAt(lab.databases.endpointUrl('fenced-us'), 'select 1');
    const { seeded } = await lab.databases.createReplica({
      id: PRIMARY,
      region: US,
      sourceResourceId: resourceId(EU_REPLICA),
    });
    await seeded;
    expect(lab.databases.find(PRIMARY)?.endpoint).toEqual(old?.endpoint);
    await untilStreams(PRIMARY);
  });

  it('tries a copy again that a cut link broke', async () => {
    const { resourceId: made, seeded } = await lab.databases.createReplica({
      id: 'second-ap',
      region: AP,
      sourceResourceId: resourceId(EU_REPLICA),
    });
    await lab.ctx.chaos.change({ links: { [`${EU}>${AP}`]: { mode: 'reset', extraRttMs: 0 } } });
    await lab.ctx.chaos.heal();
    await seeded;
    await lab.databases.delete(made);
    const slots = await lab.databases.query<{ slot_name: string }>(
      resourceId(EU_REPLICA),
      'select slot_name from pg_replication_slots',
    );
    expect(slots).toHaveLength(2);
  });

  it('reports changed parameters that need a restart, and acts on the others at once', async () => {
    const pending = await lab.databases.setParameters(resourceId(EU_REPLICA), {
      default_transaction_read_only: '1',
      max_connections: '61',
    });
    expect(pending).toEqual(['max_connections']);
    await expect(place(EU_REPLICA, 'frozen')).rejects.toThrow(/read-only transaction/);
    await lab.databases.setParameters(resourceId(EU_REPLICA), {});
    await place(EU_REPLICA, 'thawed');
  });
});

/** Both take half a second on a machine with nothing else to do; three are promised. */
const BUSY_MACHINE_MS = 10_000;

describe('time', () => {
  it('survives a restart of the lab, orphans of a killed one included', async () => {
    const kept = await place(EU_REPLICA, 'kept');
    await arrival(AP_REPLICA, kept);
    const orphan = lab.databases.processIds(resourceId(EU_REPLICA));
    lab.ctx.state.flush();
    const from = performance.now();
    const next = await startDatabases({ dataDir: lab.ctx.dataDir });
    expect(performance.now() - from).toBeLessThan(BUSY_MACHINE_MS);
    // The first lab goes only now, as one whose process died would have: its servers have been taken away.
    expect(orphan.filter(isAlive)).toEqual([]);
    await lab.stop();
    lab = next;
    expect(lab.databases.find(EU_REPLICA)?.role).toBe('primary');
    expect(await holds(EU_REPLICA, kept)).toBe(true);
    await Promise.all([untilStreams(AP_REPLICA), untilStreams(PRIMARY)]);
    const id = await place(EU_REPLICA, 'resumed');
    await arrival(AP_REPLICA, id);
  });

  it('gives an environment that the last lab did not have its database, and leaves the others alone', async () => {
    const kept = await place(EU_REPLICA, 'kept again');
    await lab.databases.delete(resourceId(STAGING));
    await lab.stop();
    // An earlier lab had one set of databases, and nothing that says so.
    const file = path.join(lab.ctx.dataDir, 'state', 'postgres-servers.json');
    const entries: [string, object][] = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify(entries.map(([id, row]) => [id, { ...row, environment: undefined }])));
    lab = await startDatabases({ dataDir: lab.ctx.dataDir });
    expect(lab.databases.list().filter(({ environment }) => environment === 'staging')).toMatchObject([
      { id: STAGING, state: 'running' },
    ]);
    expect(lab.databases.find(EU_REPLICA)).toMatchObject({ environment: 'production', role: 'primary' });
    expect(await holds(EU_REPLICA, kept)).toBe(true);
  });

  it('goes back to the first day', async () => {
    const from = performance.now();
    await lab.databases.reset?.();
    expect(performance.now() - from).toBeLessThan(BUSY_MACHINE_MS);
    expect(lab.databases.list()).toHaveLength(4);
    const [row] = await queryAt<{ count: string }>(
      lab.databases.adminUrl(PRIMARY),
      'select count(*) from orders',
    );
    expect(row?.count).toBe('0');
    await Promise.all([untilStreams(EU_REPLICA), untilStreams(AP_REPLICA)]);
  });
});
