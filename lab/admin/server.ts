import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { listenRemembered } from '#lab/kernel/ports.ts';
import { readBody } from '#lab/kernel/read-body.ts';
import type { Action } from './actions.ts';
import { InputRefused } from './input.ts';

export interface AdminServer extends LabPart {
  url: string;
}

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 64 * 1024;

/** A refusal by the door itself, with its HTTP status. */
class DoorRefused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'DoorRefused';
    this.status = status;
  }
}

/**
 * The lab's own door: JSON only, for this machine's names only (a web page elsewhere cannot drive it through DNS
 * rebinding), with the bearer from lab.json. `reads` answer GET, `actions` answer POST.
 */
export async function createAdminServer(
  ctx: LabContext,
  door: { token: string; reads: Record<string, () => Promise<unknown>>; actions: Record<string, Action> },
): Promise<AdminServer> {
  async function answer(request: IncomingMessage): Promise<unknown> {
    checkHost(request);
    checkBearer(request, door.token);
    const route = (request.url ?? '/').split('?')[0] ?? '/';
    const read = door.reads[route];
    const action = door.actions[route];
    if (request.method === 'GET' && read) return read();
    if (request.method === 'POST' && action) return action(await readJsonBody(request));
    if (read || action)
      throw new DoorRefused(405, `${route} answers ${read ? 'GET' : 'POST'}, not ${request.method}.`);
    const known = [...Object.keys(door.reads), ...Object.keys(door.actions)].join(', ');
    throw new DoorRefused(404, `The lab has no ${route}. It has ${known}.`);
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (body) => send(response, 200, body ?? {}),
      (error: unknown) => refuse(ctx, response, error),
    );
  });
  const ports = ctx.state.collection<number>('ports');
  const port = await listenRemembered(server, { ports, name: 'admin', host: HOST });
  return {
    url: `http://${HOST}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function checkHost(request: IncomingMessage): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (host !== HOST && host !== 'localhost') {
    throw new DoorRefused(403, `The lab answers to 127.0.0.1 and localhost, not to "${host}".`);
  }
}

function checkBearer(request: IncomingMessage, token: string): void {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`))) {
    throw new DoorRefused(401, 'Send "Authorization: Bearer <token>" with the token of lab.json.');
  }
}

async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new DoorRefused(415, 'Send the body as application/json.');
  }
  const body = await readBody(request, MAX_BODY_BYTES);
  if (!body) throw new DoorRefused(413, 'The body is over 64 KB.');
  try {
    return JSON.parse(body.toString() || '{}');
  } catch (error) {
    throw new DoorRefused(
      400,
      `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function refuse(ctx: LabContext, response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof InputRefused) {
    send(response, 400, { error: { field: error.field, message } });
  } else if (error instanceof DoorRefused) {
    send(response, error.status, { error: { message } });
  } else {
    ctx.log('admin', 'a request broke', { error: error instanceof Error ? error.stack : message });
    send(response, 500, { error: { message: `The lab could not do this: ${message}` } });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
