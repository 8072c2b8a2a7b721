import { createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ValidationError } from '#lib/errors.ts';
import {
  type Claimed,
  claimDue,
  MOST_ATTEMPTS,
  recordDelivered,
  recordFailed,
  retryAfterSeconds,
} from '#lib/notify/outbox.ts';
import { startNotifications } from '#lib/notify/start.ts';
import { createFreeze } from '#lib/services/freezes/freezes.ts';
import {
  discardNotification,
  listDeadLetters,
  redeliverNotification,
} from '#lib/services/notifications/dead-letters.ts';
import { enqueueNotification, type NotificationTopic } from '#lib/services/notifications/enqueue.ts';
import { createWebhook, disableWebhook, listWebhooks } from '#lib/services/webhooks/webhooks.ts';
import { failure, type TestPerson, testWorld } from '../harness.ts';

const SECRET = 'a secret of thirty-two characters, at least';
vi.stubEnv('DATABASE_URL', 'postgresql://unused@127.0.0.1/unused');
vi.stubEnv('MERIDIAN_SECRET', SECRET);

const world = testWorld();

interface Received {
  headers: http.IncomingHttpHeaders;
  body: string;
}

let receiver: http.Server;
let received: Received[];
let answer: (response: http.ServerResponse) => void;
let admin: TestPerson;
const running: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  received = [];
  answer = (response) => response.writeHead(204).end();
  receiver = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    answer(response);
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  await world.database.pool.query('delete from notification');
  await world.database.pool.query('update webhook set disabled_at = now()');
  admin = await world.person('admin');
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  await new Promise((resolve) => receiver.close(resolve));
});

async function start(
  options: { loopback?: boolean; timeoutMs?: number; log?: (...told: unknown[]) => void } = {},
): Promise<void> {
  running.push(
    await startNotifications({
      database: world.database,
      log: () => undefined,
      secret: SECRET,
      loopback: true,
      consoleUrl: 'https://meridian.example.com',
      pollMs: 20,
      ...options,
    }),
  );
}

function receiverUrl(): string {
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
}

async function webhook(topics = ['freeze.changed']) {
  return createWebhook(world.contextFor(admin), { name: 'chat', url: receiverUrl(), topics });
}

async function somethingHappens(): Promise<void> {
  await createFreeze(world.contextFor(admin), { environment: 'production', reason: 'a drill' });
}

async function outbox() {
  const { rows } = await world.database.pool.query<{
    attempts: number;
    delivered: boolean;
    dead: boolean;
    error: string | null;
    waits: number;
  }>(
    `select attempts, delivered_at is not null as delivered, dead_at is not null as dead, last_error as error,
       extract(epoch from next_attempt_at - now())::float8 as waits from notification order by id`,
  );
  return rows;
}

it('arrives signed, once, with two workers sending', async () => {
  const { secret } = await webhook();
  await start();
  await start();
  for (let i = 0; i < 5; i += 1) await somethingHappens();
  await vi.waitFor(async () => expect((await outbox()).filter(({ delivered }) => delivered)).toHaveLength(5));
  expect(new Set(received.map(({ headers }) => headers['meridian-delivery'])).size).toBe(5);
  expect(received).toHaveLength(5);
  for (const { headers, body } of received) {
    const [, time = '', mac] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['meridian-signature'])) ?? [];
    expect(mac).toBe(
      createHmac('sha256', secret ?? '')
        .update(`${time}.${body}`)
        .digest('hex'),
    );
    expect(Math.abs(Number(time) - Date.now() / 1_000)).toBeLessThan(30);
    expect(JSON.parse(body)).toMatchObject({
      topic: 'freeze.changed',
      text: expect.stringMatching(/^Changes are frozen\. /),
      data: { change: 'created' },
    });
  }
});

it('goes only to webhooks that listen to the topic', async () => {
  await webhook(['operation.ended']);
  await somethingHappens();
  expect(await outbox()).toEqual([]);
});

it('is put off after a failure, with what went wrong', async () => {
  await webhook();
  answer = (response) => response.writeHead(500).end('oops');
  await somethingHappens();
  await start();
  await vi.waitFor(async () => expect((await outbox())[0]?.error).toBe('It answered 500.'));
  const [row] = await outbox();
  expect(row).toMatchObject({ attempts: 1, delivered: false, dead: false });
  expect(row?.waits).toBeGreaterThan(5);
  answer = (response) => response.writeHead(200).end();
  await world.database.pool.query('update notification set next_attempt_at = now()');
  await vi.waitFor(async () => expect((await outbox())[0]?.delivered).toBe(true));
});

it('never follows a redirect', async () => {
  await webhook();
  answer = (response) => response.writeHead(302, { location: receiverUrl() }).end();
  await somethingHappens();
  await start();
  await vi.waitFor(async () => expect((await outbox())[0]?.error).toContain('redirect'));
  expect(received).toHaveLength(1);
});

it('gives a silent receiver up in time', async () => {
  await webhook();
  answer = () => undefined;
  await somethingHappens();
  await start({ timeoutMs: 200 });
  await vi.waitFor(async () => expect((await outbox())[0]?.error).toContain('did not answer within 0.2 s'));
  receiver.closeAllConnections();
});

it('does not reach this machine without the lab', async () => {
  await webhook();
  await somethingHappens();
  await start({ loopback: false });
  await vi.waitFor(async () => expect((await outbox())[0]?.error).toContain('must begin with https'));
  expect(received).toEqual([]);
});

it('is given up after the last attempt, visibly', async () => {
  const { id } = await webhook();
  answer = (response) => response.writeHead(410).end();
  await somethingHappens();
  await world.database.pool.query('update notification set attempts = $1', [MOST_ATTEMPTS - 1]);
  const before = await world.auditSeq();
  await start();
  await vi.waitFor(async () => expect((await outbox())[0]?.dead).toBe(true));
  expect(await world.auditAfter(before)).toMatchObject([
    { verb: 'notification.deliver', outcome: 'failed', subject: `webhook/${id}` },
  ]);
  const { items } = await listWebhooks(world.contextFor(admin));
  expect(items.find((item) => item.id === id)).toMatchObject({
    dead: 1,
    waiting: 0,
    lastError: 'It answered 410.',
  });
});

describe('of an attempt that took too long', () => {
  /** Two workers have it: the first held it until the second took it over. */
  async function takenTwice(attempts: number): Promise<{ slow: Claimed; next: Claimed }> {
    await webhook();
    await somethingHappens();
    await world.database.pool.query('update notification set attempts = $1', [attempts]);
    const [slow] = await claimDue(world.database, { limit: 1, holdSeconds: 0 });
    const [next] = await claimDue(world.database, { limit: 1, holdSeconds: 30 });
    if (!slow || !next) throw new Error('the notification was not due');
    return { slow, next };
  }

  it('nothing is given up that another has delivered meanwhile, and the log says nothing', async () => {
    const { slow, next } = await takenTwice(MOST_ATTEMPTS - 1);
    const before = await world.auditSeq();
    await recordDelivered(world.database, next.id);
    expect(await recordFailed(world.database, slow, 'It answered 500.', 0.5)).toBe('overtaken');
    expect(await outbox()).toMatchObject([{ delivered: true, dead: false, error: null }]);
    expect(await world.auditAfter(before)).toEqual([]);
  });

  it('nothing is given up that another still tries to send: that one gives it up, once', async () => {
    const { slow, next } = await takenTwice(MOST_ATTEMPTS - 1);
    const before = await world.auditSeq();
    expect(await recordFailed(world.database, slow, 'It answered 500.', 0.5)).toBe('overtaken');
    expect(await outbox()).toMatchObject([{ dead: false, error: null }]);
    expect(await recordFailed(world.database, next, 'It answered 503.', 0.5)).toBe('dead');
    expect(await recordFailed(world.database, next, 'It answered 503.', 0.5)).toBe('overtaken');
    expect(await outbox()).toMatchObject([{ dead: true, error: 'It answered 503.' }]);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'notification.deliver', outcome: 'failed', detail: { notification: next.id } },
    ]);
  });

  it('what it delivers after all is no dead letter', async () => {
    const { slow, next } = await takenTwice(MOST_ATTEMPTS - 1);
    expect(await recordFailed(world.database, next, 'It answered 503.', 0.5)).toBe('dead');
    await recordDelivered(world.database, slow.id);
    expect(await outbox()).toMatchObject([{ delivered: true, dead: false, error: null }]);
    expect((await listDeadLetters(world.contextFor(admin))).items).toEqual([]);
  });

  it('nothing is put off that another has in hand', async () => {
    const { slow } = await takenTwice(1);
    const [held] = await outbox();
    expect(await recordFailed(world.database, slow, 'It answered 500.', 0.5)).toBe('overtaken');
    const [still] = await outbox();
    expect(still).toMatchObject({ attempts: 3, error: null });
    expect(still?.waits).toBeLessThanOrEqual(held?.waits ?? 0);
  });
});

it('is taken over from a worker that died with it in hand', async () => {
  await webhook();
  await somethingHappens();
  await world.database.pool.query(
    `update notification set attempts = 1, next_attempt_at = now() - interval '1 second'`,
  );
  await start();
  await vi.waitFor(async () => expect((await outbox())[0]).toMatchObject({ attempts: 2, delivered: true }));
});

it('waits twice as long each time, an hour at most', () => {
  expect([1, 2, 3, 9, 20].map((attempt) => retryAfterSeconds(attempt, 0.5))).toEqual([
    10, 20, 40, 2_560, 3_600,
  ]);
});

it('is kept from being set up by whom it does not concern, or to where it must not lead', async () => {
  const operator = await world.person('operator');
  const input = { name: 'x', url: 'https://hooks.example.com', topics: ['*'] };
  expect((await failure(createWebhook(world.contextFor(operator), input))).code).toBe('forbidden');
  for (const url of ['http://hooks.example.com', 'https://169.254.169.254/', 'https://10.0.0.1/', 'x']) {
    const error = await failure(createWebhook(world.contextFor(admin), { ...input, url }));
    expect((error as ValidationError).fields).toHaveProperty('url');
  }
  const topics = await failure(createWebhook(world.contextFor(admin), { ...input, topics: ['everything'] }));
  expect(topics).toBeInstanceOf(ValidationError);
});

it('stops with its webhook', async () => {
  const { id } = await webhook();
  await somethingHappens();
  await disableWebhook(world.contextFor(admin), { id });
  expect(await outbox()).toMatchObject([{ dead: true }]);
  expect((await failure(disableWebhook(world.contextFor(admin), { id }))).code).toBe('conflict');
  expect((await failure(disableWebhook(world.contextFor(admin), { id: randomUUID() }))).code).toBe(
    'not-found',
  );
});

const KEY = 'R0UTINGKEYR0UTINGKEYR0UTINGKEY00';

/** What a request of that id would have told, put into the outbox as its verb does. */
async function tell(topic: NotificationTopic, payload: Record<string, unknown>): Promise<void> {
  await world.database.inTransaction((connection) => enqueueNotification(connection, topic, payload));
}

const bodies = () => received.map(({ body }): ReturnType<typeof JSON.parse> => JSON.parse(body));

const OPERATION = { operation: 'OP-7', environment: 'production', title: 'Shift <!channel> & more' };

it('tells Slack what it is about, mentions nobody, and leads to the page', async () => {
  const made = await createWebhook(world.contextFor(admin), {
    kind: 'slack',
    name: 'chat',
    url: receiverUrl(),
    topics: ['*'],
  });
  expect(made.secret).toBeNull();
  await tell('approval.requested', { ...OPERATION, reason: 'Load', needed: 1, risk: 'high' });
  await tell('operation.ended', { ...OPERATION, state: 'done', outcome: null });
  await start();
  await vi.waitFor(() => expect(received).toHaveLength(2));
  const asked = bodies().find(({ text }) => text.includes('waits'));
  expect(asked.text).toBe(
    'OP-7 waits for an approver: Shift &lt;!channel&gt; &amp; more in production. Load.',
  );
  expect(asked.blocks).toMatchObject([
    { type: 'section', text: { type: 'mrkdwn', text: asked.text } },
    {
      type: 'context',
      elements: [{ text: expect.stringMatching(/^approval\.requested · production · OP-7 · high · 2/) }],
    },
    { type: 'actions', elements: [{ url: 'https://meridian.example.com/approvals?operation=OP-7' }] },
  ]);
  const ended = bodies().find(({ text }) => text.includes('ended'));
  expect(ended.blocks[2].elements[0].url).toBe('https://meridian.example.com/operations/OP-7');
  expect(received[0]?.headers['meridian-signature']).toBeUndefined();
});

it('opens, acknowledges and resolves one PagerDuty incident an operation', async () => {
  const made = await createWebhook(world.contextFor(admin), {
    kind: 'pagerduty',
    name: 'on call',
    url: receiverUrl(),
    routingKey: KEY,
    topics: ['*'],
  });
  await start();
  const steps: [NotificationTopic, Record<string, unknown>][] = [
    ['approval.requested', { ...OPERATION, reason: 'Load', needed: 1 }],
    ['operation.started', OPERATION],
    ['operation.held', { ...OPERATION, reason: 'A gate judged.' }],
    ['operation.ended', { ...OPERATION, state: 'done', outcome: null }],
    ['report.written', OPERATION],
  ];
  for (const [index, [topic, payload]] of steps.entries()) {
    await tell(topic, payload);
    await vi.waitFor(async () =>
      expect((await outbox()).filter(({ delivered }) => delivered)).toHaveLength(index + 1),
    );
  }
  // A report is no alert: it is done with, and nothing was sent.
  expect(bodies().map(({ event_action, payload }) => [event_action, payload.severity])).toEqual([
    ['trigger', 'info'],
    ['acknowledge', 'info'],
    ['trigger', 'error'],
    ['resolve', 'critical'],
  ]);
  expect(new Set(bodies().map(({ dedup_key }) => dedup_key))).toEqual(
    new Set([`meridian/${made.id}/operation/OP-7`]),
  );
  expect(bodies()[0]).toMatchObject({
    routing_key: KEY,
    client: 'Meridian',
    payload: {
      summary: 'OP-7 waits for an approver: Shift <!channel> & more in production. Load.',
      source: 'meridian.example.com',
      class: 'approval.requested',
      custom_details: { operation: 'OP-7' },
    },
    links: [{ href: 'https://meridian.example.com/approvals?operation=OP-7' }],
  });
});

it('shows no key and no secret URL again, in lists, the log, or the audit log', async () => {
  const before = await world.auditSeq();
  const path = '/services/T000/B000/verysecretpath';
  const slackUrl = receiverUrl().replace('/hook', path);
  const context = world.contextFor(admin);
  await createWebhook(context, { kind: 'slack', name: 'chat', url: slackUrl, topics: ['*'] });
  await createWebhook(context, {
    kind: 'pagerduty',
    name: 'on call',
    url: receiverUrl(),
    routingKey: KEY,
    topics: ['*'],
  });
  answer = (response) => response.writeHead(500).end();
  const told: unknown[] = [];
  await start({ log: (...line) => told.push(line) });
  await tell('operation.held', { ...OPERATION, reason: 'x' });
  await vi.waitFor(() => expect(told).toHaveLength(2));
  const everything = JSON.stringify([
    told,
    await listWebhooks(context),
    await listDeadLetters(context),
    await world.auditAfter(before),
    await outbox(),
    (await world.database.pool.query(`select url, encode(secret, 'escape') as secret from webhook`)).rows,
  ]);
  expect(received.map(({ headers }) => headers.host)).toHaveLength(2);
  expect(everything).not.toContain('verysecretpath');
  expect(everything).not.toContain(KEY);
});

it('asks of each kind what it needs, and https of all of them', async () => {
  const fields = async (input: Record<string, unknown>) =>
    Object.keys(
      (
        (await failure(
          createWebhook(world.contextFor(admin), { name: 'x', topics: ['*'], ...input }),
        )) as ValidationError
      ).fields,
    );
  expect(await fields({})).toEqual(['url']);
  expect(await fields({ kind: 'slack' })).toEqual(['url']);
  expect(await fields({ kind: 'pagerduty' })).toEqual(['routingKey']);
  expect(await fields({ kind: 'pagerduty', routingKey: 'short' })).toEqual(['routingKey']);
  expect(await fields({ kind: 'signed', url: receiverUrl(), routingKey: KEY })).toEqual(['routingKey']);
  expect(await fields({ kind: 'carrier-pigeon', url: receiverUrl() })).toContain('kind');
  for (const kind of ['slack', 'pagerduty'])
    expect(
      await fields({
        kind,
        url: 'http://hooks.example.com/x',
        ...(kind === 'pagerduty' ? { routingKey: KEY } : {}),
      }),
    ).toEqual(['url']);
});

describe('a dead letter', () => {
  async function killed(): Promise<string> {
    answer = (response) => response.writeHead(503).end();
    await somethingHappens();
    await world.database.pool.query('update notification set attempts = $1', [MOST_ATTEMPTS - 1]);
    await start();
    await vi.waitFor(async () => expect((await outbox())[0]?.dead).toBe(true));
    const { items } = await listDeadLetters(world.contextFor(admin));
    expect(items).toMatchObject([
      {
        topic: 'freeze.changed',
        text: 'Changes are frozen. a drill.',
        attempts: MOST_ATTEMPTS,
        lastError: 'It answered 503.',
      },
    ]);
    return items[0]?.id ?? '';
  }

  it('is sent again by a person, and arrives', async () => {
    await webhook();
    const id = await killed();
    const before = await world.auditSeq();
    answer = (response) => response.writeHead(200).end();
    await redeliverNotification(world.contextFor(admin), { id });
    await vi.waitFor(async () => expect((await outbox())[0]?.delivered).toBe(true));
    expect(received.at(-1)?.headers['meridian-delivery']).toBe(id);
    expect((await listDeadLetters(world.contextFor(admin))).items).toEqual([]);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'notification.redeliver', outcome: 'done', subject: `notification/${id}` },
    ]);
    expect((await failure(redeliverNotification(world.contextFor(admin), { id }))).code).toBe('conflict');
  });

  it('is sent again once when two ask at the same moment', async () => {
    await webhook();
    const id = await killed();
    const outcomes = await Promise.allSettled(
      [redeliverNotification, discardNotification].map((verb) => verb(world.contextFor(admin), { id })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is discarded, and stays in the database', async () => {
    const { id: webhookId } = await webhook();
    const id = await killed();
    const operator = await world.person('operator');
    expect((await failure(discardNotification(world.contextFor(operator), { id }))).code).toBe('forbidden');
    await discardNotification(world.contextFor(admin), { id });
    expect((await listDeadLetters(world.contextFor(operator), { webhook: webhookId })).items).toEqual([]);
    expect(await outbox()).toMatchObject([{ dead: true, delivered: false }]);
    expect((await failure(discardNotification(world.contextFor(admin), { id: '999999' }))).code).toBe(
      'not-found',
    );
  });

  it('of a webhook that was disabled meanwhile is dropped with it', async () => {
    const { id: webhookId } = await webhook();
    const id = await killed();
    await disableWebhook(world.contextFor(admin), { id: webhookId });
    expect((await listDeadLetters(world.contextFor(admin))).items).toEqual([]);
    expect((await failure(redeliverNotification(world.contextFor(admin), { id }))).code).toBe('conflict');
  });
});
