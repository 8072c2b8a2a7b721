import { CHECKSUMS, isChecksumName } from './checksums.ts';
import { AwsFault } from './service.ts';
import type { SignedRequest } from './sigv4.ts';

const PREFIX = 'x-amz-checksum-';
/** Headers of that beginning which are no checksums. */
const SETTINGS = new Set(['x-amz-checksum-algorithm', 'x-amz-checksum-mode', 'x-amz-checksum-type']);

/** Refuses a body that is not the one whose checksums (`x-amz-checksum-…`, `Content-MD5`) S3's client sent along. */
export function checkIntegrity({ headers, body }: SignedRequest): void {
  const md5 = headers['content-md5'];
  if (md5 !== undefined) {
    if (Buffer.from(String(md5), 'base64').length !== 16)
      throw new AwsFault('InvalidDigest', 'The Content-MD5 you specified was invalid.');
    if (String(md5) !== CHECKSUMS.md5(body))
      throw new AwsFault('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const sent = Object.keys(headers).filter((name) => name.startsWith(PREFIX) && !SETTINGS.has(name));
  for (const header of sent) checkSum(header, String(headers[header]), body);
  const promised = headers['x-amz-sdk-checksum-algorithm'];
  if (promised !== undefined && sent.length === 0) {
    throw new AwsFault(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
}

function checkSum(header: string, value: string, body: Buffer): void {
  const name = header.slice(PREFIX.length);
  if (!isChecksumName(name)) {
    const known = Object.keys(CHECKSUMS).join(', ');
    throw new AwsFault('InvalidRequest', `The lab cannot check ${header}; it checks ${known}.`);
  }
  const computed = CHECKSUMS[name](body);
  if (Buffer.from(value, 'base64').length !== Buffer.from(computed, 'base64').length)
    throw new AwsFault('InvalidRequest', `Value for ${header} header is invalid.`);
  if (value !== computed) {
    const said = name.toUpperCase();
    throw new AwsFault('BadDigest', `The ${said} you specified did not match the calculated checksum.`);
  }
}
