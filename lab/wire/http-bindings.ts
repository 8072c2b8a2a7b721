import type { IncomingHttpHeaders } from 'node:http';
import type { Operation } from './model.ts';
import {
  readJson,
  readScalar,
  readXml,
  type Shape,
  subStructure,
  type TextFormat,
  type Value,
  writeJson,
  writeScalar,
  writeXml,
} from './sdk.ts';

export interface BoundRequest {
  labels: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface BoundResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** Reads a REST request: members come from the path, the query, headers and the body, as the model binds them. */
export async function readBound(
  operation: Operation,
  request: BoundRequest,
  format: TextFormat,
): Promise<Value> {
  const shape = operation.input;
  if (shape.isUnitSchema()) return {};
  const input: Value = {};
  for (const [name, member] of shape.structIterator()) {
    const value = await readMember(name, member, request, format);
    if (value !== undefined) input[name] = value;
  }
  const body = subStructure(shape, (member) => !isBoundInRequest(member));
  if (body.members && request.body.length)
    Object.assign(input, await readBody(body.shape, request.body, format));
  return input;
}

function isBoundInRequest(member: Shape): boolean {
  const traits = member.getMergedTraits();
  return Boolean(
    traits.httpLabel ||
      traits.httpQuery ||
      traits.httpQueryParams ||
      traits.httpHeader ||
      traits.httpPrefixHeaders ||
      traits.httpPayload,
  );
}

async function readMember(
  name: string,
  member: Shape,
  request: BoundRequest,
  format: TextFormat,
): Promise<unknown> {
  const traits = member.getMergedTraits();
  if (traits.httpLabel) {
    const label = request.labels[name];
    return label === undefined ? undefined : readScalar(member, decodeURIComponent(label), format);
  }
  if (traits.httpQuery) return readRepeated(member, request.query.getAll(traits.httpQuery), format);
  if (traits.httpQueryParams) return Object.fromEntries(request.query);
  if (traits.httpHeader) {
    const header = request.headers[traits.httpHeader.toLowerCase()];
    if (header === undefined) return undefined;
    const text = String(header);
    return readRepeated(
      member,
      member.isListSchema() ? text.split(',').map((part) => part.trim()) : [text],
      format,
    );
  }
  if (traits.httpPrefixHeaders) return prefixed(request.headers, traits.httpPrefixHeaders.toLowerCase());
  if (traits.httpPayload && request.body.length) {
    if (member.isStructSchema()) return readBody(member, request.body, format);
    return member.isStringSchema() ? request.body.toString() : new Uint8Array(request.body);
  }
  return undefined;
}

function readRepeated(member: Shape, texts: string[], format: TextFormat): unknown {
  const [first] = texts;
  if (first === undefined) return undefined;
  if (!member.isListSchema()) return readScalar(member, first, format);
  return texts.map((text) => readScalar(member.getValueSchema(), text, format));
}

function prefixed(headers: IncomingHttpHeaders, prefix: string): Record<string, string> {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), String(value)]));
}

async function readBody(shape: Shape, body: Buffer, format: TextFormat): Promise<Value> {
  return format === 'xml' ? readXml(shape, body.toString()) : readJson(shape, body.toString(), true);
}

/** Writes a REST response by the same bindings. */
export function writeBound(
  operation: Operation,
  output: Value,
  format: TextFormat,
  xmlNamespace: string,
): BoundResponse {
  const shape = operation.output;
  const response: BoundResponse = {
    status: operation.route?.status ?? 200,
    headers: { 'content-type': format === 'xml' ? 'text/xml' : 'application/json' },
    body: format === 'xml' ? '' : '{}',
  };
  if (shape.isUnitSchema()) return response;
  let payload: { shape: Shape; value: unknown } | undefined;
  for (const [name, member] of shape.structIterator()) {
    const value = output[name];
    if (value === undefined || value === null) continue;
    const traits = member.getMergedTraits();
    if (traits.httpHeader)
      response.headers[traits.httpHeader.toLowerCase()] = writeScalar(member, value, format);
    else if (traits.httpPrefixHeaders) writePrefixed(response.headers, traits.httpPrefixHeaders, value);
    else if (traits.httpResponseCode) response.status = Number(value);
    else if (traits.httpPayload) payload = { shape: member, value };
  }
  if (payload && !payload.shape.isStructSchema()) response.body = payload.value as string | Uint8Array;
  else if (payload) response.body = writeBody(payload.shape, payload.value as Value, format, xmlNamespace);
  else {
    const body = subStructure(shape, (member) => !isBoundInResponse(member));
    if (body.members) response.body = writeBody(body.shape, output, format, xmlNamespace);
  }
  return response;
}

function isBoundInResponse(member: Shape): boolean {
  const traits = member.getMergedTraits();
  return Boolean(
    traits.httpHeader || traits.httpPrefixHeaders || traits.httpPayload || traits.httpResponseCode,
  );
}

function writePrefixed(headers: Record<string, string>, prefix: string, value: unknown): void {
  for (const [name, text] of Object.entries(value as Record<string, string>))
    headers[(prefix + name).toLowerCase()] = text;
}

function writeBody(shape: Shape, value: Value, format: TextFormat, xmlNamespace: string): string {
  if (format === 'json') return writeJson(shape, value, true);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeXml(shape, value, { httpBindings: true, xmlNamespace })}`;
}
