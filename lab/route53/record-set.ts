import { reversedLabels } from './dns-name.ts';

/** Types the lab serves. Route 53 knows more (NAPTR, DS, TLSA, SSHFP, SVCB, HTTPS); those are refused, not half-served. */
export const RECORD_TYPES = [
  'A',
  'AAAA',
  'CAA',
  'CNAME',
  'MX',
  'NS',
  'PTR',
  'SOA',
  'SPF',
  'SRV',
  'TXT',
] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

export interface GeoMatch {
  continent?: string;
  /** ISO code, or `*` for the default record. */
  country?: string;
  subdivision?: string;
}

export type Routing =
  | { policy: 'simple' }
  | { policy: 'weighted'; weight: number }
  | { policy: 'latency'; region: string }
  | { policy: 'geolocation'; location: GeoMatch }
  | { policy: 'failover'; role: 'PRIMARY' | 'SECONDARY' }
  | { policy: 'multivalue' };

export interface Alias {
  hostedZoneId: string;
  /** Canonical. */
  dnsName: string;
  evaluateTargetHealth: boolean;
}

export type RecordData = { kind: 'values'; ttl: number; values: string[] } | { kind: 'alias'; alias: Alias };

/** A record set as the zone keeps it: every combination that AWS refuses cannot be written down here. */
export interface RecordSet {
  /** Canonical. */
  name: string;
  type: RecordType;
  setIdentifier?: string;
  routing: Routing;
  healthCheckId?: string;
  data: RecordData;
}

/** What makes a record set one and the same: name, type and set identifier. */
export function recordKey(record: Pick<RecordSet, 'name' | 'type' | 'setIdentifier'>): string {
  return `${record.name} ${record.type} ${record.setIdentifier ?? ''}`;
}

/** Route 53's listing order: name with its labels reversed, type, set identifier; by ASCII. */
export function compareRecords(a: ListPosition, b: ListPosition): number {
  return (
    compareText(reversedLabels(a.name), reversedLabels(b.name)) ||
    compareText(a.type ?? '', b.type ?? '') ||
    compareText(a.setIdentifier ?? '', b.setIdentifier ?? '')
  );
}

export interface ListPosition {
  name: string;
  type?: string;
  setIdentifier?: string;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether a DELETE's record set is the stored one, values in any order. */
export function sameRecord(a: RecordSet, b: RecordSet): boolean {
  return fingerprint(a) === fingerprint(b);
}

function fingerprint(record: RecordSet): string {
  const data =
    record.data.kind === 'values'
      ? [record.data.ttl, [...record.data.values].sort()]
      : aliasParts(record.data.alias);
  return JSON.stringify([
    recordKey(record),
    routingParts(record.routing),
    record.healthCheckId ?? null,
    data,
  ]);
}

function aliasParts(alias: Alias): unknown[] {
  return [alias.hostedZoneId, alias.dnsName, alias.evaluateTargetHealth];
}

function routingParts(routing: Routing): unknown[] {
  switch (routing.policy) {
    case 'simple':
    case 'multivalue':
      return [routing.policy];
    case 'weighted':
      return [routing.policy, routing.weight];
    case 'latency':
      return [routing.policy, routing.region];
    case 'failover':
      return [routing.policy, routing.role];
    case 'geolocation':
      return [routing.policy, geoKey(routing.location)];
  }
}

/** One text per place, so that two records for one place are seen. */
export function geoKey(location: GeoMatch): string {
  return [location.continent, location.country, location.subdivision].map((part) => part ?? '').join('/');
}
