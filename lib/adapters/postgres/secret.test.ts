import { describe, expect, it } from 'vitest';
import { UnansweredError } from '../../ports/aws.ts';
import { parseSecret } from './secret.ts';

const whole = { engine: 'postgres', username: 'shop_admin', password: 'hunter2-hunter2', dbname: 'shop' };

describe('a database’s secret', () => {
  it('is a login as RDS writes it; the database may be left to the instance', () => {
    expect(parseSecret(JSON.stringify(whole), 'it')).toEqual({
      username: 'shop_admin',
      password: 'hunter2-hunter2',
      dbname: 'shop',
    });
    const { dbname: _, ...without } = whole;
    expect(parseSecret(JSON.stringify(without), 'it').dbname).toBeUndefined();
  });

  it.each<[string | undefined, string]>([
    [undefined, 'the whole'],
    ['', 'the whole'],
    ['hunter2-hunter2', 'the whole'],
    [`{"password": "hunter2-hunter2" oops`, 'the whole'],
    [JSON.stringify({ ...whole, username: '' }), 'username'],
    [JSON.stringify({ ...whole, password: 2 }), 'password'],
    [JSON.stringify({ secret: 'hunter2-hunter2' }), 'username, password'],
  ])('that is none says what does not fit, and nothing of itself: %j', (text, fields) => {
    let failure: unknown;
    try {
      parseSecret(text, 'The secret in eu-west-1');
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(UnansweredError);
    expect(String(failure)).toContain(`The secret in eu-west-1 holds no login`);
    expect(String(failure)).toContain(`: ${fields} does not fit`);
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('hunter2');
  });
});
