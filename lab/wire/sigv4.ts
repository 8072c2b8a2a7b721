import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request says about its signature. Nothing of it is proven yet. */
export interface SignatureClaim {
  accessKeyId: string;
  /** `YYYYMMDD` of the scope. */
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  signedAt: string;
  sessionToken: string | undefined;
  /** In the query string instead of the Authorization header, good for this many seconds. */
  presigned: { expiresSeconds: number } | undefined;
}

export interface SignedRequest {
  method: string;
  /** As on the request line, still encoded. */
  path: string;
  rawQuery: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const CREDENTIAL = /^([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/;
const SIGNED_AT = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Reads the claim from the Authorization header or a presigned query; undefined when the request is not signed. */
export function readClaim(headers: IncomingHttpHeaders, query: URLSearchParams): SignatureClaim | undefined {
  const match = AUTHORIZATION.exec(headers.authorization ?? '');
  if (match) {
    const [, accessKeyId = '', date = '', region = '', service = '', signed = '', signature = ''] = match;
    const signedAt = String(headers['x-amz-date'] ?? '');
    const sessionToken = headers['x-amz-security-token']?.toString();
    return {
      accessKeyId,
      date,
      region,
      service,
      signature,
      signedAt,
      sessionToken,
      signedHeaders: signed.split(';'),
      presigned: undefined,
    };
  }
  const presigned = CREDENTIAL.exec(query.get('X-Amz-Credential') ?? '');
  if (!presigned) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = ''] = presigned;
  return {
    accessKeyId,
    date,
    region,
    service,
    signature: query.get('X-Amz-Signature') ?? '',
    signedAt: query.get('X-Amz-Date') ?? '',
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    presigned: { expiresSeconds: Number(query.get('X-Amz-Expires') ?? 0) },
  };
}

/** When the claim says it was signed, ms since the epoch; NaN when unreadable. */
export function signedAtMs(claim: SignatureClaim): number {
  const match = SIGNED_AT.exec(claim.signedAt);
  if (!match) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** Whether `secret` made this signature over exactly this request (AWS Signature Version 4). */
export function isSignedWith(secret: string, claim: SignatureClaim, request: SignedRequest): boolean {
  const words = ['AWS4-HMAC-SHA256', sha256(canonicalRequest(claim, request))];
  return isSignature(secret, claim, words, claim.signature);
}

/**
 * Whether `signature` is the one of these words: the algorithm, then what follows time and scope in the string to sign.
 * Requests, and the chunks of a streamed body, are signed with the same key.
 */
export function isSignature(
  secret: string,
  claim: SignatureClaim,
  [algorithm = '', ...words]: string[],
  signature: string,
): boolean {
  const scope = [claim.date, claim.region, claim.service, 'aws4_request'];
  const key = signingKey(secret, scope);
  const text = [algorithm, claim.signedAt, scope.join('/'), ...words].join('\n');
  const expected = Buffer.from(hmac(key, text).toString('hex'));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** One key serves all requests of a day to one service of a Region, as AWS's own SDKs keep it. */
const signingKeys = new Map<string, Buffer>();
const MOST_SIGNING_KEYS = 1_000;

function signingKey(secret: string, scope: readonly string[]): Buffer {
  const name = [secret, ...scope].join('\n');
  const known = signingKeys.get(name);
  if (known) return known;
  const made = scope.reduce<Buffer>((parent, part) => hmac(parent, part), Buffer.from(`AWS4${secret}`));
  // Scopes are of the caller's choosing.
  if (signingKeys.size >= MOST_SIGNING_KEYS) signingKeys.clear();
  signingKeys.set(name, made);
  return made;
}

/** A body hash in the header must be that of the body. `UNSIGNED-PAYLOAD` and the streaming forms claim nothing. */
export function isBodyAsSigned(claim: SignatureClaim, request: SignedRequest): boolean {
  const claimed = request.headers['x-amz-content-sha256']?.toString();
  if (claim.presigned || claimed === undefined || !/^[0-9a-f]{64}$/.test(claimed)) return true;
  return claimed === sha256(request.body);
}

function canonicalRequest(claim: SignatureClaim, request: SignedRequest): string {
  const headers = claim.signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers[name])}`);
  // S3 alone does not encode the path a second time.
  const path = claim.service === 's3' ? request.path : request.path.split('/').map(encode).join('/');
  return [
    request.method,
    path,
    canonicalQuery(request.rawQuery),
    ...headers,
    '',
    claim.signedHeaders.join(';'),
    payloadHash(claim, request),
  ].join('\n');
}

function payloadHash(claim: SignatureClaim, request: SignedRequest): string {
  if (claim.presigned) return claim.service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256('');
  return request.headers['x-amz-content-sha256']?.toString() ?? sha256(request.body);
}

function canonicalHeader(value: string | string[] | undefined): string {
  return String(value ?? '')
    .trim()
    .replace(/\s+/g, ' ');
}

function canonicalQuery(rawQuery: string): string {
  return rawQuery
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [reencode(name), reencode(value.join('='))] as const;
    })
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Text that is not percent-encoded as it claims is signed as it stands. */
function reencode(text: string): string {
  const spaced = text.replace(/\+/g, '%20');
  return encode(/%(?![0-9A-Fa-f]{2})/.test(spaced) ? spaced : decode(spaced));
}

/** Percent-decoding that keeps malformed UTF-8 instead of throwing. */
function decode(text: string): string {
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
export const sha256 = (content: Buffer | string): string =>
  createHash('sha256').update(content).digest('hex');
