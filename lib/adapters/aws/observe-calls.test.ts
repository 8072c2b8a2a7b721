import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../errors.ts';
import { UnansweredError } from '../../ports/aws.ts';
import { errorCode, errorSentence } from './observe-calls.ts';
import { answered, isUnanswered } from './unanswered.ts';

/** An error as the SDK, a socket or the Kubernetes client makes it. */
function failure(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name }, more);
}

const throttled = failure('ThrottlingException', 'Rate exceeded', {
  $metadata: { httpStatusCode: 400 },
  $fault: 'client',
});
const silent = failure('TimeoutError', 'Connection timed out after 3000 ms');
const reset = failure('TimeoutError', 'read ECONNRESET', { code: 'ECONNRESET' });
const refused = failure('AggregateError', '', { code: 'ECONNREFUSED' });
const fetchFailed = Object.assign(new TypeError('fetch failed'), {
  cause: failure('SocketError', 'other side closed', { code: 'UND_ERR_SOCKET' }),
});
const denied = failure('AccessDeniedException', 'User: x is not authorized', {
  $metadata: { httpStatusCode: 403 },
});
const broken = failure('ServiceUnavailable', '', { $metadata: { httpStatusCode: 503 } });
const garbage = new SyntaxError('Unexpected token < in JSON');
Object.assign(garbage, { $metadata: { httpStatusCode: 200 } });
const kubernetesDenied = failure('Error', 'HTTP-Code: 403', { code: 403 });
const kubernetesBroken = failure('Error', 'HTTP-Code: 500', { code: 500 });
const notFound = failure('EAI_AGAIN', 'getaddrinfo EAI_AGAIN', { code: 'EAI_AGAIN' });

describe('the name of a failure', () => {
  it.each<[unknown, string]>([
    [throttled, 'ThrottlingException'],
    [silent, 'TimeoutError'],
    [failure('TimeoutError', 'socket timed out', { code: 'ETIMEDOUT' }), 'TimeoutError'],
    [reset, 'ECONNRESET'],
    [refused, 'ECONNREFUSED'],
    [fetchFailed, 'UND_ERR_SOCKET'],
    [notFound, 'EAI_AGAIN'],
    [kubernetesDenied, 'Error'],
    ['a string', 'Unknown'],
  ])('%s is %s', (error, code) => {
    expect(errorCode(error)).toBe(code);
  });
});

describe('a failure in one sentence', () => {
  it.each<[unknown, string]>([
    [throttled, 'ThrottlingException: Rate exceeded'],
    [refused, 'ECONNREFUSED'],
    [fetchFailed, 'UND_ERR_SOCKET: other side closed'],
    [new Error('RDS has no instance x'), 'RDS has no instance x'],
    [new Error(''), 'unknown failure'],
    [new Error('a\n  b'), 'a b'],
    [undefined, 'unknown failure'],
  ])('%s: %s', (error, sentence) => {
    expect(errorSentence(error)).toBe(sentence);
  });

  /** Refused by AWS at that time of its own. */
  const refusedAt = (name: string, aheadSeconds?: number) =>
    failure(name, 'as AWS puts it', {
      $metadata: { httpStatusCode: 403 },
      ...(aheadSeconds === undefined
        ? {}
        : { $response: { headers: { date: new Date(Date.now() + aheadSeconds * 1_000).toUTCString() } } }),
    });

  it.each<[string, Error, RegExp]>([
    [
      'an expired session',
      refusedAt('ExpiredToken'),
      /^ExpiredToken: the credentials of this worker have expired\. Renew/,
    ],
    ['one of a JSON protocol', refusedAt('ExpiredTokenException'), /have expired\. Renew them/],
    [
      'an unknown key',
      refusedAt('InvalidClientTokenId'),
      /does not know the access key of this worker.* Renew/,
    ],
    ['one of CloudWatch', refusedAt('UnrecognizedClientException'), /does not know the access key/],
    ['one of EC2', refusedAt('AuthFailure'), /does not know the access key/],
    [
      'no credentials at all',
      failure('CredentialsProviderError', 'none'),
      /has no credentials for AWS\. Give it/,
    ],
    [
      'a clock that is behind',
      refusedAt('SignatureDoesNotMatch', 400),
      /^SignatureDoesNotMatch: this machine’s clock is (399|400|401) s behind AWS.* Correct the clock/,
    ],
    ['one that is ahead', refusedAt('RequestExpired', -600), /clock is (599|600|601) s ahead of AWS/],
    ['one of S3', refusedAt('RequestTimeTooSkewed', 900), /clock is \d+ s behind AWS/],
    ['a wrong secret', refusedAt('InvalidSignatureException', 0), /clock is right: the secret key is not/],
    ['a signature of whatever time', refusedAt('SignatureDoesNotMatch'), /Correct this machine’s clock if/],
  ])('says what to do about %s', async (_, error, sentence) => {
    expect(errorSentence(error)).toMatch(sentence);
    const call = answered('Route 53 GetChange', () => Promise.reject(error));
    await expect(call).rejects.toBeInstanceOf(RefusedError);
    await expect(call).rejects.toMatchObject({
      cause: error,
      message: `Route 53 GetChange was refused: ${errorSentence(error)}.`,
    });
  });

  it('is short, whatever the other side sent', () => {
    expect(errorSentence(failure('Error', 'x'.repeat(10_000)))).toHaveLength(200);
  });
});

describe('whether a call was answered', () => {
  it.each<[string, unknown, boolean]>([
    ['throttled', throttled, true],
    ['throttled by Kubernetes', failure('Error', 'HTTP-Code: 429', { code: 429 }), true],
    [
      'another zone change under way',
      failure('PriorRequestNotComplete', '', { $metadata: { httpStatusCode: 400 } }),
      true,
    ],
    ['silent', silent, true],
    ['reset', reset, true],
    ['refused', refused, true],
    ['closed by the other side', fetchFailed, true],
    ['failed by the service', broken, true],
    ['unreadable', garbage, true],
    ['failed by Kubernetes', kubernetesBroken, true],
    ['denied', denied, false],
    ['denied by Kubernetes', kubernetesDenied, false],
    ['wrong', failure('InvalidChangeBatch', '', { $metadata: { httpStatusCode: 400 } }), false],
    ['a defect of ours', new TypeError('x is not a function'), false],
  ])('%s', (_, error, unanswered) => {
    expect(isUnanswered(error)).toBe(unanswered);
  });

  it('is told with the call, and the reason kept', async () => {
    const call = answered('EKS DescribeNodegroup in eu-west-1', () => Promise.reject(silent));
    await expect(call).rejects.toThrow(
      new UnansweredError(
        'EKS DescribeNodegroup in eu-west-1 got no usable answer: TimeoutError: Connection timed out after 3000 ms',
      ),
    );
    await expect(call).rejects.toMatchObject({ cause: silent, throttled: false });
    await expect(answered('x', () => Promise.reject(throttled))).rejects.toMatchObject({ throttled: true });
    await expect(answered('x', () => Promise.reject(denied))).rejects.toBe(denied);
    expect(await answered('x', () => Promise.resolve(7))).toBe(7);
  });
});
