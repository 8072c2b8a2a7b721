import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { type Answer, createAnswerer } from './answer.ts';
import { type CallLog, createCallLog } from './call-log.ts';
import type { Credentials } from './credentials.ts';
import { closeDoor, type Door, followOutage, openDoor } from './doors.ts';
import type { BoundResponse } from './http-bindings.ts';
import { createModelIndex } from './model-index.ts';
import { readRequest } from './request.ts';
import { writeUnroutable } from './responses.ts';
import { AwsFault, type AwsService } from './service.ts';
import { readClaim } from './sigv4.ts';
import { createLimiter } from './throttle.ts';

export interface Gateway extends LabPart {
  /** Serves every Region: the signature's scope says which one is meant. */
  url: string;
  /** Serves one Region only, so that an outage can refuse connections. */
  regionUrl(region: string): string | undefined;
  calls: CallLog;
}

/** The lab's AWS endpoint: one port for all Regions, and one for each Region of the estate. */
export async function createGateway(
  ctx: LabContext,
  { services, credentials }: { services: AwsService[]; credentials: Credentials },
): Promise<Gateway> {
  const calls = createCallLog();
  const limiter = createLimiter(() => ctx.clock.now());
  const hanging = new Set<ServerResponse>();
  const now = () => ctx.clock.now() + ctx.chaos.state().clockSkewSeconds * 1000;
  const models = await createModelIndex(services);
  const answerSigned = createAnswerer({ ctx, models, credentials, limiter, now });

  async function serve(message: IncomingMessage, response: ServerResponse, onlyRegion: string | undefined) {
    const startedAt = ctx.clock.now();
    const requestId = randomUUID();
    const request = await readRequest(message);
    const claim = request && readClaim(request.headers, request.query);
    const answer =
      request && claim
        ? await answerSigned({ request, claim, requestId, onlyRegion })
        : refuse(request ? UNSIGNED : TOO_LARGE, requestId);
    calls.add({
      requestId,
      at: new Date(startedAt).toISOString(),
      service: claim?.service ?? 'unsigned',
      region: claim?.region ?? '',
      operation: answer.operation,
      fault: answer.fault,
      status: typeof answer.reply === 'string' ? 0 : answer.reply.status,
      ms: ctx.clock.now() - startedAt,
    });
    deliver(message, response, answer.reply, requestId);
  }

  function deliver(
    message: IncomingMessage,
    response: ServerResponse,
    reply: Answer['reply'],
    requestId: string,
  ): void {
    if (reply === 'drop') message.socket.destroy();
    else if (reply === 'hang') {
      hanging.add(response);
      response.once('close', () => hanging.delete(response));
    } else send(response, reply === 'garbage' ? garbage(requestId) : reply, now());
  }

  const listener = (onlyRegion?: string) => (message: IncomingMessage, response: ServerResponse) => {
    serve(message, response, onlyRegion).catch((error: unknown) => {
      ctx.log('gateway', 'a call could not be answered', { error: String(error) });
      response.destroy();
    });
  };

  const shared = await openDoor(ctx, 'gateway', listener());
  const regional = new Map<string, Door>();
  for (const { code } of ctx.estate.regions)
    regional.set(code, await openDoor(ctx, `gateway ${code}`, listener(code)));

  const dropHanging = () => {
    for (const response of hanging) response.destroy();
  };

  ctx.chaos.onChange(async (next, before) => {
    for (const [region, door] of regional) {
      if (next.outages[region] !== before.outages[region]) await followOutage(door, next.outages[region]);
    }
    if (Object.keys(before.outages).some((region) => !next.outages[region])) dropHanging();
  });

  return {
    calls,
    url: shared.url,
    regionUrl: (region) => regional.get(region)?.url,
    async reset() {
      limiter.reset();
      calls.clear();
      dropHanging();
    },
    async close() {
      dropHanging();
      await Promise.all([shared, ...regional.values()].map(({ server }) => closeDoor(server)));
    },
  };
}

const UNSIGNED = new AwsFault('MissingAuthenticationToken', 'Request is missing Authentication Token', {
  status: 403,
});
const TOO_LARGE = new AwsFault('RequestEntityTooLarge', 'The request body is over 2 MB.', { status: 413 });

function refuse(fault: AwsFault, requestId: string): Answer {
  return { reply: writeUnroutable(fault, requestId), operation: '', fault: fault.code };
}

/** A 200 that no client can read. */
function garbage(requestId: string): BoundResponse {
  return {
    status: 200,
    headers: { 'x-amzn-requestid': requestId },
    body: '{"<!DOCTYPE html><p>proxy says hello',
  };
}

function send(response: ServerResponse, reply: BoundResponse, nowMs: number): void {
  if (response.destroyed) return;
  response.writeHead(reply.status, {
    // Of an answer to HEAD, the length that the body would have.
    'content-length': Buffer.byteLength(reply.body),
    ...reply.headers,
    date: new Date(nowMs).toUTCString(),
  });
  response.end(reply.body);
}
