import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { labCertificates } from '#lab/certificates/index.ts';
import { terminateSessions } from '#lib/adapters/postgres/client-sessions.ts';
import { lastOrder, missingOrders, ordersSince } from '#lib/adapters/postgres/orders.ts';
import { type Session, withSession } from '#lib/adapters/postgres/session.ts';
import { hasToken, writeToken } from '#lib/adapters/postgres/token.ts';
import { readWal } from '#lib/adapters/postgres/wal.ts';
import { RefusedError } from '#lib/errors.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import { EU, EU_REPLICA, PRIMARY, queryAt, startDatabases, type TestLab, US } from './support/databases.ts';

const authorities = tls.getCACertificates('default');
const closing: (() => void)[] = [];
let lab: TestLab;
let password = '';

beforeAll(async () => {
  lab = await startDatabases();
  const { ca } = await labCertificates(lab.ctx);
  tls.setDefaultCACertificates([...authorities, ca]);
  const passwords = path.join(lab.ctx.dataDir, 'postgres/passwords.json');
  password = JSON.parse(readFileSync(passwords, 'utf8')).shop_admin;
});

afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await lab.ctx.chaos.heal();
});

afterAll(async () => {
  tls.setDefaultCACertificates(authorities);
  await lab.stop();
  lab.remove();
});

interface Given {
  endpoint?: { host: string; port: number };
  secret?: string;
  abortSignal?: AbortSignal;
}

/** A session as the port opens it: the databases' master, by the endpoint that RDS names. */
function on<T>(instance: string, use: (session: Session) => Promise<T>, given: Given = {}): Promise<T> {
  const endpoint = lab.databases.find(instance)?.endpoint;
  if (!endpoint) throw new Error(`There is no ${instance}.`);
  return withSession(
    {
      endpoint: given.endpoint ?? endpoint,
      login: { user: 'shop_admin', password: given.secret ?? password, database: 'shop' },
      applicationName: 'meridian OP-1001-test-1',
      abortSignal: given.abortSignal ?? new AbortController().signal,
    },
    use,
  );
}

/** A server on loopback that does this with each connection. */
async function serverThat(does: (socket: net.Socket) => void): Promise<{ host: string; port: number }> {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    does(socket);
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 });
    }),
  );
}

const shop = (sql: string, values: unknown[] = []) =>
  queryAt<Record<string, string>>(lab.databases.endpointUrl(PRIMARY), sql, values);

const INSERT = 'insert into orders (id, region, product, amount, customer) values ($1, $2, 1, 9.99, $3)';

/** An order that is committed when this resolves. */
async function placeOrder(): Promise<string> {
  const id = randomUUID();
  await shop(INSERT, [id, EU, 'someone']);
  return id;
}

/** Runs `use` in the midst of a transaction of the shop's, into which an order was put. */
async function withOpenOrder(use: (id: string, client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: lab.databases.endpointUrl(PRIMARY) });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const id = randomUUID();
    await client.query('begin');
    await client.query(INSERT, [id, EU, 'someone']);
    await use(id, client);
  } finally {
    await client.end();
  }
}

/** The server's own time. */
async function serverTime(): Promise<string> {
  const [row] = await shop(`select to_json(clock_timestamp())::text as now`);
  return JSON.parse(row?.now ?? '');
}

describe('a session', () => {
  it('is encrypted, named, and gone when its work is done', async () => {
    const [seen] = await on(PRIMARY, (session) =>
      session.rows<{ ssl: boolean; name: string }>(
        `select s.ssl, a.application_name as name
           from pg_stat_ssl s join pg_stat_activity a using (pid) where pid = pg_backend_pid()`,
      ),
    );
    expect(seen).toEqual({ ssl: true, name: 'meridian OP-1001-test-1' });
    await expect
      .poll(() => shop("select pid from pg_stat_activity where application_name like 'meridian OP%'"))
      .toEqual([]);
  });

  it('is not opened to a server whose certificate no authority of ours has signed', async () => {
    tls.setDefaultCACertificates(authorities);
    const { ca } = await labCertificates(lab.ctx);
    closing.push(() => tls.setDefaultCACertificates([...authorities, ca]));
    const failure = await on(PRIMARY, readWal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RefusedError);
    expect(failure).toMatchObject({ rule: 'untrusted-certificate' });
    expect(String(failure)).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('goes without TLS over loopback alone, where a server offers none', async () => {
    const plain = await serverThat((socket) =>
      socket.once('data', (first) => {
        if (first.readUInt32BE(0) === 8) return void socket.write('N');
        const { host, port } = lab.databases.find(PRIMARY)?.endpoint ?? { host: '', port: 0 };
        const upstream = net.connect({ host, port });
        upstream.write(first);
        socket.pipe(upstream).pipe(socket);
        upstream.on('error', () => socket.destroy());
      }),
    );
    // The first connection asks for TLS and is told no; the second one starts without.
    const [row] = await on(PRIMARY, (session) => session.rows<{ one: number }>('select 1 as one'), {
      endpoint: plain,
    });
    expect(row).toEqual({ one: 1 });
  });

  it('with a wrong password is refused, and says nothing of the password', async () => {
    const failure = await on(PRIMARY, readWal, { secret: 'hunter2-hunter2' }).catch((e: unknown) => e);
    expect(failure).not.toBeInstanceOf(UnansweredError);
    expect(failure).toMatchObject({ code: '28P01' });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('hunter2');
  });
});

describe('what gives no usable answer', () => {
  const unanswered = async (work: Promise<unknown>): Promise<{ message: string; ms: number }> => {
    const startedAt = performance.now();
    const failure = await work.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnansweredError);
    return { message: String(failure), ms: performance.now() - startedAt };
  };

  it('is a closed port', async () => {
    const gone = await serverThat(() => undefined);
    for (const close of closing.splice(0)) close();
    expect((await unanswered(on(PRIMARY, readWal, { endpoint: gone }))).message).toContain('ECONNREFUSED');
  });

  it('is a server that accepts and says nothing: given up in time', async () => {
    const silent = await serverThat(() => undefined);
    const { ms } = await unanswered(on(PRIMARY, readWal, { endpoint: silent }));
    expect(ms).toBeGreaterThan(2_500);
    expect(ms).toBeLessThan(6_000);
  });

  it('is something else that answers', async () => {
    const web = await serverThat((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 400 Bad\r\n\r\n')),
    );
    await unanswered(on(PRIMARY, readWal, { endpoint: web }));
  });

  it('is a database that is frozen in the midst of a statement: its server’s own limit does not help there', async () => {
    const abort = new AbortController();
    const sleeping = on(
      PRIMARY,
      async (session) => {
        await session.rows('select 1');
        await lab.ctx.chaos.change({ outages: { [US]: 'hang' } });
        setTimeout(() => abort.abort(new UnansweredError('The caller’s patience is over')), 300);
        return session.rows('select 1');
      },
      { abortSignal: abort.signal },
    );
    expect((await unanswered(sleeping)).message).toContain('patience is over');
  });

  it('is a session that somebody ends', async () => {
    const work = on(PRIMARY, async (session) => {
      await on(PRIMARY, terminateSessions);
      return session.rows('select 1');
    });
    await unanswered(work);
  });

  it('is a statement that takes too long for the server', async () => {
    const { ms } = await unanswered(on(PRIMARY, (session) => session.rows('select pg_sleep(30)')));
    expect(ms).toBeLessThan(9_000);
  });
});

describe('WAL', () => {
  it('of a primary is where it writes, of a replica what it has received and replayed', async () => {
    await placeOrder();
    const primary = await on(PRIMARY, readWal);
    expect(primary).toMatchObject({ inRecovery: false, replayedLsn: null, timeline: 1 });
    expect(primary.receivedLsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(Math.abs(Date.now() - Date.parse(primary.lastCommitAt ?? ''))).toBeLessThan(60_000);
    await expect
      .poll(async () => (await on(EU_REPLICA, readWal)).replayedLsn, { timeout: 10_000 })
      .toBe(primary.receivedLsn);
    const replica = await on(EU_REPLICA, readWal);
    expect(replica).toMatchObject({ inRecovery: true, timeline: 1 });
    expect(Date.parse(replica.lastCommitAt ?? '')).toBeLessThanOrEqual(Date.now());
  });
});

describe('the token gate', () => {
  it('opens when the row has come and its position is replayed, not before', async () => {
    await lab.ctx.chaos.change({ replayPaused: [EU] });
    const name = 'OP-1001-token';
    const token = { name, ...(await on(PRIMARY, (session) => writeToken(session, name))) };
    expect(token.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(await on(EU_REPLICA, (session) => hasToken(session, token))).toBe(false);
    await lab.ctx.chaos.heal();
    await expect
      .poll(() => on(EU_REPLICA, (session) => hasToken(session, token)), { timeout: 10_000 })
      .toBe(true);
    const ahead = { ...token, lsn: 'FF/0' };
    expect(await on(EU_REPLICA, (session) => hasToken(session, ahead))).toBe(false);
    const unknown = { ...token, name: 'never-written' };
    expect(await on(EU_REPLICA, (session) => hasToken(session, unknown))).toBe(false);
  });

  it('takes the same token twice, for the later position', async () => {
    const first = await on(PRIMARY, (session) => writeToken(session, 'twice'));
    const second = await on(PRIMARY, (session) => writeToken(session, 'twice'));
    const [row] = await on(PRIMARY, (session) =>
      session.rows<{ later: boolean }>('select $1::pg_lsn >= $2::pg_lsn as later', [second.lsn, first.lsn]),
    );
    expect(row).toEqual({ later: true });
    const rows = await on(PRIMARY, (session) =>
      session.rows('select name from meridian.switchover_token where name = $1', ['twice']),
    );
    expect(rows).toHaveLength(1);
  });

  it('is refused by a replica, which writes nothing', async () => {
    const failure = await on(EU_REPLICA, (session) => writeToken(session, 'x')).catch((e: unknown) => e);
    expect(failure).not.toBeInstanceOf(UnansweredError);
    expect(failure).toMatchObject({ code: '25006' });
  });
});

describe('client sessions', () => {
  it('are ended, with what they had not committed; ours and replication live on', () =>
    withOpenOrder(async (id, client) => {
      const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
      expect(await on(PRIMARY, terminateSessions)).toBeGreaterThanOrEqual(1);
      await ended;
      expect(await on(PRIMARY, (session) => missingOrders(session, [id]))).toEqual([id]);
      const senders = await on(PRIMARY, (session) => session.rows('select from pg_stat_replication'));
      expect(senders).not.toEqual([]);
    }));
});

describe('orders', () => {
  it('are found from a time on, oldest first and no more than asked for', async () => {
    const before = await placeOrder();
    expect((await on(PRIMARY, lastOrder))?.id).toBe(before);
    const since = await serverTime();
    const placed = [await placeOrder(), await placeOrder(), await placeOrder()];
    const found = await on(PRIMARY, (session) => ordersSince(session, { since, limit: 100 }));
    expect(found.map(({ id }) => id)).toEqual(placed);
    expect(found[0]).toMatchObject({ region: EU, product: 1, amount: '9.99', customer: 'someone' });
    expect(found[0]?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(Date.parse(found[0]?.createdAt ?? '')).toBeGreaterThanOrEqual(Date.parse(since));
    expect(await on(PRIMARY, (session) => ordersSince(session, { since, limit: 2 }))).toEqual(
      found.slice(0, 2),
    );
    const [, second] = found;
    expect(await on(PRIMARY, (session) => ordersSince(session, { since, limit: 2, after: second }))).toEqual(
      found.slice(2),
    );
  });

  it('begun before that time and committed after it are among them', () =>
    withOpenOrder(async (id, client) => {
      await placeOrder();
      const since = await serverTime();
      await client.query('commit');
      const found = await on(PRIMARY, (session) => ordersSince(session, { since, limit: 100 }));
      expect(found.map((order) => order.id)).toEqual([id]);
    }));

  it('that are not there are told, in the order asked', async () => {
    const [there, ...absent] = [await placeOrder(), randomUUID(), randomUUID()];
    const asked = [absent[1] ?? '', there, absent[0] ?? ''];
    expect(await on(PRIMARY, (session) => missingOrders(session, asked))).toEqual([absent[1], absent[0]]);
    expect(await on(PRIMARY, (session) => missingOrders(session, []))).toEqual([]);
  });

  it('of a shop that has taken none have no last one', async () => {
    await shop('delete from orders');
    expect(await on(PRIMARY, lastOrder)).toBeNull();
  });
});

describe('after a promotion', () => {
  it('the new primary has a timeline of its own and still knows the token', async () => {
    const token = { name: 'before', ...(await on(PRIMARY, (session) => writeToken(session, 'before'))) };
    await expect
      .poll(() => on(EU_REPLICA, (session) => hasToken(session, token)), { timeout: 10_000 })
      .toBe(true);
    const { resourceId = '' } = lab.databases.find(EU_REPLICA) ?? {};
    await lab.databases.promote(resourceId);
    await lab.databases.restart(resourceId);
    expect(await on(EU_REPLICA, readWal)).toMatchObject({
      inRecovery: false,
      timeline: 2,
      replayedLsn: null,
    });
    expect(await on(EU_REPLICA, (session) => hasToken(session, token))).toBe(true);
    expect(await on(PRIMARY, readWal)).toMatchObject({ inRecovery: false, timeline: 1 });
  });
});
