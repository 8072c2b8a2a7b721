import http from 'node:http';
import { listen } from '#lab/kernel/ports.ts';
import type { Ledger } from './ledger.ts';
import type { LoadReport } from './report.ts';
import { KEPT_SECONDS, type Tally } from './tally.ts';

export interface LedgerServerOptions {
  /** 0 for any; a port that is taken gives way to any. */
  port: number;
  ledger: Ledger;
  tally: Tally;
  report(windowSeconds: number): Promise<LoadReport>;
}

export interface LedgerServer {
  port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const DEFAULT_WINDOW = 60;
const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1_000;

class BadQuery extends Error {}

/** Serves `GET /orders`, `/report`, `/recent` and `/versions` as JSON to this machine only. */
export async function startLedgerServer(options: LedgerServerOptions): Promise<LedgerServer> {
  const server = http.createServer((request, response) => {
    reply(options, request)
      .catch((error: unknown) => {
        if (error instanceof BadQuery) return { status: 400, body: { error: error.message } };
        return { status: 500, body: { error: `The report could not be made: ${String(error)}` } };
      })
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
        response.end(JSON.stringify(body));
      });
  });
  await listenSomewhere(server, options.port);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The ledger listens on no port.');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listenSomewhere(server: http.Server, port: number): Promise<void> {
  try {
    await listen(server, port, HOST);
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!taken || port === 0) throw error;
    await listen(server, 0, HOST);
  }
}

async function reply(
  { ledger, tally, report }: LedgerServerOptions,
  request: http.IncomingMessage,
): Promise<{ status: number; body: unknown }> {
  const host = request.headers.host?.replace(/:\d+$/, '');
  if (host !== HOST && host !== 'localhost') {
    return { status: 403, body: { error: 'The ledger answers this machine only: use http://127.0.0.1.' } };
  }
  if (request.method !== 'GET') return { status: 405, body: { error: 'The ledger is read with GET.' } };
  const address = `http://${HOST}${request.url ?? '/'}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.pathname === '/orders') return { status: 200, body: ordersPage(ledger, url.searchParams) };
  if (url?.pathname === '/report') {
    const window = wholeNumber(url.searchParams, 'window', {
      smallest: 1,
      largest: KEPT_SECONDS,
      absent: DEFAULT_WINDOW,
    });
    return { status: 200, body: await report(window) };
  }
  if (url?.pathname === '/recent') return { status: 200, body: { seconds: tally.recent() } };
  if (url?.pathname === '/versions')
    return { status: 200, body: { served: tally.versionsSince(sinceOf(url.searchParams)) } };
  return { status: 404, body: { error: 'There is GET /orders, /report, /recent and /versions.' } };
}

function ordersPage(ledger: Ledger, search: URLSearchParams) {
  const limit = wholeNumber(search, 'limit', { smallest: 1, largest: LARGEST_LIMIT, absent: DEFAULT_LIMIT });
  const orders = ledger.list(afterOf(search), limit);
  return { orders, next: orders.length === limit ? (orders.at(-1)?.seq ?? null) : null };
}

function afterOf(search: URLSearchParams): number | Date {
  const after = search.get('after') ?? '0';
  if (/^\d{1,15}$/.test(after)) return Number(after);
  const time = Date.parse(after);
  if (Number.isNaN(time)) throw new BadQuery('after: must be a sequence number or an ISO 8601 time.');
  return new Date(time);
}

function sinceOf(search: URLSearchParams): number {
  const since = Date.parse(search.get('since') ?? '1970-01-01T00:00:00Z');
  if (Number.isNaN(since)) throw new BadQuery('since: must be an ISO 8601 time.');
  return since;
}

function wholeNumber(
  search: URLSearchParams,
  name: string,
  { smallest, largest, absent }: { smallest: number; largest: number; absent: number },
): number {
  const text = search.get(name);
  if (text === null) return absent;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= smallest && value <= largest) return value;
  throw new BadQuery(`${name}: must be a whole number from ${smallest} to ${largest}.`);
}
