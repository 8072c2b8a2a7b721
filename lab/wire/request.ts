import type { IncomingMessage } from 'node:http';
import { readBody } from '#lab/kernel/read-body.ts';
import { findTypeMismatch } from './check-types.ts';
import { readBound } from './http-bindings.ts';
import { matchRoute, type Operation, type ServiceModel, type Wire } from './model.ts';
import { readQuery } from './query-request.ts';
import { matchBucketRoute } from './s3-routes.ts';
import { readCbor, readJson, type Value } from './sdk.ts';
import type { SignedRequest } from './sigv4.ts';

/** A request as it came, read whole. */
export interface WireRequest extends SignedRequest {
  query: URLSearchParams;
}

/** Larger bodies are refused; CloudWatch's PutMetricData (1 MB) is the largest this lab takes. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Reads the request; undefined when its body is over the limit. */
export async function readRequest(message: IncomingMessage): Promise<WireRequest | undefined> {
  const body = await readBody(message, MAX_BODY_BYTES);
  if (!body) return undefined;
  const [path = '/', ...rest] = (message.url ?? '/').split('?');
  const rawQuery = rest.join('?');
  return {
    method: message.method ?? 'GET',
    path,
    rawQuery,
    query: new URLSearchParams(rawQuery),
    headers: message.headers,
    body,
  };
}

/** Which operation is asked for, in which protocol. `asked` names it for a message even when it does not exist. */
export interface Asked {
  wire: Wire;
  asked: string;
  operation: Operation | undefined;
  labels: Record<string, string>;
}

export function identify(model: ServiceModel, request: WireRequest): Asked {
  const byName = (wire: Wire, name: string): Asked => ({
    wire,
    asked: name,
    operation: model.operations.get(name),
    labels: {},
  });
  const target = request.headers['x-amz-target'];
  if (target) return byName('json', String(target).split('.').at(-1) ?? '');
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor')
    return byName('cbor', request.path.split('/').at(-1) ?? '');
  const action = isForm(request) ? formOf(request).get('Action') : request.query.get('Action');
  if (action !== null) return byName(model.protocol === 'ec2' ? 'ec2' : 'query', action);
  const matched = model.protocol === 's3' ? matchBucketRoute(model, request) : matchRoute(model, request);
  const asked = matched?.operation.name ?? `${request.method} ${request.path}`;
  return { wire: model.protocol, asked, operation: matched?.operation, labels: matched?.labels ?? {} };
}

const isForm = (request: WireRequest): boolean =>
  String(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') &&
  request.body.length > 0;

const formOf = (request: WireRequest): URLSearchParams =>
  isForm(request) ? new URLSearchParams(request.body.toString()) : request.query;

/** The operation's input, its types checked against the model. Throws an Error that says what cannot be read. */
export async function readInput(operation: Operation, asked: Asked, request: WireRequest): Promise<Value> {
  const input = await decode(operation, asked, request);
  // The JSON codec lets a body of `null` through.
  if (typeof input !== 'object' || input === null) throw new Error('The request is not a structure');
  const mismatch = operation.input.isUnitSchema() ? undefined : findTypeMismatch(operation.input, input);
  if (mismatch) throw new Error(mismatch);
  return input;
}

async function decode(operation: Operation, { wire, labels }: Asked, request: WireRequest): Promise<Value> {
  if (operation.input.isUnitSchema()) return {};
  switch (wire) {
    case 'query':
    case 'ec2':
      return readQuery(operation.input, formOf(request), wire === 'ec2');
    case 'json':
      return readJson(operation.input, request.body.toString() || '{}', false);
    case 'cbor':
      return request.body.length ? readCbor(operation.input, request.body) : {};
    case 'restXml':
    case 's3':
      return readBound(operation, { ...request, labels }, 'xml');
    case 'restJson':
      return readBound(operation, { ...request, labels }, 'json');
  }
}
