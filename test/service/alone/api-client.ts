import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, vi } from 'vitest';
import { type Handlers, handlersOf } from '#lib/api/handle.ts';
import { ROUTES } from '#lib/api/routes/index.ts';
import { permits } from '#lib/domain/access/access.ts';
import { createToken, TOKEN_SCOPES } from '#lib/services/tokens/tokens.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import type { TestPerson, World } from '../harness.ts';

export interface ApiAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** As parsed: an answer of the wire, which each test looks into as it needs. */
  json: ReturnType<typeof JSON.parse>;
}

export interface ApiCall {
  token?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  raw?: BodyInit;
  headers?: Record<string, string>;
}

export interface ApiClient {
  dataDir: string;
  call(method: string, target: string, options?: ApiCall): Promise<ApiAnswer>;
  /** The same handlers behind a real port, for programs; resolves with its address. */
  listen(): Promise<string>;
  /** A token of the person that carries all the person may do. */
  tokenOf(person: TestPerson): Promise<string>;
}

/** The API's handlers on the world's database, called as Next calls them. */
export function apiOn(world: World): ApiClient {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'meridian-api-'));
  const servers: http.Server[] = [];
  beforeAll(() => {
    vi.stubEnv('DATABASE_URL', world.url);
    vi.stubEnv('MERIDIAN_DATA', dataDir);
    vi.stubEnv('MERIDIAN_SECRET', 'a secret of thirty-two characters, at least');
    vi.stubEnv('MERIDIAN_LOG', 'silent');
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    const { database, feed } = await webRuntime();
    await feed.close();
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return {
    dataDir,
    async call(method, target, options = {}) {
      const url = new URL(`http://127.0.0.1:3000/api/v1${target}`);
      const found = findRoute(url.pathname.replace('/api/v1', ''));
      const request = new Request(url, { method, ...bodyOf(options), headers: headersOf(options) });
      const handler = found.handlers[method as keyof Handlers];
      const response = await handler(request, { params: Promise.resolve(found.params) });
      const text = await response.text();
      const isJson = /json$|json;/.test(response.headers.get('content-type') ?? '');
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : null,
      };
    },
    async listen() {
      const server = http.createServer((incoming, outgoing) => void answer(incoming, outgoing));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async tokenOf(person) {
      const [base] = person.grants;
      const maker = {
        ...person,
        grants: [...person.grants, { role: 'operator' as const, region: null, action: 'token.create' }],
      };
      const scopes = TOKEN_SCOPES.filter((scope) => permits(person.grants, scope).allowed);
      if (!base) throw new Error('A person without grants has no token.');
      const { secret } = await createToken(world.contextFor(maker), { name: 'test', scopes });
      return secret;
    },
  };
}

async function answer(incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> {
  const url = new URL(`http://127.0.0.1${incoming.url}`);
  const { handlers, params } = findRoute(url.pathname.replace('/api/v1', ''));
  const { method = 'GET' } = incoming;
  const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const body = method === 'GET' ? {} : { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' };
  const request = new Request(url, { method, headers, ...body });
  const response = await handlers[method as keyof Handlers](request, { params: Promise.resolve(params) });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

function findRoute(pathname: string): { handlers: Handlers; params: Record<string, string> | undefined } {
  for (const { path: route } of ROUTES) {
    const pattern = new RegExp(`^${route.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = pattern.exec(pathname);
    if (!match) continue;
    const own = ROUTES.filter((candidate) => candidate.path === route);
    if (match.groups && /\{/.test(route) && hasLiteral(pathname)) continue;
    const params = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    return { handlers: handlersOf(...own), params: match.groups ? params : undefined };
  }
  throw new Error(`No route fits ${pathname}.`);
}

/** A path without parameters wins, as it does in Next. */
function hasLiteral(pathname: string): boolean {
  return ROUTES.some(({ path: route }) => route === pathname);
}

function bodyOf({ body, raw }: ApiCall): { body?: BodyInit; duplex?: 'half' } {
  if (raw !== undefined) return { body: raw, duplex: 'half' };
  return body === undefined ? {} : { body: JSON.stringify(body) };
}

function headersOf({ token, body, headers }: ApiCall): Record<string, string> {
  return {
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
}
