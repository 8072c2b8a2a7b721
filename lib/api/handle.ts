import { createHash } from 'node:crypto';
import { databaseTrouble } from '../data/database.ts';
import { NotFoundError, RequestError, ValidationError } from '../errors.ts';
import type { VerbContext } from '../services/context.ts';
import { IdempotentRequest } from '../services/idempotency/idempotent-request.ts';
import { noteTokenUse } from '../services/tokens/last-use.ts';
import { unavailable } from '../services/verb.ts';
import { originOf } from '../web/origin.ts';
import { problem } from '../web/problem.ts';
import { auditedRead } from '../web/refused-reads.ts';
import { apiContext } from '../web/session.ts';
import type { Route } from './define-route.ts';
import { readBody, readIdempotencyKey, readQuery } from './read-request.ts';

interface HandlerContext {
  /** Next resolves this to nothing for a path without parameters, whatever its types say. */
  params: Promise<Record<string, string | string[]> | undefined>;
}

export type Handler = (request: Request, context: HandlerContext) => Promise<Response>;

export interface Handlers {
  GET: Handler;
  POST: Handler;
  PUT: Handler;
  PATCH: Handler;
  DELETE: Handler;
}

/** The handlers of one path: its routes, and for every other method a problem that names those there are. */
export function handlersOf(...routes: readonly Route[]): Handlers {
  const of = (method: string): Handler => {
    const route = routes.find((candidate) => candidate.method === method);
    return route ? (request, context) => handle(route, request, context) : refuseMethod(routes);
  };
  return { GET: of('GET'), POST: of('POST'), PUT: of('PUT'), PATCH: of('PATCH'), DELETE: of('DELETE') };
}

async function handle(route: Route, request: Request, { params }: HandlerContext): Promise<Response> {
  let requestId = originOf(request.headers).requestId;
  try {
    const context = await apiContext(request);
    requestId = context.requestId;
    if (context.actor.audit.kind === 'token') await noteTokenUse(context.database, context.actor.audit.id);
    const { text, json } = route.method === 'GET' ? { text: '', json: undefined } : await readBody(request);
    const once = idempotentRequest(route, request, context, text);
    const input = {
      params: flat((await params) ?? {}),
      query: readQuery(new URL(request.url)),
      body: json,
    };
    const run = () => route.run(once ? { ...context, once } : context, input);
    const answer = await (onlyReads(route) ? auditedRead(context, `GET ${route.path}`, run) : run());
    if (answer instanceof Response) return finish(answer, requestId);
    const body = route.response ? route.response.parse(toJson(answer)) : toJson(answer);
    const headers: HeadersInit = once?.replayed ? { 'idempotency-replayed': 'true' } : {};
    return finish(Response.json(body, { status: route.status, headers }), requestId);
  } catch (error) {
    const trouble = databaseTrouble(error);
    return finish(problem(trouble ? unavailable(trouble, error) : error, request, requestId), requestId);
  }
}

/** A GET that is an act (an export) is a verb, and records its own refusal. */
function onlyReads({ method, action }: Route): boolean {
  return method === 'GET' && (action === 'read' || action === 'audit.read');
}

function idempotentRequest(
  route: Route,
  request: Request,
  context: VerbContext,
  text: string,
): IdempotentRequest | undefined {
  if (route.method === 'GET') return undefined;
  const key = readIdempotencyKey(request.headers);
  if (key === null) return undefined;
  if (!route.idempotent) {
    throw new ValidationError('Nothing was done: an Idempotency-Key is not taken here.', {
      'Idempotency-Key': 'would store an answer that holds a secret; leave it out',
    });
  }
  const hash = createHash('sha256')
    .update(`${request.method} ${new URL(request.url).pathname}\n${text}`)
    .digest();
  const actorId = context.actor.audit.id;
  return new IdempotentRequest(context.database, { actorId, key, hash, status: route.status });
}

function refuseMethod(routes: readonly Route[]): Handler {
  const allow = routes.map(({ method }) => method).join(', ');
  return async (request) => {
    const error = new RequestError('method-not-allowed', `${request.method} is not taken here; ${allow} is.`);
    const { requestId } = originOf(request.headers);
    const response = problem(error, request, requestId);
    response.headers.set('allow', allow);
    return finish(response, requestId);
  };
}

/** For every path that no route has. */
export const notFound: Handler = async (request) => {
  const { pathname } = new URL(request.url);
  const { requestId } = originOf(request.headers);
  const error = new NotFoundError(
    `There is no ${pathname.slice(0, 200)} in this API. GET /api/v1/openapi.json lists what there is.`,
  );
  return finish(problem(error, request, requestId), requestId);
};

function finish(response: Response, requestId: string): Response {
  response.headers.set('cache-control', 'no-store');
  response.headers.set('x-request-id', requestId);
  return response;
}

function flat(params: Record<string, string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  );
}

/** What JSON makes of it: dates as ISO text, big numbers as digits, nothing undefined. */
function toJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? inner.toString() : inner,
  );
  return text === undefined ? null : JSON.parse(text);
}
