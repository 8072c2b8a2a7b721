import type { Answer } from 'dns-packet';
import type { ResolvedRecord } from './resolver.ts';

/** A record in presentation form as dns-packet encodes it. Throws when the value does not fit its type. */
export function toAnswer(record: ResolvedRecord): Answer {
  const { name, type, ttl, value } = record;
  const [first = '', second = '', third = '', ...rest] = value.split(/\s+/);
  switch (type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { name, type, ttl, data: value };
    case 'MX':
      return { name, type, ttl, data: { preference: Number(first), exchange: second } };
    case 'SRV':
      return {
        name,
        type,
        ttl,
        data: {
          priority: Number(first),
          weight: Number(second),
          port: Number(third),
          target: rest[0] ?? '.',
        },
      };
    case 'CAA':
      return {
        name,
        type,
        ttl,
        data: {
          flags: Number(first),
          tag: caaTag(second),
          value: unquoted(value)[0] ?? '',
          issuerCritical: Number(first) >= 128,
        },
      };
    case 'SOA':
      return { name, type, ttl, data: soaData(first, second, [third, ...rest].map(Number)) };
    case 'SPF':
    case 'TXT':
      return { name, type: 'TXT', ttl, data: unquoted(value) };
  }
}

function soaData(mname: string, rname: string, [serial, refresh, retry, expire, minimum]: number[]) {
  return { mname, rname, serial, refresh, retry, expire, minimum };
}

function caaTag(text: string): 'issue' | 'issuewild' | 'iodef' {
  if (text === 'issue' || text === 'issuewild' || text === 'iodef') return text;
  throw new Error(`A CAA record's tag is issue, issuewild or iodef, not "${text}".`);
}

/** The strings of `"a" "b"`, with `\"` and `\\` undone and `\ooo` as the octet. */
export function unquoted(value: string): string[] {
  return [...value.matchAll(/"((?:\\.|[^"\\])*)"/g)].map(([, text = '']) =>
    text.replace(/\\([0-3][0-7]{2}|.)/g, (_, octet: string) =>
      octet.length === 3 ? String.fromCharCode(Number.parseInt(octet, 8)) : octet,
    ),
  );
}
