import { describe, expect, it } from 'vitest';
import { ValidationError } from '../../errors.ts';
import { parseRecord } from './record.ts';

const RUN = '11111111-2222-4333-8444-555555555555';
const head = JSON.stringify({
  record: 'meridian break-glass',
  version: 1,
  run: RUN,
  estate: 'ecommerce',
  environment: 'production',
  plan: 'failover-us-east-1-to-eu-west-1',
  digest: 'a'.repeat(64),
  mode: 'run',
  time: '2026-11-26T02:00:00Z',
  who: 'ann@laptop',
});
const act = (changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    time: '2026-11-26T02:00:03Z',
    step: 'promote-eu-west-1',
    command: 'aws rds promote-read-replica --region eu-west-1',
    result: 'ok',
    who: 'ann@laptop',
    detail: '',
    ...changes,
  });

function problemsOf(text: string): Record<string, string> {
  try {
    parseRecord(text);
    return {};
  } catch (error) {
    if (error instanceof ValidationError) return error.fields;
    throw error;
  }
}

describe('a record', () => {
  it('is read run by run', () => {
    const second = head.replace(RUN, RUN.replaceAll('1', '6')).replace('"run"}', '"fence"}');
    const runs = parseRecord(
      [head, act(), act({ result: 'failed' }), '', second, act({ step: 'end' })].join('\n'),
    );
    expect(runs.map(({ acts }) => acts.map(({ step, result }) => `${step} ${result}`))).toEqual([
      ['promote-eu-west-1 ok', 'promote-eu-west-1 failed'],
      ['end ok'],
    ]);
  });

  it.each<[string, string, Record<string, string>]>([
    ['nothing at all', '', { record: 'is empty' }],
    ['a page', '<html>', { 'line 1': 'is no line of a record' }],
    ['acts of no run', act(), { 'line 1': 'comes before the line that names the run' }],
    ['a line that was cut off', `${head}\n${act().slice(0, 40)}`, { 'line 2': 'is no line of a record' }],
    [
      'a result of its own',
      `${head}\n${act({ result: 'fine' })}`,
      { 'line 2': expect.stringMatching(/^result: /) },
    ],
    [
      'a time that is none',
      `${head}\n${act({ time: 'at three' })}`,
      { 'line 2': expect.stringMatching(/^time: /) },
    ],
    [
      'a run without a number',
      head.replace(RUN, '7'),
      { 'line 1': expect.stringMatching(/time|step|is no line/) },
    ],
  ])('that is %s is refused, by the line', (_, text, fields) => expect(problemsOf(text)).toEqual(fields));

  it('is not read without end', () => {
    expect(problemsOf([head, ...Array.from({ length: 5_001 }, () => act())].join('\n'))).toEqual({
      record: 'has 5002 lines',
    });
  });
});
