import { Resolver } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from './env.ts';

const DATABASE_URL = 'postgresql://app@db.example/meridian';
const read = (variables: Record<string, string>) =>
  readEnvironment({ NODE_ENV: 'test', DATABASE_URL, ...variables });

describe('name servers', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['10.0.0.2', ['10.0.0.2']],
    ['127.0.0.1:5354, 10.1.0.2:53', ['127.0.0.1:5354', '10.1.0.2:53']],
    ['[fd00::2]:53,fd00::3', ['[fd00::2]:53', 'fd00::3']],
  ])('of %j are taken by the resolver', (text, servers) => {
    const taken = read(text === undefined ? {} : { MERIDIAN_DNS_SERVERS: text }).MERIDIAN_DNS_SERVERS;
    expect(taken).toEqual(servers);
    expect(() => new Resolver().setServers(taken)).not.toThrow();
  });

  it.each([
    'dns.example',
    '10.0.0.2:0',
    '10.0.0.2:99999',
    '10.0.0.2:dns',
    '[10.0.0.2]:53',
    '10.0.0.2;10.0.0.3',
  ])('%s is refused, naming the variable', (text) => {
    expect(() => read({ MERIDIAN_DNS_SERVERS: text })).toThrow(/MERIDIAN_DNS_SERVERS: is not a list/);
  });
});

it('the address of the clients’ measurements is optional, and an address', () => {
  expect(read({}).MERIDIAN_CLIENT_REPORT_URL).toBeUndefined();
  const url = 'http://127.0.0.1:4000';
  expect(read({ MERIDIAN_CLIENT_REPORT_URL: url }).MERIDIAN_CLIENT_REPORT_URL).toBe(url);
  expect(() => read({ MERIDIAN_CLIENT_REPORT_URL: 'ledger' })).toThrow(/MERIDIAN_CLIENT_REPORT_URL/);
});
