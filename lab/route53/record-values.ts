import net from 'node:net';
import { canonicalName } from './dns-name.ts';
import type { RecordType } from './record-set.ts';

const TXT_STRING_LIMIT = 255;

/** Why a value does not fit its record type, in Route 53's words; undefined when it fits. */
export function valueProblem(type: RecordType, value: string): string | undefined {
  const problem = CHECKS[type](value);
  return problem && `Invalid Resource Record: 'FATAL problem: ${problem} encountered with '${value}''`;
}

const CHECKS = {
  A: (value) =>
    net.isIPv4(value) ? undefined : 'ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)',
  AAAA: (value) =>
    net.isIPv6(value) ? undefined : 'AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)',
  CAA: (value) =>
    /^\d{1,3} (issue|issuewild|iodef) ".*"$/.test(value) && Number.parseInt(value, 10) <= 255
      ? undefined
      : 'CAARRDATAInvalidFormat (Value should be a flag, a tag and a quoted value)',
  CNAME: (value) => nameProblem('CNAMERRDATA', value),
  MX: (value) => fieldsProblem('MX', value, ['preference'], 'a preference and a domain name'),
  NS: (value) => nameProblem('NSRRDATA', value),
  PTR: (value) => nameProblem('PTRRRDATA', value),
  SOA: (value) =>
    /^\S+ \S+( \d{1,10}){5}$/.test(value)
      ? undefined
      : 'SOARRDATAInvalidFormat (Value should be two domain names and five numbers)',
  SPF: textProblem,
  SRV: (value) =>
    fieldsProblem(
      'SRV',
      value,
      ['priority', 'weight', 'port'],
      'a priority, a weight, a port and a domain name',
    ),
  TXT: textProblem,
} satisfies Record<RecordType, (value: string) => string | undefined>;

function nameProblem(prefix: string, value: string): string | undefined {
  return /\s/.test(value) || canonicalName(value) === undefined
    ? `${prefix}IllegalDomainName (Value is not a valid domain name)`
    : undefined;
}

function fieldsProblem(type: string, value: string, numbers: string[], shape: string): string | undefined {
  const fields = value.split(/\s+/);
  const numeric = numbers.every((_, i) => /^\d{1,5}$/.test(fields[i] ?? '') && Number(fields[i]) <= 65_535);
  const target = fields[numbers.length];
  const fits =
    fields.length === numbers.length + 1 &&
    numeric &&
    target !== undefined &&
    canonicalName(target) !== undefined;
  return fits ? undefined : `${type}RRDATAInvalidFormat (Value should be ${shape})`;
}

function textProblem(value: string): string | undefined {
  if (!/^"(?:\\.|[^"\\])*"(?:\s+"(?:\\.|[^"\\])*")*$/.test(value)) {
    return 'InvalidCharacterString (Value should be enclosed in quotation marks)';
  }
  const tooLong = [...value.matchAll(/"((?:\\.|[^"\\])*)"/g)].some(
    ([, text = '']) => text.length > TXT_STRING_LIMIT,
  );
  return tooLong ? 'CharacterStringTooLong (Value is too long)' : undefined;
}
