import { describe, expect, it } from 'vitest';
import { judgeAddress, judgeUrl } from './target.ts';

describe('the URL of a webhook', () => {
  it.each([
    'https://hooks.example.com/T000/B000',
    'https://hooks.example.com:8443/x?y=z',
    'https://93.184.216.34/hook',
    'https://[2606:2800:220:1::1]/hook',
  ])('may be %s', (url) => expect(judgeUrl(url, { loopback: false }).allowed).toBe(true));

  it.each([
    'hook',
    'http://hooks.example.com/',
    'ftp://hooks.example.com/',
    'https://user:secret@hooks.example.com/',
    'https://localhost/',
    'https://intranet/',
    'https://metadata.google.internal/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://[fd00:ec2::254]/',
    'https://10.0.0.8/',
    'http://127.0.0.1:8080/',
  ])('may not be %s', (url) => expect(judgeUrl(url, { loopback: false }).allowed).toBe(false));

  it.each(['http://127.0.0.1:8080/', 'http://localhost:8080/', 'http://[::1]:8080/'])(
    'may be %s with the lab',
    (url) => expect(judgeUrl(url, { loopback: true }).allowed).toBe(true),
  );

  it('leads elsewhere than to this machine by https only, with the lab too', () => {
    expect(judgeUrl('http://hooks.example.com/', { loopback: true }).allowed).toBe(false);
    expect(judgeUrl('http://169.254.169.254/', { loopback: true }).allowed).toBe(false);
  });
});

describe('the address that a webhook’s host resolves to', () => {
  it.each([
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
  ])('may not be %s', (address) => expect(judgeAddress(address, { loopback: false }).allowed).toBe(false));

  it.each(['93.184.216.34', '2606:2800:220:1::1'])('may be %s', (address) =>
    expect(judgeAddress(address, { loopback: false }).allowed).toBe(true),
  );

  it('may be loopback with the lab, and nothing else inside', () => {
    expect(judgeAddress('127.0.0.1', { loopback: true }).allowed).toBe(true);
    expect(judgeAddress('::ffff:127.0.0.1', { loopback: true }).allowed).toBe(true);
    expect(judgeAddress('10.0.0.1', { loopback: true }).allowed).toBe(false);
  });
});
