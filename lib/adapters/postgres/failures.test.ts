import { describe, expect, it } from 'vitest';
import { isUnansweredSql, isUntrusted, sqlState } from './failures.ts';

/** An error as PostgreSQL sends it, by its SQLSTATE. */
const fromServer = (code: string) => Object.assign(new Error('said'), { code, severity: 'ERROR' });
const fromSocket = (code: string) => Object.assign(new Error(code), { code });

describe('what gave no usable answer', () => {
  it.each([
    ['08006', 'the connection broke'],
    ['53300', 'too many clients'],
    ['57014', 'cancelled, or over the statement’s time'],
    ['57P01', 'ended by an administrator'],
    ['57P03', 'starts up'],
    ['58030', 'the disk failed'],
    ['XX000', 'internal error'],
    ['55P03', 'a lock was not to be had'],
  ])('%s: %s', (code) => {
    expect(isUnansweredSql(fromServer(code))).toBe(true);
    expect(sqlState(fromServer(code))).toBe(code);
  });

  it.each([
    ['28P01', 'wrong password'],
    ['25006', 'a replica writes nothing'],
    ['42501', 'not allowed'],
    ['42P01', 'no such table'],
    ['23505', 'there already'],
    ['22P02', 'not a UUID'],
  ])('is not %s: %s', (code) => expect(isUnansweredSql(fromServer(code))).toBe(false));

  it.each([
    'timeout expired',
    'Query read timeout',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'There was an error establishing an SSL connection',
  ])('is what `pg` calls %s', (message) => expect(isUnansweredSql(new Error(message))).toBe(true));

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND'])('is a socket’s %s', (code) => {
    expect(isUnansweredSql(fromSocket(code))).toBe(true);
    expect(sqlState(fromSocket(code))).toBeUndefined();
  });

  it('is no mistake of ours, and nothing that is no error', () => {
    expect(isUnansweredSql(new TypeError('x is not a function'))).toBe(false);
    expect(isUnansweredSql('timeout expired')).toBe(false);
  });
});

describe('a certificate that is not trusted', () => {
  it.each([
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s', (code) => expect(isUntrusted(fromSocket(code))).toBe(true));

  it.each(['ECONNRESET', '28P01'])('is not %s', (code) => expect(isUntrusted(fromSocket(code))).toBe(false));
});
