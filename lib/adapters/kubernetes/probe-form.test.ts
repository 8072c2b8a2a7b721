import { describe, expect, it } from 'vitest';
import { UnansweredError } from '../../ports/aws.ts';
import type { ProbeResult, ProbeTask } from '../../ports/recovery.ts';
import { readProbeLine, toProbeArgument } from './probe-form.ts';
import { jobName } from './probe-job.ts';

const common = { from: 'eu-west-1', at: '2026-11-26T00:00:00.000Z', ms: 12.5 };
const orderId = '00000000-0000-4000-8000-000000000001';
const connect: ProbeTask = { kind: 'connect', host: 'db.example', port: 5432 };
const http: ProbeTask = { kind: 'http', region: 'eu-west-1', path: '/health' };
const order: ProbeTask = { kind: 'order' };
const exists: ProbeTask = { kind: 'order-exists', orderId };

it('a task is one JSON argument', () => {
  expect(JSON.parse(toProbeArgument(connect))).toEqual({ task: 'connect', host: 'db.example', port: 5432 });
  expect(JSON.parse(toProbeArgument({ ...http, via: 'internet' }))).toEqual({
    task: 'http',
    region: 'eu-west-1',
    path: '/health',
    via: 'internet',
  });
});

describe('what a probe printed', () => {
  it.each<[ProbeTask, object, ProbeResult]>([
    [connect, { task: 'connect', result: 'open', tls: true }, { kind: 'connect', outcome: 'open', ms: 12.5 }],
    [
      connect,
      { task: 'connect', result: 'timeout', detail: 'no answer within 3000 ms' },
      { kind: 'connect', outcome: 'timeout', ms: 12.5, detail: 'no answer within 3000 ms' },
    ],
    [
      http,
      { result: 'answered', status: 503, answeredBy: 'eu-west-1', version: 'v2.0.0' },
      { kind: 'http', status: 503, ms: 12.5, version: 'v2.0.0', region: 'eu-west-1' },
    ],
    [
      http,
      { result: 'refused', detail: 'ECONNRESET' },
      { kind: 'http', status: null, ms: 12.5, version: null, region: null, detail: 'ECONNRESET' },
    ],
    [
      order,
      { result: 'answered', orderId, status: 201, placed: 'now', writer: 'us-east-1', message: null },
      { kind: 'order', status: 201, orderId, ms: 12.5, error: null, writer: 'us-east-1' },
    ],
    [
      order,
      { result: 'timeout', orderId, detail: 'no answer' },
      { kind: 'order', status: null, orderId, ms: 12.5, error: 'no answer', writer: null },
    ],
    [
      exists,
      { result: 'answered', orderId, status: 404, exists: false, placedAt: null },
      { kind: 'order-exists', exists: false, ms: 12.5 },
    ],
  ])('%o: %o', (task, line, result) => {
    const log = `starting up\n${JSON.stringify({ ...common, ...line })}\n`;
    expect(readProbeLine(task, log, 'job-1')).toEqual(result);
  });

  it.each<[string, ProbeTask, string, RegExp]>([
    ['nothing', connect, '', /printed nothing that answers/],
    ['words', connect, 'hello\nworld\n', /printed nothing that answers/],
    [
      'another task’s answer',
      order,
      JSON.stringify({ ...common, result: 'open', tls: true }),
      /printed nothing/,
    ],
    [
      'why it could not ask',
      connect,
      JSON.stringify({ ...common, error: 'There is no such shop.' }),
      /could not be carried out: There is no such shop\./,
    ],
    [
      'that the shop could not say',
      exists,
      JSON.stringify({ ...common, result: 'answered', status: 503, exists: null, placedAt: null }),
      /could not learn whether the order is there: the shop answered 503/,
    ],
    [
      'that it did not get there',
      exists,
      JSON.stringify({ ...common, result: 'refused', detail: 'ECONNREFUSED' }),
      /could not learn whether the order is there: ECONNREFUSED/,
    ],
  ])('is unknown: %s', (_what, task, log, words) => {
    const read = () => readProbeLine(task, log, 'job-1');
    expect(read).toThrow(UnansweredError);
    expect(read).toThrow(words);
  });
});

describe('a Job’s name', () => {
  it.each([
    ['OP-1001-verify', 'meridian-op-1001-verify'],
    ['OP-1001: verify order / eu-west-1', 'meridian-op-1001-verify-order-eu-west-1'],
    ['Ünïcode', 'meridian-n-code'],
  ])('of %s is one that Kubernetes takes', (name, job) => expect(jobName(name)).toBe(job));

  it('that would be too long is cut, and stays apart from its like', () => {
    const long = `OP-1001-${'verify-'.repeat(12)}`;
    const [one, other] = [jobName(`${long}1`), jobName(`${long}2`)];
    expect(one).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    expect(one).not.toBe(other);
    expect(jobName(`${long}1`)).toBe(one);
  });
});
