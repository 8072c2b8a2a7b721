import net from 'node:net';
import type * as route53 from '@aws-sdk/client-route-53';
import { type Location, locate } from '#lab/dns/geo.ts';
import type { Resolver } from '#lab/dns/resolver.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { type ExternalTarget, externalTargets } from './alias-targets.ts';
import { applyBatch, type RecordChange } from './change-batch.ts';
import { canonicalName, isWithin } from './dns-name.ts';
import { invalidChangeBatch, invalidInput, noSuchHealthCheck } from './faults.ts';
import type { HealthCheckStore } from './health-check-store.ts';
import { pageFrom, pageSize } from './paging.ts';
import { parseRecordSet, toResourceRecordSet } from './parse-record-set.ts';
import { type Alias, compareRecords, RECORD_TYPES, type RecordSet } from './record-set.ts';
import { describeChange, requireZone } from './zone-handlers.ts';
import type { ZoneStore } from './zone-store.ts';

const PAGE_LIMIT = 300;
const MAX_COMMENT = 256;
/** How long a zone is busy with one batch; another one meanwhile is refused. AWS time. */
const APPLY_AWS_MS = 500;

export interface RecordParts {
  zones: ZoneStore;
  healthChecks: HealthCheckStore;
  resolver: Resolver;
}

/** ListResourceRecordSets, ChangeResourceRecordSets and TestDNSAnswer. */
export function recordHandlers(ctx: LabContext, { zones, healthChecks, resolver }: RecordParts) {
  const busy = new Set<string>();
  const externalTarget: (alias: Alias) => ExternalTarget = externalTargets(ctx.estate, ctx.names);

  return {
    ListResourceRecordSets(input) {
      const zone = requireZone(zones, input.HostedZoneId);
      const size = pageSize(input.MaxItems, PAGE_LIMIT);
      const sorted = [...zone.records].sort(compareRecords);
      const start = startOfPage(sorted, input);
      const page = pageFrom(sorted, start, size);
      return {
        ResourceRecordSets: page.items.map(toResourceRecordSet),
        IsTruncated: page.next !== undefined,
        ...(page.next ? nextPosition(page.next) : {}),
        MaxItems: size,
      };
    },

    async ChangeResourceRecordSets(input) {
      const zone = requireZone(zones, input.HostedZoneId);
      if (busy.has(zone.id)) {
        throw new AwsFault(
          'PriorRequestNotComplete',
          'The request was rejected because Route 53 was still processing a prior request.',
        );
      }
      const changes = parseChanges(input.ChangeBatch);
      for (const { action, record } of changes) {
        if (action === 'DELETE' || record.healthCheckId === undefined) continue;
        if (!healthChecks.find(record.healthCheckId)) throw noSuchHealthCheck(record.healthCheckId);
      }
      const result = applyBatch(zone, changes, externalTarget);
      if (!result.ok) throw invalidChangeBatch(result.messages);
      const comment = input.ChangeBatch?.Comment;
      const change = zones.submit(
        { ...zone, records: result.records },
        { kind: 'change-records', changes },
        comment,
      );
      busy.add(zone.id);
      await new Promise<void>((resolve) => ctx.clock.after(APPLY_AWS_MS, resolve));
      busy.delete(zone.id);
      return { ChangeInfo: describeChange(change) };
    },

    TestDNSAnswer(input) {
      const zone = requireZone(zones, input.HostedZoneId);
      const name = canonicalName(input.RecordName ?? '');
      if (name === undefined || !isWithin(name, zone.name)) {
        throw invalidInput(`RecordName ${input.RecordName} is not in hosted zone ${zone.name}`);
      }
      const type = requireType(input.RecordType);
      const resolution = resolver.resolve(name, type, askedFrom(input));
      return {
        Nameserver: zone.nameServers[0] ?? '',
        RecordName: name,
        RecordType: type,
        RecordData: resolution.answers.map((answer) => answer.value),
        ResponseCode: resolution.code,
        Protocol: 'UDP',
      };
    },
  } satisfies OperationHandlers<typeof route53>;
}

function startOfPage(sorted: readonly RecordSet[], input: route53.ListResourceRecordSetsRequest): number {
  const { StartRecordName: text, StartRecordType: type, StartRecordIdentifier: identifier } = input;
  if (text === undefined) {
    if (type !== undefined || identifier !== undefined) {
      throw invalidInput('StartRecordType and StartRecordIdentifier need StartRecordName.');
    }
    return 0;
  }
  if (identifier !== undefined && type === undefined)
    throw invalidInput('StartRecordIdentifier needs StartRecordType.');
  const name = canonicalName(text);
  if (name === undefined) throw invalidInput(`StartRecordName ${text} is not a domain name.`);
  const from = {
    name,
    ...(type === undefined ? {} : { type }),
    ...(identifier === undefined ? {} : { setIdentifier: identifier }),
  };
  const start = sorted.findIndex((record) => compareRecords(record, from) >= 0);
  return start < 0 ? sorted.length : start;
}

function nextPosition(next: RecordSet) {
  return {
    NextRecordName: next.name,
    NextRecordType: next.type,
    ...(next.setIdentifier === undefined ? {} : { NextRecordIdentifier: next.setIdentifier }),
  };
}

function parseChanges(batch: route53.ChangeBatch | undefined): RecordChange[] {
  const changes = batch?.Changes ?? [];
  if (changes.length === 0) throw invalidInput('Invalid request: ChangeBatch must have at least one Change.');
  if ((batch?.Comment ?? '').length > MAX_COMMENT)
    throw invalidInput(`Invalid request: Comment must have at most ${MAX_COMMENT} characters.`);
  return changes.map(({ Action: action, ResourceRecordSet: record }) => {
    if (action !== 'CREATE' && action !== 'DELETE' && action !== 'UPSERT') {
      throw invalidInput(`Invalid request: Action must be CREATE, DELETE or UPSERT, not ${action}.`);
    }
    if (!record)
      throw invalidInput(
        `Invalid request: Missing field 'ResourceRecordSet' in Change with [Action=${action}]`,
      );
    return { action, record: parseRecordSet(record, action) };
  });
}

function requireType(type: string | undefined) {
  const known = RECORD_TYPES.find((candidate) => candidate === type);
  if (!known) throw invalidInput(`RecordType must be one of ${RECORD_TYPES.join(', ')}, not ${type}.`);
  return known;
}

/** The client subnet if one is given, else the resolver, else somewhere unknown. */
function askedFrom(input: route53.TestDNSAnswerRequest): Location | undefined {
  const address = input.EDNS0ClientSubnetIP ?? input.ResolverIP;
  if (address === undefined) return undefined;
  if (net.isIP(address) === 0) throw invalidInput(`${address} is not an IP address.`);
  return locate(address);
}
