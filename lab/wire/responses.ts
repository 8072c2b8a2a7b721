import { type BoundResponse, writeBound } from './http-bindings.ts';
import type { Operation, ServiceModel, Wire } from './model.ts';
import { type Shape, type Value, writeCbor, writeJson, writeXml } from './sdk.ts';
import type { AwsFault } from './service.ts';

const CBOR_HEADERS = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };

interface Reply {
  model: ServiceModel;
  wire: Wire;
  requestId: string;
}

/** The answer to a call that succeeded, in the caller's protocol. */
export function writeOutput(reply: Reply, operation: Operation, output: Value): BoundResponse {
  const { model, wire, requestId } = reply;
  switch (wire) {
    case 'query':
    case 'ec2':
      return xml(
        200,
        wire === 'ec2' ? ec2Envelope(reply, operation, output) : queryEnvelope(reply, operation, output),
        requestId,
      );
    case 'json':
      return json(
        200,
        `application/x-amz-json-${model.jsonVersion}`,
        jsonBody(operation.output, output),
        requestId,
      );
    case 'cbor':
      return {
        status: 200,
        headers: { ...CBOR_HEADERS, ...idHeaders(requestId) },
        body: writeCbor(structureOf(operation.output), output),
      };
    case 's3':
      return writeS3Output(reply, operation, output);
    case 'restXml':
    case 'restJson': {
      const bound = writeBound(operation, output, wire === 'restXml' ? 'xml' : 'json', model.xmlNamespace);
      return { ...bound, headers: { ...bound.headers, ...idHeaders(requestId) } };
    }
  }
}

/** A refusal in the caller's protocol, with the code and status the service's model gives it. */
export function writeFault(reply: Reply, fault: AwsFault): BoundResponse {
  const response = writePlainFault(reply, fault);
  return { ...response, headers: { ...response.headers, ...fault.headers } };
}

function writePlainFault(reply: Reply, fault: AwsFault): BoundResponse {
  const { model, wire, requestId } = reply;
  const shape = model.faults.get(fault.code);
  const byQuery = wire === 'query' || wire === 'ec2';
  const status = fault.status ?? (byQuery ? shape?.query?.status : undefined) ?? shape?.status ?? 400;
  const queryCode = shape?.query?.code ?? fault.code;
  const code = byQuery ? queryCode : (shape?.name ?? fault.code);
  const blame = status < 500 ? 'Sender' : 'Receiver';
  switch (wire) {
    case 'ec2':
      return xml(
        status,
        `<Response><Errors><Error>${element('Code', code)}${element('Message', fault.message)}</Error></Errors>${element('RequestID', requestId)}</Response>`,
        requestId,
      );
    case 's3':
      return xml(
        status,
        `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${element('Code', code)}${element('Message', fault.message)}${plainFields(fault)}${element('RequestId', requestId)}${element('HostId', hostId(requestId))}</Error>`,
        requestId,
      );
    case 'query':
    case 'restXml': {
      const error = `<Error>${element('Type', blame)}${element('Code', code)}${element('Message', fault.message)}${plainFields(fault)}</Error>`;
      return xml(
        status,
        `<ErrorResponse xmlns="${model.xmlNamespace}">${error}${element('RequestId', requestId)}</ErrorResponse>`,
        requestId,
      );
    }
    case 'cbor':
    case 'json':
    case 'restJson': {
      const type = shape ? `${shape.namespace}#${shape.name}` : fault.code;
      const headers: Record<string, string> = idHeaders(requestId);
      if (model.queryCompatible) headers['x-amzn-query-error'] = `${queryCode};${blame}`;
      const message = { [shape?.messageMember ?? 'message']: fault.message };
      if (wire === 'cbor') {
        const body = writeCbor(undefined, { __type: type, ...message, ...fault.fields });
        return { status, headers: { ...headers, ...CBOR_HEADERS }, body };
      }
      const members = shape
        ? JSON.parse(writeJson(shape.shape, { ...fault.fields, ...message }, wire === 'restJson'))
        : { ...fault.fields, ...message };
      const mediaType = wire === 'json' ? `application/x-amz-json-${model.jsonVersion}` : 'application/json';
      return {
        status,
        headers: { ...headers, 'x-amzn-errortype': code, 'content-type': mediaType },
        body: JSON.stringify({ __type: type, ...members }),
      };
    }
  }
}

/** S3's answers: rest-xml, but for parts of objects, and for a location, which is the content of the root element itself. */
function writeS3Output({ model, requestId }: Reply, operation: Operation, output: Value): BoundResponse {
  const bound = writeBound(operation, output, 'xml', model.xmlNamespace);
  const headers = { ...bound.headers, ...idHeaders(requestId), 'x-amz-id-2': hostId(requestId) };
  if (output.ContentRange !== undefined) return { ...bound, headers, status: 206 };
  if (operation.name !== 'GetBucketLocation') return { ...bound, headers };
  const place = escapeXml(String(output.LocationConstraint ?? ''));
  const root = `<LocationConstraint xmlns="${model.xmlNamespace}">${place}</LocationConstraint>`;
  return { ...bound, headers, body: `<?xml version="1.0" encoding="UTF-8"?>\n${root}` };
}

/** S3's second id of a request: opaque, and the same for the same request. */
const hostId = (requestId: string): string => Buffer.from(`lab ${requestId} ${requestId}`).toString('base64');

/** A refusal before the service is known. */
export function writeUnroutable(fault: AwsFault, requestId: string): BoundResponse {
  const error = `<Error><Type>Sender</Type>${element('Code', fault.code)}${element('Message', fault.message)}</Error>`;
  return xml(
    fault.status ?? 400,
    `<ErrorResponse>${error}${element('RequestId', requestId)}</ErrorResponse>`,
    requestId,
  );
}

function queryEnvelope(reply: Reply, operation: Operation, output: Value): string {
  const shape = structureOf(operation.output);
  const result = shape
    ? wrap(`${operation.name}Result`, contentOf(writeXml(shape, output, { httpBindings: false })))
    : '';
  const metadata = `<ResponseMetadata>${element('RequestId', reply.requestId)}</ResponseMetadata>`;
  return `<${operation.name}Response xmlns="${reply.model.xmlNamespace}">${result}${metadata}</${operation.name}Response>`;
}

function ec2Envelope(reply: Reply, operation: Operation, output: Value): string {
  const shape = structureOf(operation.output);
  const result = shape
    ? contentOf(writeXml(shape, output, { httpBindings: false }))
    : element('return', 'true');
  const id = element('requestId', reply.requestId);
  return `<${operation.name}Response xmlns="${reply.model.xmlNamespace}">${id}${result}</${operation.name}Response>`;
}

const structureOf = (shape: Shape): Shape | undefined => (shape.isUnitSchema() ? undefined : shape);
const jsonBody = (shape: Shape, output: Value): string =>
  shape.isUnitSchema() ? '{}' : writeJson(shape, output, false);
const wrap = (name: string, content: string): string => `<${name}>${content}</${name}>`;

/** What stands between the tags of the root element. */
function contentOf(document: string): string {
  const start = document.indexOf('>');
  return document[start - 1] === '/' ? '' : document.slice(start + 1, document.lastIndexOf('</'));
}

/** Fields of a fault that are plain text; structured ones have no place in this format. */
function plainFields(fault: AwsFault): string {
  return Object.entries(fault.fields)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => element(name, String(value)))
    .join('');
}

function element(name: string, text: string): string {
  return wrap(name, escapeXml(text));
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** XML 1.0 forbids control characters other than tab, line feed and carriage return. */
const FORBIDDEN = /(?![\t\n\r])\p{Cc}/gu;

function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);
}

const idHeaders = (requestId: string) => ({ 'x-amzn-requestid': requestId, 'x-amz-request-id': requestId });

function xml(status: number, body: string, requestId: string): BoundResponse {
  return { status, headers: { 'content-type': 'text/xml', ...idHeaders(requestId) }, body };
}

function json(status: number, mediaType: string, body: string, requestId: string): BoundResponse {
  return { status, headers: { 'content-type': mediaType, ...idHeaders(requestId) }, body };
}
