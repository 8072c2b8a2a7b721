import { describe, expect, it } from 'vitest';
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
