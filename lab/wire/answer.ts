import type { LabContext } from '#lab/kernel/context.ts';
import type { Caller, Credentials } from './credentials.ts';
import {
  badCredentials,
  badSignature,
  bodyNotAsSigned,
  internalError,
  notInLab,
  outOfTime,
  throttled,
  unknownOperation,
  unreadable,
  wrongRegion,
} from './gateway-faults.ts';
import type { BoundResponse } from './http-bindings.ts';
import { checkIntegrity } from './integrity.ts';
import type { Operation, ServiceModel, Wire } from './model.ts';
import type { ModelIndex } from './model-index.ts';
import { type Asked, identify, readInput, type WireRequest } from './request.ts';
import { writeFault, writeOutput, writeUnroutable } from './responses.ts';
import { AwsFault } from './service.ts';
import { isBodyAsSigned, isSignedWith, type SignatureClaim, signedAtMs } from './sigv4.ts';
import { unchunked } from './streamed-body.ts';
import type { Limiter } from './throttle.ts';

export interface Incoming {
  request: WireRequest;
  claim: SignatureClaim;
  requestId: string;
  /** The Region whose own port it came in by. */
  onlyRegion: string | undefined;
}

/** What goes back, and what the log of calls keeps. Without a response the call is dropped, left hanging, or answered with garbage. */
export interface Answer {
  reply: BoundResponse | 'drop' | 'hang' | 'garbage';
  operation: string;
  fault: string | undefined;
}

export interface AnswerParts {
  ctx: LabContext;
  models: ModelIndex;
  credentials: Credentials;
  limiter: Limiter;
  /** The gateway's clock, with the skew that chaos gives it. */
  now: () => number;
}

/** SigV4 allows this much between the signer's clock and the service's. */
const ALLOWED_SKEW_MS = 5 * 60_000;

/** Answers signed calls in AWS's order: outage, service, signature, operation, rate, input. */
export function createAnswerer(parts: AnswerParts): (incoming: Incoming) => Promise<Answer> {
  return async (incoming) => {
    const { claim, request, requestId } = incoming;
    const model = await parts.models.find(claim.service);
    const outage = parts.ctx.chaos.outage(claim.region);
    if (outage && !model?.service.servesDuringOutage?.())
      return { reply: outage === 'hang' ? 'hang' : 'drop', operation: '', fault: `outage: ${outage}` };
    if (!model) return refuseService(parts, claim.service, requestId);
    const asked = identify(model, request);
    const reply = { model, wire: asked.wire, requestId };
    try {
      const { operation, caller, request: whole } = admit(parts, incoming, asked);
      const chaos = drawChaos(parts.ctx, model, asked, claim.region);
      if (chaos === 'garbage') return { reply: 'garbage', operation: operation.name, fault: 'garbage' };
      takeToken(parts, model, asked, claim.region);
      const output = await dispatch({ ...incoming, request: whole, model, asked, operation, caller });
      if (chaos === 'lost-answer') return { reply: 'hang', operation: operation.name, fault: 'lost answer' };
      return { reply: writeOutput(reply, operation, output), operation: operation.name, fault: undefined };
    } catch (error) {
      const fault = asFault(parts.ctx, error, model, asked);
      return { reply: writeFault(reply, fault), operation: asked.asked, fault: fault.code };
    }
  };
}

function refuseService({ models }: AnswerParts, service: string, requestId: string): Answer {
  const message = `The lab does not serve ${service}. It serves ${models.names().join(', ')}.`;
  const reply = writeUnroutable(new AwsFault('UnknownService', message, { status: 404 }), requestId);
  return { reply, operation: '', fault: 'UnknownService' };
}

/** Who calls and what, S3's body out of its chunks; or the refusal. */
function admit(
  parts: AnswerParts,
  { claim, request, onlyRegion }: Incoming,
  asked: Asked,
): { operation: Operation; caller: Caller; request: WireRequest } {
  if (onlyRegion !== undefined && claim.region !== onlyRegion)
    throw wrongRegion(asked.wire, claim.region, onlyRegion);
  const { caller, secret } = authenticate(parts, request, claim, asked.wire);
  if (!asked.operation) throw unknownOperation(asked.wire, asked.asked);
  if (asked.wire !== 's3') return { operation: asked.operation, caller, request };
  const whole = unchunked(request, { claim, secret });
  if (whole.method !== 'GET' && whole.method !== 'HEAD') checkIntegrity(whole);
  return { operation: asked.operation, caller, request: whole };
}

function authenticate(
  { credentials, now }: AnswerParts,
  request: WireRequest,
  claim: SignatureClaim,
  wire: Wire,
): { caller: Caller; secret: string } {
  const found = credentials.find(claim);
  if (!found.ok) throw badCredentials(found, wire);
  const ageMs = now() - signedAtMs(claim);
  const allowedMs = claim.presigned ? claim.presigned.expiresSeconds * 1000 : ALLOWED_SKEW_MS;
  if (!(ageMs <= allowedMs && ageMs >= -ALLOWED_SKEW_MS)) {
    const nowIso = new Date(now()).toISOString();
    throw outOfTime(wire, { signedAt: claim.signedAt, nowIso, presigned: claim.presigned !== undefined });
  }
  if (!isBodyAsSigned(claim, request)) throw bodyNotAsSigned(wire);
  if (!isSignedWith(found.secret, claim, request)) throw badSignature(wire);
  return found;
}

/** Draws for each rule that names this call; throws what it injects, or says what is to become of the answer. */
function drawChaos(
  ctx: LabContext,
  model: ServiceModel,
  asked: Asked,
  region: string,
): 'garbage' | 'lost-answer' | undefined {
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

function takeToken({ limiter }: AnswerParts, model: ServiceModel, asked: Asked, region: string): void {
  const call = {
    service: model.signingName,
    operation: asked.asked,
    region,
    throttle: model.service.throttle,
  };
  if (!limiter.take(call)) throw throttled(model, asked.wire);
}

async function dispatch(
  job: Incoming & { model: ServiceModel; operation: Operation; asked: Asked; caller: Caller },
): Promise<Record<string, unknown>> {
  const handler = job.model.service.handlers[job.operation.name];
  if (!handler) throw notInLab(job.operation.name);
  const input = await readInput(job.operation, job.asked, job.request).catch((cause: unknown) => {
    throw unreadable(job.asked.wire, cause);
  });
  const { accessKeyId, identityArn, userId } = job.caller;
  const call = { region: job.claim.region, accessKeyId, identityArn, userId, requestId: job.requestId };
  return ((await handler(input, call)) ?? {}) as Record<string, unknown>;
}

function asFault(ctx: LabContext, error: unknown, model: ServiceModel, asked: Asked): AwsFault {
  if (error instanceof AwsFault) return error;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  ctx.log('gateway', `${model.signingName} ${asked.asked} broke`, { error: detail });
  return internalError(asked.wire, 'The lab broke while serving this call. Its log says where.');
}
