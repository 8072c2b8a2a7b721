import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditEntry, encodeAuditEntry } from './entry.ts';

const base: AuditEntry = { verb: 'test.act', actor: { kind: 'system', id: 'clock' }, outcome: 'done' };
const encodeDetail = (detail: Record<string, unknown>): string => {
  const text = encodeAuditEntry({ ...base, detail });
  return text.slice(text.indexOf('"detail":') + 9, text.indexOf(',"outcome"'));
};

describe('canonical JSON (RFC 8785)', () => {
  it('sorts keys and leaves no space', () => {
    expect(encodeAuditEntry({ ...base, subject: 'operation/OP-1001', environment: 'production' })).toBe(
      '{"actor":{"id":"clock","kind":"system"},"environment":"production","outcome":"done","subject":"operation/OP-1001","verb":"test.act"}',
    );
  });

  it('is the same whatever the order of keys', () => {
    const { verb, actor, outcome } = base;
    expect(encodeAuditEntry({ outcome, actor: { id: actor.id, kind: actor.kind }, verb })).toBe(
      encodeAuditEntry(base),
    );
  });

  // RFC 8785 3.2.2: numbers, strings and literals of its sample.
  it('writes the sample of section 3.2.2', () => {
    expect(
      encodeDetail({
        numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
        string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
        literals: [null, true, false],
      }),
    ).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  // RFC 8785 3.2.3: keys by UTF-16 code units.
  it('sorts the sample of section 3.2.3', () => {
    const text = encodeDetail({
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    });
    expect(Object.values(JSON.parse(text))).toHaveLength(7);
    expect([...text.matchAll(/:"([^"]+)"/g)].map(([, name]) => name)).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  // RFC 8785 appendix B.
  it.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [1e23, '1e+23'],
    [999999999999999700000, '999999999999999700000'],
    [1e21, '1e+21'],
    [9.999999999999997e-7, '9.999999999999997e-7'],
    [0.000001, '0.000001'],
    [333333333.33333325, '333333333.33333325'],
    [-0.0000033333333333333333, '-0.0000033333333333333333'],
    [1424953923781206.2, '1424953923781206.2'],
  ])('writes the number %d as %s', (value, text) => {
    expect(encodeDetail({ value })).toBe(`{"value":${text}}`);
  });
});

describe('what has no JSON or no PostgreSQL text of its own', () => {
  it.each<[string, unknown, string]>([
    ['NUL', 'a\0b', '"a\ufffdb"'],
    ['half of a surrogate pair', 'a\ud800b', '"a\ufffdb"'],
    ['a date', new Date('2026-11-23T10:00:00.000Z'), '"2026-11-23T10:00:00.000Z"'],
    ['a date that is none', new Date('never'), '"not a date"'],
    ['a number that is none', Number.NaN, '"NaN"'],
    ['infinity', Number.NEGATIVE_INFINITY, '"-Infinity"'],
    ['a big integer', 12345678901234567890n, '"12345678901234567890"'],
    ['a gap in a list', [1, undefined, 2], '[1,null,2]'],
    ['nothing', null, 'null'],
  ])('%s is still recorded', (_, value, text) => {
    expect(encodeDetail({ value })).toBe(`{"value":${text}}`);
  });

  it('leaves out what is undefined', () => {
    expect(encodeAuditEntry({ ...base, subject: undefined })).toBe(encodeAuditEntry(base));
  });

  it('keys as well as values', () => {
    expect(encodeDetail({ 'a\0': 1 })).toBe('{"a\ufffd":1}');
  });
});

it('any detail is encoded, means what it meant, and encodes the same again', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (detail) => {
      const text = encodeAuditEntry({ ...base, detail });
      const read = JSON.parse(text) as AuditEntry;
      expect(encodeAuditEntry(read)).toBe(text);
      expect(text.includes('\0')).toBe(false);
      expect(text.isWellFormed()).toBe(true);
    }),
  );
});
