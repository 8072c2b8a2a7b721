import { AwsFault } from './service.ts';
import { isSignature, type SignatureClaim, type SignedRequest, sha256 } from './sigv4.ts';

/** How a body in chunks is protected: `x-amz-content-sha256` says it. */
const FORMS: Record<string, { signed: boolean; trailer: boolean }> = {
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { signed: false, trailer: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { signed: true, trailer: true },
};
const CRLF = '\r\n';
const CHUNK_HEAD = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/;
const SIGNATURE_TRAILER = 'x-amz-trailer-signature';

/**
 * The request with its body out of chunks (S3's `aws-chunked`) and its trailers among the headers, as if it had been sent
 * whole; any other request as it is. Throws S3's fault when chunks, lengths, signatures or trailers are not right.
 */
export function unchunked<Request extends SignedRequest>(
  request: Request,
  key: { claim: SignatureClaim; secret: string },
): Request {
  const claimed = String(request.headers['x-amz-content-sha256'] ?? '');
  if (!claimed.startsWith('STREAMING-')) return request;
  const form = FORMS[claimed];
  if (!form) {
    throw new AwsFault('NotImplemented', `A body of the form ${claimed} is not supported.`, { status: 501 });
  }
  const { body, signature, rest } = readChunks(request.body, form.signed ? key : undefined);
  const trailers = form.trailer ? readTrailers(rest, request) : {};
  if (form.trailer && form.signed) checkTrailerSignature(trailers, signature, key);
  delete trailers[SIGNATURE_TRAILER];
  const length = request.headers['x-amz-decoded-content-length'];
  if (length === undefined) {
    throw new AwsFault(
      'MissingContentLength',
      'You must provide the x-amz-decoded-content-length HTTP header.',
      { status: 411 },
    );
  }
  if (Number(length) !== body.length) throw incomplete();
  return { ...request, body, headers: wholeHeaders(request, trailers, body.length) };
}

interface Chunks {
  body: Buffer;
  /** Of the last chunk; the trailer's signature builds on it. */
  signature: string;
  /** What follows the last chunk's head. */
  rest: Buffer;
}

function readChunks(source: Buffer, key: { claim: SignatureClaim; secret: string } | undefined): Chunks {
  const parts: Buffer[] = [];
  let signature = key?.claim.signature ?? '';
  let at = 0;
  for (;;) {
    const endOfHead = source.indexOf(CRLF, at);
    const [, size = '', given = ''] =
      CHUNK_HEAD.exec(endOfHead < 0 ? '' : source.toString('latin1', at, endOfHead)) ?? [];
    if (!size) throw incomplete();
    const start = endOfHead + CRLF.length;
    const end = start + Number.parseInt(size, 16);
    const content = source.subarray(start, end);
    if (key) signature = checkedChunk(content, given, signature, key);
    if (start === end) return { body: Buffer.concat(parts), signature, rest: source.subarray(start) };
    if (source.toString('latin1', end, end + CRLF.length) !== CRLF) throw incomplete();
    parts.push(content);
    at = end + CRLF.length;
  }
}

/** Each chunk's signature covers its content and the signature before it. */
function checkedChunk(
  content: Buffer,
  given: string,
  before: string,
  { claim, secret }: { claim: SignatureClaim; secret: string },
): string {
  const words = ['AWS4-HMAC-SHA256-PAYLOAD', before, sha256(''), sha256(content)];
  if (!isSignature(secret, claim, words, given)) throw badChunk();
  return given;
}

/** The lines after the last chunk; they have to be those that `x-amz-trailer` announced. */
function readTrailers(rest: Buffer, { headers }: SignedRequest): Record<string, string> {
  const lines = rest.toString('latin1').split(CRLF).filter(Boolean);
  const trailers = Object.fromEntries(
    lines.map((line): [string, string] => {
      const [, name, value] = /^([\w-]+):\s*(\S+)\s*$/.exec(line) ?? [];
      if (!name || !value) throw malformedTrailer();
      return [name.toLowerCase(), value];
    }),
  );
  const announced = String(headers['x-amz-trailer'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  const sent = Object.keys(trailers).filter((name) => name !== SIGNATURE_TRAILER);
  if (announced.length === 0 || announced.toSorted().join() !== sent.toSorted().join())
    throw malformedTrailer();
  return trailers;
}

function checkTrailerSignature(
  trailers: Record<string, string>,
  before: string,
  { claim, secret }: { claim: SignatureClaim; secret: string },
): void {
  const content = Object.entries(trailers)
    .filter(([name]) => name !== SIGNATURE_TRAILER)
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const words = ['AWS4-HMAC-SHA256-TRAILER', before, sha256(content)];
  if (!isSignature(secret, claim, words, trailers[SIGNATURE_TRAILER] ?? '')) throw badChunk();
}

function wholeHeaders(
  { headers }: SignedRequest,
  trailers: Record<string, string>,
  length: number,
): SignedRequest['headers'] {
  const encodings = String(headers['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  const { 'content-encoding': _encoding, ...others } = headers;
  const encoding = encodings.length > 0 ? { 'content-encoding': encodings.join(',') } : {};
  return { ...others, ...encoding, ...trailers, 'content-length': String(length) };
}

const incomplete = () =>
  new AwsFault(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header.',
    { status: 400 },
  );

const malformedTrailer = () =>
  new AwsFault(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    { status: 400 },
  );

const badChunk = () =>
  new AwsFault(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { status: 403 },
  );
