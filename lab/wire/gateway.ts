import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { OutageMode } from '#lab/kernel/chaos.ts';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { listen, listenRemembered } from '#lab/kernel/ports.ts';
import { type CallLog, createCallLog } from './call-log.ts';
import type { Caller, Credentials } from './credentials.ts';
import {
  badCredentials,
  badSignature,
  internalError,
  notInLab,
  outOfTime,
  throttled,
  unavailable,
  unknownOperation,
  unreadable,
} from './gateway-faults.ts';
import type { BoundResponse } from './http-bindings.ts';
import { loadModel, type Operation, type ServiceModel, type Wire } from './model.ts';
import { type Asked, identify, readInput, readRequest, type WireRequest } from './request.ts';
import { writeFault, writeOutput, writeUnroutable } from './responses.ts';
import { AwsFault, type AwsService } from './service.ts';
import { isBodyAsSigned, isSignedWith, readClaim, type SignatureClaim, signedAtMs } from './sigv4.ts';
import { createLimiter } from './throttle.ts';

export interface Gateway extends LabPart {
  /** Serves every Region: the signature's scope says which one is meant. */
  url: string;
  /** Serves one Region only, so that an outage can refuse connections. */
  regionUrl(region: string): string | undefined;
  calls: CallLog;
}

/** SigV4 allows this much between the signer's clock and the service's. */
const ALLOWED_SKEW_MS = 5 * 60_000;
const HOST = '127.0.0.1';
/** Above the SDK's own idle time, so that it is the client who closes. */
const KEEP_ALIVE_MS = 65_000;
const ROUTE_53 = 'route53';

type Reply = BoundResponse | 'drop' | 'hang' | 'garbage';

/**
 * The lab's AWS endpoint. Regions listed in the estate also get a port of their own.
 * Calls are checked in AWS's order: connection (outage), service, signature, operation, rate, input.
 */
export async function createGateway(
  ctx: LabContext,
  parts: { services: AwsService[]; credentials: Credentials },
): Promise<Gateway> {
  const { credentials } = parts;
  const calls = createCallLog();
  const limiter = createLimiter(() => ctx.clock.now());
  const hanging = new Set<ServerResponse>();
  const findModel = await createModelIndex(parts.services);
  const now = () => ctx.clock.now() + ctx.chaos.state().clockSkewSeconds * 1000;

  async function serve(message: IncomingMessage, response: ServerResponse, onlyRegion: string | undefined) {
    const startedAt = ctx.clock.now();
    const requestId = randomUUID();
    const request = await readRequest(message);
    if (!request) {
      const fault = new AwsFault('RequestEntityTooLarge', 'The request body is over 2 MB.', { status: 413 });
      send(response, writeUnroutable(fault, requestId), now());
      return;
    }
    const claim = readClaim(request.headers, request.query);
    const record = {
      service: claim?.service ?? 'unsigned',
      operation: '',
      fault: undefined as string | undefined,
    };
    const reply = claim
      ? await answer({ request, claim, requestId, onlyRegion, record })
      : refuseUnsigned(record, requestId);
    calls.add({
      ...record,
      requestId,
      at: new Date(startedAt).toISOString(),
      region: claim?.region ?? '',
      status: typeof reply === 'string' ? 0 : reply.status,
      ms: ctx.clock.now() - startedAt,
    });
    if (reply === 'drop') message.socket.destroy();
    else if (reply === 'hang') {
      hanging.add(response);
      response.once('close', () => hanging.delete(response));
    } else send(response, reply === 'garbage' ? garbage(requestId) : reply, now());
  }

  interface Incoming {
    request: WireRequest;
    claim: SignatureClaim;
    requestId: string;
    onlyRegion: string | undefined;
    record: { service: string; operation: string; fault: string | undefined };
  }

  async function answer({ request, claim, requestId, onlyRegion, record }: Incoming): Promise<Reply> {
    const outage = ctx.chaos.outage(claim.region);
    if (outage) {
      record.fault = `outage:${outage}`;
      return outage === 'hang' ? 'hang' : 'drop';
    }
    const model = await findModel(claim.service);
    if (!model) {
      record.fault = 'UnknownService';
      const known = parts.services.map((service) => service.clientName.replace('Client', '')).join(', ');
      const message = `The lab does not serve ${claim.service}. It serves ${known}.`;
      return writeUnroutable(new AwsFault('UnknownService', message, { status: 404 }), requestId);
    }
    const asked = identify(model, request);
    const reply = { model, wire: asked.wire, requestId };
    record.operation = asked.asked;
    try {
      refuseControlPlaneOutage(model);
      if (onlyRegion !== undefined && claim.region !== onlyRegion) throw wrongRegion(asked.wire, onlyRegion);
      const caller = authenticate(request, claim, asked.wire);
      if (!asked.operation) throw unknownOperation(asked.wire, asked.asked);
      const trouble = chaosFor(model, asked, claim.region);
      if (trouble === 'garbage') {
        record.fault = 'garbage';
        return trouble;
      }
      const call = { service: model.signingName, region: claim.region, operation: asked.asked };
      if (!limiter.take({ ...call, throttle: model.service.throttle })) throw throttled(model, asked.wire);
      const output = await dispatch({
        model,
        operation: asked.operation,
        asked,
        request,
        claim,
        caller,
        requestId,
      });
      return writeOutput(reply, asked.operation, output);
    } catch (error) {
      const fault = asFault(error, model, asked);
      record.fault = fault.code;
      return writeFault(reply, fault);
    }
  }

  function refuseControlPlaneOutage(model: ServiceModel): void {
    if (model.signingName === ROUTE_53 && ctx.chaos.state().route53ControlPlane === 'down') {
      throw unavailable('The Route 53 control plane');
    }
  }

  function authenticate(request: WireRequest, claim: SignatureClaim, wire: Wire): Caller {
    const found = credentials.find(claim);
    if (!found.ok) throw badCredentials(found, wire);
    const ageMs = now() - signedAtMs(claim);
    const allowedMs = claim.presigned ? claim.presigned.expiresSeconds * 1000 : ALLOWED_SKEW_MS;
    if (!(ageMs <= allowedMs && ageMs >= -ALLOWED_SKEW_MS)) {
      const nowIso = new Date(now()).toISOString();
      throw outOfTime(wire, { signedAt: claim.signedAt, nowIso, presigned: claim.presigned !== undefined });
    }
    if (!isBodyAsSigned(claim, request) || !isSignedWith(found.secret, claim, request))
      throw badSignature(wire);
    return found.caller;
  }

  /** Draws for each rule that names this call; throws what it injects. */
  function chaosFor(model: ServiceModel, asked: Asked, region: string): 'garbage' | undefined {
    const rule = ctx.chaos
      .state()
      .throttles.find(
        ({ service, operation, region: where, share }) =>
          service === model.signingName &&
          (operation === undefined || operation === asked.asked) &&
          (where === undefined || where === region) &&
          ctx.random() < share,
      );
    if (rule?.kind === 'throttle') throw throttled(model, asked.wire);
    if (rule?.kind === 'error') throw internalError(asked.wire);
    return rule?.kind;
  }

  async function dispatch(job: {
    model: ServiceModel;
    operation: Operation;
    asked: Asked;
    request: WireRequest;
    claim: SignatureClaim;
    caller: Caller;
    requestId: string;
  }): Promise<Record<string, unknown>> {
    const handler = job.model.service.handlers[job.operation.name];
    if (!handler) throw notInLab(job.operation.name);
    const input = await readInput(job.operation, job.asked, job.request).catch((cause: unknown) => {
      throw unreadable(job.asked.wire, cause);
    });
    const { accessKeyId, identityArn, userId } = job.caller;
    const call = { region: job.claim.region, accessKeyId, identityArn, userId, requestId: job.requestId };
    return ((await handler(input, call)) ?? {}) as Record<string, unknown>;
  }

  function asFault(error: unknown, model: ServiceModel, asked: Asked): AwsFault {
    if (error instanceof AwsFault) return error;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    ctx.log('gateway', `${model.signingName} ${asked.asked} broke`, { error: detail });
    return internalError(asked.wire, 'The lab broke while serving this call. Its log says where.');
  }

  function start(onlyRegion: string | undefined): Server {
    const server = createServer((message, response) => {
      if (onlyRegion !== undefined && ctx.chaos.outage(onlyRegion) === 'drop') {
        message.socket.destroy();
        return;
      }
      serve(message, response, onlyRegion).catch((error: unknown) => {
        ctx.log('gateway', 'a call could not be answered', { error: String(error) });
        response.destroy();
      });
    });
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    return server;
  }

  const ports = ctx.state.collection<number>('ports');
  const shared = start(undefined);
  const url = `http://${HOST}:${await listenRemembered(shared, { ports, name: 'gateway', host: HOST })}`;
  const regional = new Map<string, { server: Server; port: number }>();
  for (const { code } of ctx.estate.regions) {
    const server = start(code);
    const port = await listenRemembered(server, { ports, name: `gateway ${code}`, host: HOST });
    regional.set(code, { server, port });
  }

  function dropHanging(): void {
    for (const response of hanging) response.destroy();
  }

  /** In mode `refuse` a Region's own port is closed, and opened again on the same number. */
  async function follow(region: string, next: OutageMode | undefined): Promise<void> {
    const own = regional.get(region);
    if (!own) return;
    if (next === 'refuse' && own.server.listening) await closeServer(own.server);
    if (next !== 'refuse' && !own.server.listening) await listen(own.server, own.port, HOST);
  }

  ctx.chaos.onChange(async (next, before) => {
    for (const region of regional.keys()) {
      if (next.outages[region] !== before.outages[region]) await follow(region, next.outages[region]);
    }
    if (Object.keys(before.outages).some((region) => !next.outages[region])) dropHanging();
  });

  return {
    url,
    calls,
    regionUrl: (region) => {
      const own = regional.get(region);
      return own && `http://${HOST}:${own.port}`;
    },
    async reset() {
      limiter.reset();
      calls.clear();
      dropHanging();
    },
    async close() {
      dropHanging();
      await Promise.all([shared, ...[...regional.values()].map(({ server }) => server)].map(closeServer));
    },
  };
}

/** Models by signing name. The eager ones are read now, the heavy ones with their first call. */
async function createModelIndex(
  services: AwsService[],
): Promise<(signingName: string) => Promise<ServiceModel | undefined>> {
  const loaded = new Map<string, Promise<ServiceModel>>();
  const lazy = new Map<string, AwsService>();
  for (const service of services) {
    if (service.signingName !== undefined) {
      lazy.set(service.signingName, service);
      continue;
    }
    const model = await loadModel(service);
    loaded.set(model.signingName, Promise.resolve(model));
  }
  return async (signingName) => {
    const known = loaded.get(signingName);
    if (known) return known;
    const service = lazy.get(signingName);
    if (!service) return undefined;
    const model = loadModel(service);
    loaded.set(signingName, model);
    return model;
  };
}

function refuseUnsigned(record: { fault: string | undefined }, requestId: string): BoundResponse {
  record.fault = 'MissingAuthenticationToken';
  const message = 'Request is missing Authentication Token';
  return writeUnroutable(new AwsFault('MissingAuthenticationToken', message, { status: 403 }), requestId);
}

function wrongRegion(wire: Wire, region: string): AwsFault {
  const fault = badSignature(wire);
  return new AwsFault(
    fault.code,
    `Credential should be scoped to a valid region, not another than '${region}'.`,
    {
      status: fault.status ?? 403,
    },
  );
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
    ...reply.headers,
    date: new Date(nowMs).toUTCString(),
    'content-length': Buffer.byteLength(reply.body),
  });
  response.end(reply.body);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
