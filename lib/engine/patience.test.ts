import { describe, expect, test } from 'vitest';
import { isPassing, untilDatabaseAnswers } from './patience.ts';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('isPassing', () => {
  test.each([
    ['refused', coded('ECONNREFUSED')],
    ['shutting down', coded('57P01')],
    ['starting up', coded('57P03')],
    ['no connection left', coded('53300')],
    ['deadlock', coded('40P01')],
    ['lock timeout', coded('55P03')],
    ['idle in transaction', coded('25P03')],
    ['pg on a lost session', new Error('Connection terminated unexpectedly')],
    ['all addresses refused', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])],
  ])('%s passes', (_, error) => {
    expect(isPassing(error)).toBe(true);
  });

  test.each([
    ['a unique violation', coded('23505')],
    ['a check violation', coded('23514')],
    ['a statement cancelled on request', coded('57014')],
    ['a missing table', coded('42P01')],
    ['an action of its own', new Error('no such record')],
    ['no error at all', 'text'],
  ])('%s does not', (_, error) => {
    expect(isPassing(error)).toBe(false);
  });
});

describe('untilDatabaseAnswers', () => {
  test('repeats what passes and says so', async () => {
    const failures: unknown[] = [];
    let calls = 0;
    const answer = await untilDatabaseAnswers(
      async () => {
        calls += 1;
        if (calls < 3) throw coded('57P01');
        return 'kept';
      },
      (error) => failures.push(error),
    );
    expect([answer, calls, failures.length]).toEqual(['kept', 3, 2]);
  });

  test('throws the rest on at once', async () => {
    let calls = 0;
    const work = async () => {
      calls += 1;
      throw coded('23505');
    };
    await expect(untilDatabaseAnswers(work)).rejects.toMatchObject({ code: '23505' });
    expect(calls).toBe(1);
  });
});
