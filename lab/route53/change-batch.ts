import type { ExternalTarget } from './alias-targets.ts';
import { isWithin } from './dns-name.ts';
import { type Alias, geoKey, type RecordSet, type RecordType, recordKey, sameRecord } from './record-set.ts';
import { valueProblem } from './record-values.ts';

export interface RecordChange {
  action: 'CREATE' | 'DELETE' | 'UPSERT';
  record: RecordSet;
}

export interface BatchZone {
  id: string;
  /** Canonical. */
  name: string;
  records: readonly RecordSet[];
}

export type BatchResult = { ok: true; records: RecordSet[] } | { ok: false; messages: string[] };

/** Limits of one request (Route 53 Developer Guide, "Maximums on ChangeResourceRecordSets"). UPSERT counts twice. */
const MAX_RECORDS = 1_000;
const MAX_CHARACTERS = 32_000;
/** Weighted records of one name and type (Route 53 quotas). */
const MAX_WEIGHTED = 100;

/**
 * The zone's records after the whole batch, or every reason why nothing is applied. Changes act in order; rules about several
 * records are judged on the state after the last change.
 */
export function applyBatch(
  zone: BatchZone,
  changes: readonly RecordChange[],
  externalTarget: (alias: Alias) => ExternalTarget,
): BatchResult {
  const messages = [...sizeProblems(changes), ...repeatedChanges(changes)];
  if (messages.length > 0) return { ok: false, messages };

  const records = new Map(zone.records.map((record) => [recordKey(record), record]));
  for (const change of changes) messages.push(...applyOne(zone, records, change));
  if (messages.length > 0) return { ok: false, messages };

  const after = [...records.values()];
  const written = changes.filter((change) => change.action !== 'DELETE').map((change) => change.record);
  messages.push(...apexProblems(zone, after));
  for (const record of written) {
    messages.push(
      ...placeProblems(zone, record, after),
      ...aliasProblems(zone, record, after, externalTarget),
    );
  }
  messages.push(...groupProblems(written, after));
  return messages.length > 0 ? { ok: false, messages: [...new Set(messages)] } : { ok: true, records: after };
}

function sizeProblems(changes: readonly RecordChange[]): string[] {
  let records = 0;
  let characters = 0;
  for (const { action, record } of changes) {
    if (record.data.kind !== 'values') continue;
    const times = action === 'UPSERT' ? 2 : 1;
    records += times * record.data.values.length;
    characters += times * record.data.values.reduce((sum, value) => sum + value.length, 0);
  }
  return [
    ...(records > MAX_RECORDS ? [`Number of records limit of ${MAX_RECORDS} exceeded.`] : []),
    ...(characters > MAX_CHARACTERS ? [`Number of characters limit of ${MAX_CHARACTERS} exceeded.`] : []),
  ];
}

/** One record set may be deleted and created in a batch, but not written twice or deleted twice. */
function repeatedChanges(changes: readonly RecordChange[]): string[] {
  const seen = new Set<string>();
  const repeated = changes.filter(({ action, record }) => {
    const key = `${action === 'DELETE' ? 'delete' : 'write'} ${recordKey(record)}`;
    const again = seen.has(key);
    seen.add(key);
    return again;
  });
  return repeated.map(
    ({ record }) =>
      `The request contains an invalid set of changes for a resource record set '${record.type} ${record.name}'`,
  );
}

function label(record: RecordSet): string {
  const identifier = record.setIdentifier === undefined ? '' : `, set-identifier='${record.setIdentifier}'`;
  return `[name='${record.name}', type='${record.type}'${identifier}]`;
}

function applyOne(
  zone: BatchZone,
  records: Map<string, RecordSet>,
  { action, record }: RecordChange,
): string[] {
  const key = recordKey(record);
  const existing = records.get(key);
  if (!isWithin(record.name, zone.name)) {
    return [`RRSet with DNS name ${record.name} is not permitted in zone ${zone.name}`];
  }
  if (action === 'DELETE') {
    if (!existing) return [`Tried to delete resource record set ${label(record)} but it was not found`];
    if (!sameRecord(existing, record)) {
      return [
        `Tried to delete resource record set ${label(record)} but the values provided do not match the current values`,
      ];
    }
    records.delete(key);
    return [];
  }
  if (action === 'CREATE' && existing) {
    return [`Tried to create resource record set ${label(record)} but it already exists`];
  }
  records.set(key, record);
  return valueProblems(record);
}

function valueProblems(record: RecordSet): string[] {
  if (record.data.kind !== 'values') return [];
  const { values } = record.data;
  const problems = values
    .map((value) => valueProblem(record.type, value))
    .filter((problem) => problem !== undefined);
  if (new Set(values).size < values.length)
    problems.push(`Duplicate Resource Record: '${repeatedValue(values)}'`);
  if (record.type === 'CNAME' && values.length > 1) {
    problems.push(`RRSet of type CNAME with DNS name ${record.name} can have only one record`);
  }
  return problems;
}

function repeatedValue(values: readonly string[]): string | undefined {
  return values.find((value, i) => values.indexOf(value) !== i);
}

function apexProblems(zone: BatchZone, after: readonly RecordSet[]): string[] {
  const has = (type: RecordType) => after.some((record) => record.name === zone.name && record.type === type);
  return [
    ...(has('NS') ? [] : ['A HostedZone must contain at least one NS record for the zone itself.']),
    ...(has('SOA') ? [] : ['A HostedZone must contain exactly one SOA record.']),
  ];
}

/** CNAME at the apex and beside other types; SOA anywhere but the apex. */
function placeProblems(zone: BatchZone, record: RecordSet, after: readonly RecordSet[]): string[] {
  const { name, type } = record;
  if (type === 'CNAME' && name === zone.name) {
    return [`RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${zone.name}`];
  }
  if (type === 'SOA' && name !== zone.name) {
    return [`RRSet of type SOA with DNS name ${name} is not permitted in zone ${zone.name}`];
  }
  const conflict = after.find(
    (other) => other.name === name && other.type !== type && (type === 'CNAME' || other.type === 'CNAME'),
  );
  if (!conflict) return [];
  return [
    `RRSet of type ${type} with DNS name ${name} is not permitted because a conflicting RRSet of type ${conflict.type} with the same DNS name already exists in zone ${zone.name}`,
  ];
}

function aliasProblems(
  zone: BatchZone,
  record: RecordSet,
  after: readonly RecordSet[],
  externalTarget: (alias: Alias) => ExternalTarget,
): string[] {
  if (record.data.kind !== 'alias') return [];
  const { alias } = record.data;
  const attempt = `Tried to create an alias that targets ${alias.dnsName}, type ${record.type} in zone ${alias.hostedZoneId}`;
  if (record.type === 'NS' || record.type === 'SOA') {
    return [`RRSet of type ${record.type} with DNS name ${record.name} cannot be an alias`];
  }
  const target =
    alias.hostedZoneId === zone.id ? targetInZone(zone, record, alias, after) : externalTarget(alias);
  switch (target) {
    case 'found':
      return [];
    case 'not-found':
      return [`${attempt}, but that target was not found`];
    case 'not-in-zone':
      return [`${attempt}, but the alias target name does not lie within the target zone`];
  }
}

function targetInZone(
  zone: BatchZone,
  record: RecordSet,
  alias: Alias,
  after: readonly RecordSet[],
): ExternalTarget {
  if (!isWithin(alias.dnsName, zone.name)) return 'not-in-zone';
  const exists = after.some(
    (other) =>
      other.name === alias.dnsName && other.type === record.type && recordKey(other) !== recordKey(record),
  );
  return exists && alias.dnsName !== record.name ? 'found' : 'not-found';
}

/** Rules over all record sets of one name and type. */
function groupProblems(written: readonly RecordSet[], after: readonly RecordSet[]): string[] {
  return written.flatMap((record) => {
    const others = after.filter(
      (other) =>
        other.name === record.name && other.type === record.type && recordKey(other) !== recordKey(record),
    );
    return [...policyProblems(record, others), ...overlapProblems(record, others)];
  });
}

function policyProblems(record: RecordSet, others: readonly RecordSet[]): string[] {
  const { policy } = record.routing;
  const stranger = others.find((other) => other.routing.policy !== policy);
  if (stranger && (policy === 'simple' || stranger.routing.policy === 'simple')) {
    return [
      `RRSet with DNS name ${record.name}, type ${record.type} cannot be created as other RRSets exist with the same name and type.`,
    ];
  }
  if (stranger) {
    return [`${titled(record)} cannot be created as a non-${policy} set exists with the same name and type.`];
  }
  if (policy === 'weighted' && others.length + 1 > MAX_WEIGHTED) {
    return [
      `${titled(record)} cannot be created as there are already ${MAX_WEIGHTED} weighted RRSets with the same name and type.`,
    ];
  }
  const ttl = ttlOf(record);
  const otherTtls = others.map(ttlOf).filter((value) => value !== undefined);
  if (policy === 'weighted' && ttl !== undefined && otherTtls.some((other) => other !== ttl)) {
    return [`${titled(record)} cannot be created as weighted sets must contain the same TTL.`];
  }
  return [];
}

/** Two records for one Region, one place or one failover role. */
function overlapProblems(record: RecordSet, others: readonly RecordSet[]): string[] {
  const slot = slotOf(record);
  if (slot === undefined || !others.some((other) => slotOf(other)?.key === slot.key)) return [];
  return [
    `${titled(record)}, and ${slot.shown} cannot be created because a ${record.routing.policy} RRSet with the same name, type and ${slot.noun} already exists.`,
  ];
}

function slotOf(record: RecordSet): { key: string; shown: string; noun: string } | undefined {
  const { routing } = record;
  switch (routing.policy) {
    case 'latency':
      return { key: routing.region, shown: `Region Name=${routing.region}`, noun: 'region' };
    case 'failover':
      return { key: routing.role, shown: `Failover=${routing.role}`, noun: 'failover role' };
    case 'geolocation':
      return {
        key: geoKey(routing.location),
        shown: `GeoLocation=${geoKey(routing.location)}`,
        noun: 'geolocation',
      };
    default:
      return undefined;
  }
}

function titled(record: RecordSet): string {
  return `RRSet with DNS name ${record.name}, type ${record.type}, SetIdentifier ${record.setIdentifier}`;
}

function ttlOf(record: RecordSet): number | undefined {
  return record.data.kind === 'values' ? record.data.ttl : undefined;
}
