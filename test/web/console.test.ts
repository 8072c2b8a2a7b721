import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { encode } from 'next-auth/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endSessionsOf } from '#lib/services/people/end-sessions.ts';
import { openSession } from '#lib/services/sessions/sign-in.ts';
import { ACTION_BODY_BYTES } from '#lib/web/action-body.ts';
import { parseTrustedProxies, settleForwarding } from '#lib/web/forwarding.ts';
import { properAddress } from '#lib/web/public-address.ts';
import { testWorld } from '../service/harness.ts';
import { sealingSecret } from './sealing.ts';
import { ask, send, startWeb, type WebServer } from './server.ts';

const world = testWorld();
let web: WebServer;

beforeAll(async () => {
  web = await startWeb({ DATABASE_URL: world.url, MERIDIAN_LOG: 'info' });
}, 60_000);
afterAll(() => web.stop());

async function signedIn(): Promise<{ cookie: string; sessionId: string; personId: string }> {
  const person = await world.person('operator');
  const context = { database: world.database, now: new Date() };
  const origin = { address: 'test', userAgent: 'test', requestId: randomUUID() };
  const sessionId = await openSession(context, origin, person.id, 'password');
  const sealed = await encode({ token: { sid: sessionId }, secret: sealingSecret() });
  return { cookie: `meridian.session=${sealed}`, sessionId, personId: person.id };
}

/** Opens a stream and resolves after its first bytes; `ended` resolves when the server ends it. */
function listen(cookie: string): Promise<{ ended: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      `${web.url}/api/v1/events`,
      { headers: { cookie }, agent: false },
      (response) => {
        if (response.statusCode !== 200) return reject(new Error(`answered ${response.statusCode}`));
        const ended = new Promise<void>((done) => response.once('end', done).once('error', () => done()));
        response.once('data', () => resolve({ ended }));
      },
    );
    request.once('error', reject);
  });
}

describe('every answer', () => {
  it.each(['/sign-in', '/api/health/live', '/api/v1/regions', '/nothing-here', '/world.svg'])(
    'of %s carries the security headers',
    async (page) => {
      const { headers } = await ask(`${web.url}${page}`);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
      expect(headers['x-powered-by']).toBeUndefined();
    },
  );

  it('of a page has a policy with a nonce, prefetched or not', async () => {
    for (const headers of [{}, { purpose: 'prefetch' }, { 'next-router-prefetch': '1' }]) {
      const answer = await ask(`${web.url}/sign-in`, headers);
      expect(answer.headers['content-security-policy']).toMatch(/script-src 'self' 'nonce-[\w+/=]{20,}'/);
    }
  });
});

describe('a cookie that we did not seal', () => {
  const forged = [
    'x',
    '%',
    'a.b.c',
    'eyJhbGciOiJub25lIn0..',
    'A'.repeat(4_000),
    'A'.repeat(12_000),
    'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA',
    '%00%ff',
    '"; drop',
  ];
  it.each(forged)('is the same as none: %.30s', async (value) => {
    const page = await ask(`${web.url}/operations`, { cookie: `meridian.session=${value}` });
    expect(page.status).toBe(307);
    expect(page.headers.location).toContain('/sign-in');
    const api = await ask(`${web.url}/api/v1/regions`, { cookie: `meridian.session=${value}` });
    expect(api.status).toBe(401);
  });

  it('nor is one cut short', async () => {
    const { cookie } = await signedIn();
    expect((await ask(`${web.url}/api/v1/me`, { cookie })).status).toBe(200);
    expect((await ask(`${web.url}/api/v1/me`, { cookie: cookie.slice(0, -4) })).status).toBe(401);
  });
});

it('a browser whose session was ended is told why where it signs in again', async () => {
  const { cookie, personId } = await signedIn();
  await world.database.inTransaction((connection) =>
    endSessionsOf(connection, personId, new Date(), 'password changed'),
  );
  const told = await ask(`${web.url}/sign-in`, { cookie });
  expect(told.body).toContain('Your password was changed. Sign in with the new one.');
  expect((await ask(`${web.url}/sign-in`)).body).not.toContain('Your password was changed.');
});

it('never answers 500 to odd addresses, parameters and headers', async () => {
  const { cookie } = await signedIn();
  const odd = [
    '%00',
    '%ff',
    "'",
    '../..',
    '-1',
    '9'.repeat(400),
    'null',
    '{}',
    '%F0%9F%92%A9',
    'a'.repeat(3_000),
  ];
  const pages = [
    '/',
    '/traffic',
    '/operations',
    '/audit',
    '/approvals',
    '/cost',
    '/replication',
    '/settings/people',
  ];
  for (const value of odd) {
    const query = [
      'cursor',
      'range',
      'environment',
      'operation',
      'tab',
      'month',
      'from',
      'after',
      'person',
      'state',
      'link',
      'compose',
    ]
      .map((name) => `${name}=${value}`)
      .join('&');
    for (const page of pages) {
      const { status } = await ask(`${web.url}${page}?${query}&state=x&state=y`, {
        cookie,
        'last-event-id': 'x',
      });
      expect(status, `${page}?…=${value.slice(0, 20)}`).toBeLessThan(500);
    }
    for (const page of [`/regions/${value}`, `/operations/${value}`])
      expect((await ask(`${web.url}${page}`, { cookie })).status, page).toBeLessThan(500);
  }
  const { status } = await ask(
    `${web.url}/sign-in`,
    { origin: 'null', 'accept-language': '\u00ff', 'next-action': 'x' },
    'POST',
  );
  expect(status).toBeLessThan(500);
}, 90_000);

describe('a body that no page of ours sends', () => {
  const LARGE = Buffer.alloc(ACTION_BODY_BYTES + 1, 'a');
  const BOUNDARY = '----MeridianTestBoundary0123456789'; // a browser's is 27 to 70 characters, and others are refused
  const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;
  const part = (name: string, value: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const odd = [
    { what: 'too large', type: 'text/plain', body: LARGE, status: 413 },
    { what: 'too large a form', type: MULTIPART, body: LARGE, status: 413 },
    { what: 'too large, unannounced', type: MULTIPART, body: LARGE, chunked: true, status: 413 },
    {
      what: 'without a boundary',
      type: 'multipart/form-data',
      body: Buffer.from(part('0', '[]')),
      status: 400,
    },
    { what: 'no multipart', type: MULTIPART, body: Buffer.from('\0\xff--y--x--'), status: 400 },
    { what: 'cut short', type: MULTIPART, body: Buffer.from(part('email', 'a@b')), status: 400 },
  ];

  /** The page's form as a browser without scripts would send it; its hidden fields name the action. */
  async function signInForm(): Promise<{ fields: [string, string][]; action: string }> {
    const { body } = await ask(`${web.url}/sign-in`);
    const plain = (text = '') =>
      text.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&amp;', '&');
    const inputs = [...body.matchAll(/<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?/g)];
    const fields = inputs.map(([, name, value]): [string, string] => [plain(name), plain(value)]);
    const [action = ''] = /\b[0-9a-f]{42}\b/.exec(JSON.stringify(fields)) ?? [];
    return { fields, action };
  }

  const refused = async (path: string, { type, body, chunked }: (typeof odd)[number], headers = {}) => {
    const answer = await send(`${web.url}${path}`, {
      method: 'POST',
      headers: { origin: web.url, 'content-type': type, ...headers },
      body,
      ...(chunked ? { chunked } : {}),
    });
    expect(answer.body).not.toMatch(/\n\s+at |node_modules|__next_error__/);
    return answer.status;
  };

  it.each(odd)('$what: is refused where one signs in', async (each) => {
    const { action } = await signInForm();
    expect(action).not.toBe('');
    expect(await refused('/sign-in', each), 'as a form').toBe(each.status);
    expect(await refused('/sign-in', each, { 'next-action': action }), 'as an action').toBe(each.status);
  });

  it.each(['/api/auth/callback/oidc', '/api/auth/signin/oidc', '/api/auth/session', '/api/auth/nothing'])(
    '%s refuses each of them',
    async (path) => {
      for (const each of odd) {
        const status = await refused(path, each);
        expect(status, each.what).toBeGreaterThanOrEqual(400);
        expect(status, each.what).toBeLessThan(500);
      }
    },
  );

  it.each([
    ['no JSON', '['],
    ['no list', '{}'],
    ['nothing', ''],
  ])('an action whose arguments are %s is refused', async (_, text) => {
    const { action } = await signInForm();
    const each = { what: '', type: 'text/plain', body: Buffer.from(text), status: 400 };
    expect(await refused('/sign-in', each, { 'next-action': action })).toBe(400);
  });

  it('an action without a form signs nobody in, and fails not', async () => {
    const { action } = await signInForm();
    for (const text of ['[]', '[null,"a"]', '[{},{"get":1}]']) {
      const each = { what: text, type: 'text/plain', body: Buffer.from(text), status: 200 };
      expect(await refused('/sign-in', each, { 'next-action': action }), text).toBe(200);
    }
  });

  it('nor is a form of another site taken, whatever it calls itself', async () => {
    const each = {
      what: '',
      type: MULTIPART,
      body: Buffer.from(`${part('email', 'a@b')}--${BOUNDARY}--\r\n`),
      status: 403,
    };
    for (const origin of ['https://evil.example', 'null', 'garbage'])
      expect(await refused('/sign-in', each, { origin }), origin).toBe(403);
  });

  it('while the page’s own form is read, scripts or not', async () => {
    const { fields } = await signInForm();
    const typed: [string, string][] = [
      ['email', 'nobody@example.test'],
      ['password', 'not the password'],
    ];
    const body = [...fields, ...typed].map(([name, value]) => part(name, value)).join('');
    const answer = await send(`${web.url}/sign-in`, {
      method: 'POST',
      headers: { origin: web.url, 'content-type': MULTIPART },
      body: Buffer.from(`${body}--${BOUNDARY}--\r\n`),
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('Not signed in.');
  });
});

describe('another name of this console', () => {
  it('is sent to the right one, path and all, and nowhere else', async () => {
    const { status, headers } = await ask(`${web.url}//evil.example/a?b=c`, {
      host: `localhost:${web.port}`,
    });
    // Next itself folds the doubled slash before the proxy is asked.
    expect([307, 308]).toContain(status);
    expect(new URL(headers.location ?? '', web.url).host).toBe(`127.0.0.1:${web.port}`);
  });

  it('gets no form', async () => {
    const { status } = await ask(`${web.url}/sign-in`, { host: `localhost:${web.port}` }, 'POST');
    expect(status).toBe(421);
  });

  it.each([
    ['meridian.example.com', null],
    ['meridian.example.com:443', null],
    ['evil.example', 'https://meridian.example.com'],
    ['127.0.0.1:3000', 'https://meridian.example.com'],
    ['a b', 'https://meridian.example.com'],
  ])('%s belongs at %s', (host, wanted) => {
    expect(properAddress(host, new URL('https://meridian.example.com'))?.origin ?? null).toBe(wanted);
  });
});

describe('who a request comes from', () => {
  const settled = (peer: string, chain: string, trusted: string) => {
    const headers = { 'x-forwarded-for': chain, 'x-forwarded-host': 'told.example' };
    settleForwarding(headers, peer, parseTrustedProxies(trusted));
    return headers;
  };

  it.each([
    ['203.0.113.9', '1.1.1.1', '', '203.0.113.9'],
    ['::ffff:10.0.0.7', '1.1.1.1, 198.51.100.4', '10.0.0.7', '198.51.100.4'],
    ['10.0.0.7', '1.1.1.1, 198.51.100.4, 10.0.0.8', '10.0.0.0/24', '198.51.100.4'],
    ['10.0.0.7', '1.1.1.1, rubbish', '10.0.0.7', '10.0.0.7'],
    ['10.0.0.7', '', '10.0.0.7', '10.0.0.7'],
    ['10.0.0.7', '[2001:db8::1]:443', '10.0.0.7', '2001:db8::1'],
  ])('%s saying "%s" with trust in "%s" is %s', (peer, chain, trusted, wanted) => {
    expect(settled(peer, chain, trusted)['x-forwarded-for']).toBe(wanted);
  });

  it('believes a Host only of a trusted proxy', () => {
    expect(settled('203.0.113.9', '', '10.0.0.7')).not.toHaveProperty('x-forwarded-host');
    expect(settled('10.0.0.7', '', '10.0.0.7')).toHaveProperty('x-forwarded-host', 'told.example');
  });

  it('refuses a setting that is no address', () => {
    expect(() => parseTrustedProxies('10.0.0.7, proxy.internal')).toThrow('proxy.internal');
    expect(() => parseTrustedProxies('10.0.0.0/33')).toThrow('10.0.0.0/33');
  });

  it('cannot be chosen, so the rate of single sign-on holds', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 65; i += 1)
      statuses.push((await ask(`${web.url}/api/auth/session`, { 'x-forwarded-for': `192.0.2.${i}` })).status);
    expect(statuses[0]).toBe(404);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('an event stream', () => {
  it('is for who is signed in', async () => {
    expect((await ask(`${web.url}/api/v1/events`)).status).toBe(401);
  });

  it('ends when its person is disabled', async () => {
    const { cookie, personId } = await signedIn();
    const stream = await listen(cookie);
    await world.database.pool.query('update person set disabled_at = now() where id = $1', [personId]);
    await stream.ended;
    expect((await ask(`${web.url}/api/v1/me`, { cookie })).status).toBe(401);
  });

  it('ends when the last grant goes', async () => {
    const { cookie, personId } = await signedIn();
    const stream = await listen(cookie);
    await world.database.pool.query('delete from role_grant where person_id = $1', [personId]);
    await stream.ended;
  });

  it('lets the process stop within five seconds, two hundred of them open', async () => {
    const { cookie } = await signedIn();
    const streams = await Promise.all(Array.from({ length: 200 }, () => listen(cookie)));
    expect(await web.stop()).toBeLessThan(5_000);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(web.output()).not.toContain('meridian.session=');
  });
});
