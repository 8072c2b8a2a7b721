import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createS3, type S3 } from '#lab/s3/index.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

// Bodies in chunks as other SDKs send them (Java and C++ sign each chunk), written by hand: the JavaScript SDK never does.

const REGION = 'us-east-1';
const BUCKET = 'ecommerce-switch-us-east-1';
const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

let fixture: GatewayFixture;
let lab: S3;
let client: S3Client;
beforeAll(async () => {
  fixture = await startGateway(async (ctx) => {
    lab = await createS3(ctx);
    return [lab.service];
  });
  client = new S3Client(fixture.clientOptions(REGION));
});
afterAll(async () => {
  client.destroy();
  await fixture.close();
  await lab.part.close();
});
beforeEach(() => lab.part.reset?.());

const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');
const checksum = (content: Buffer) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(content));
  return bytes.toString('base64');
};

interface Upload {
  form: string;
  chunks: string[];
  trailer?: { name: string; value: string };
  headers?: Record<string, string>;
  /** Changes the finished body. */
  spoil?: (body: Buffer) => Buffer;
}

/** Sends the chunks; resolves with the status and S3's code of a refusal. */
async function upload({ form, chunks, trailer, headers, spoil = (body) => body }: Upload) {
  const content = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
  const { port, hostname } = new URL(fixture.gateway.url);
  const signer = new SignatureV4({
    service: 's3',
    region: REGION,
    credentials: fixture.credentials.user,
    sha256: Hash.bind(null, 'sha256'),
    uriEscapePath: false,
    applyChecksum: false,
  });
  const request = new HttpRequest({
    method: 'PUT',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: `/${BUCKET}/chunked`,
    headers: {
      host: `${hostname}:${port}`,
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': form,
      'x-amz-decoded-content-length': String(content.length),
      ...(trailer && { 'x-amz-trailer': trailer.name }),
      ...headers,
    },
  });
  const signed = await signer.sign(request);
  const body = spoil(encode({ form, chunks, trailer }, signed.headers));
  return new Promise<{ status: number; code: string }>((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: hostname,
        port,
        method: 'PUT',
        path: request.path,
        headers: { ...signed.headers, 'content-length': body.length },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const [, code = ''] = /<Code>(\w+)<\/Code>/.exec(Buffer.concat(parts).toString()) ?? [];
          resolve({ status: response.statusCode ?? 0, code });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The body in chunks (Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks). */
function encode({ form, chunks, trailer }: Upload, headers: Record<string, string>): Buffer {
  const signs = form.startsWith(SIGNED);
  const [, date = '', seed = ''] =
    /\/(\d{8})\/.*Signature=([0-9a-f]{64})/.exec(headers.authorization ?? '') ?? [];
  const scope = [date, REGION, 's3', 'aws4_request'];
  const key = scope.reduce<Buffer | string>(
    (parent, part) => hmac(parent, part),
    `AWS4${fixture.credentials.user.secretAccessKey}`,
  );
  const sign = (algorithm: string, ...words: string[]) =>
    hmac(key, [algorithm, headers['x-amz-date'], scope.join('/'), ...words].join('\n')).toString('hex');
  let signature = seed;
  const parts = [...chunks, ''].map((chunk, i) => {
    const content = Buffer.from(chunk);
    if (signs) signature = sign('AWS4-HMAC-SHA256-PAYLOAD', signature, sha256(''), sha256(content));
    const head = `${content.length.toString(16)}${signs ? `;chunk-signature=${signature}` : ''}\r\n`;
    const isLast = i === chunks.length;
    return Buffer.concat([Buffer.from(head), content, Buffer.from(isLast && trailer ? '' : '\r\n')]);
  });
  if (trailer) {
    const line = `${trailer.name}:${trailer.value}`;
    parts.push(Buffer.from(`${line}\r\n`));
    if (signs) {
      const sealed = sign('AWS4-HMAC-SHA256-TRAILER', signature, sha256(`${line}\n`));
      parts.push(Buffer.from(`x-amz-trailer-signature:${sealed}\r\n`));
    }
    parts.push(Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

const stored = async () => {
  const { Body, ContentEncoding } = await client.send(
    new GetObjectCommand({ Bucket: BUCKET, Key: 'chunked' }),
  );
  return { text: await Body?.transformToString(), ContentEncoding };
};
const crc = (text: string) => ({ name: 'x-amz-checksum-crc32', value: checksum(Buffer.from(text)) });

describe('a body in chunks', () => {
  it.each<[string, Upload]>([
    ['each signed', { form: SIGNED, chunks: ['first ', 'second'] }],
    [
      'signed, with a signed trailer',
      { form: `${SIGNED}-TRAILER`, chunks: ['first ', 'second'], trailer: crc('first second') },
    ],
    [
      'unsigned, with a trailer',
      { form: UNSIGNED_TRAILER, chunks: ['first ', 'second'], trailer: crc('first second') },
    ],
    ['in one chunk', { form: SIGNED, chunks: ['first second'] }],
  ])('%s', async (_, request) => {
    expect(await upload(request)).toEqual({ status: 200, code: '' });
    expect(await stored()).toEqual({ text: 'first second', ContentEncoding: undefined });
  });

  it('keeps the encoding beside aws-chunked, and may be empty', async () => {
    await upload({ form: SIGNED, chunks: ['x'], headers: { 'content-encoding': 'aws-chunked,gzip' } });
    expect(await stored()).toEqual({ text: 'x', ContentEncoding: 'gzip' });
    await upload({ form: UNSIGNED_TRAILER, chunks: [], trailer: crc('') });
    expect((await stored()).text).toBe('');
  });

  it('is the same however it is cut', async () => {
    const cuts = fc.array(fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(cuts, async (chunks) => {
        const whole = chunks.join('');
        expect(await upload({ form: SIGNED, chunks })).toMatchObject({ status: 200 });
        expect((await stored()).text).toBe(Buffer.from(whole).toString());
      }),
      { numRuns: 25 },
    );
  });

  const replaced = (from: string, to: string) => (body: Buffer) =>
    Buffer.from(body.toString('latin1').replace(from, to), 'latin1');
  const trailed = (more: Partial<Upload>): Upload => ({
    form: UNSIGNED_TRAILER,
    chunks: ['first ', 'second'],
    trailer: crc('first second'),
    ...more,
  });

  it.each<[string, Upload, number, string]>([
    [
      'a changed chunk',
      { form: SIGNED, chunks: ['money'], spoil: replaced('money', 'honey') },
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'chunks in another order',
      {
        form: SIGNED,
        chunks: ['aa', 'bb'],
        spoil: (body) => {
          const [a = '', b = '', ...rest] = body.toString().split(/(?<=\r\n[ab]{2}\r\n)/);
          return Buffer.from([b, a, ...rest].join(''));
        },
      },
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'an unsigned chunk',
      { form: SIGNED, chunks: ['x'], spoil: replaced(';chunk-signature=', ';other=') },
      400,
      'IncompleteBody',
    ],
    [
      'a missing end',
      { form: SIGNED, chunks: ['x'], spoil: (body) => body.subarray(0, -90) },
      400,
      'IncompleteBody',
    ],
    [
      'a chunk shorter than said',
      trailed({ spoil: replaced('6\r\nfirst ', 'ffff\r\nfirst ') }),
      400,
      'IncompleteBody',
    ],
    ['no size at all', trailed({ spoil: () => Buffer.from('first second') }), 400, 'IncompleteBody'],
    [
      'another length than said',
      trailed({ headers: { 'x-amz-decoded-content-length': '99' } }),
      400,
      'IncompleteBody',
    ],
    ['a wrong checksum', trailed({ trailer: crc('something else') }), 400, 'BadDigest'],
    [
      'another trailer than announced',
      trailed({ headers: { 'x-amz-trailer': 'x-amz-checksum-sha1' } }),
      400,
      'MalformedTrailerError',
    ],
    [
      'no trailer',
      trailed({ spoil: replaced(`x-amz-checksum-crc32:${crc('first second').value}\r\n`, '') }),
      400,
      'MalformedTrailerError',
    ],
    [
      'a trailer that is none',
      trailed({ spoil: replaced('crc32:', 'crc32 ') }),
      400,
      'MalformedTrailerError',
    ],
    [
      'a changed signed trailer',
      {
        form: `${SIGNED}-TRAILER`,
        chunks: ['x'],
        trailer: crc('x'),
        spoil: replaced(crc('x').value, crc('y').value),
      },
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'a form of its own',
      { form: 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', chunks: ['x'] },
      501,
      'NotImplemented',
    ],
  ])('with %s is refused, and nothing is stored', async (_, request, status, code) => {
    expect(await upload(request)).toEqual({ status, code });
    await expect(stored()).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
