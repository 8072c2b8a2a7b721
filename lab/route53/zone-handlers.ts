import type * as route53 from '@aws-sdk/client-route-53';
import type { LabContext } from '#lab/kernel/context.ts';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { canonicalName, reversedLabels } from './dns-name.ts';
import { invalidInput, noSuchHostedZone } from './faults.ts';
import { bareId, resourceId } from './ids.ts';
import { newZone } from './new-zone.ts';
import { pageFrom, pageSize } from './paging.ts';
import type { StoredChange, StoredZone, ZoneStore } from './zone-store.ts';

const PAGE_LIMIT = 100;
const MAX_ZONES = 500;
const MAX_REFERENCE = 128;

/** CreateHostedZone to DeleteHostedZone, the zone lists, features and GetChange. */
export function zoneHandlers(ctx: LabContext, zones: ZoneStore) {
  return {
    CreateHostedZone(input) {
      const name = canonicalName(input.Name ?? '');
      if (!input.Name || name === undefined || name === '.') {
        throw new AwsFault('InvalidDomainName', `The domain name is invalid: ${input.Name}`);
      }
      const callerReference = requireReference(input.CallerReference);
      if (zones.list().some((zone) => zone.callerReference === callerReference)) {
        throw new AwsFault(
          'HostedZoneAlreadyExists',
          'A hosted zone has already been created with the specified caller reference.',
        );
      }
      if (zones.list().length >= MAX_ZONES) {
        throw new AwsFault(
          'TooManyHostedZones',
          `Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more than ${MAX_ZONES} hosted zones.`,
        );
      }
      if (input.HostedZoneConfig?.PrivateZone && !input.VPC) {
        throw invalidInput('When you create a private hosted zone, VPC is required.');
      }
      const zone = newZone({
        id: resourceId('Z', ctx.random),
        name,
        callerReference,
        comment: input.HostedZoneConfig?.Comment,
        vpcs: input.VPC ? [input.VPC] : [],
        random: ctx.random,
      });
      const change = zones.submit(zone, { kind: 'publish-zone', name: zone.name, records: zone.records });
      return {
        HostedZone: describeZone(zone),
        ChangeInfo: describeChange(change),
        DelegationSet: { NameServers: zone.nameServers },
        ...(input.VPC ? { VPC: input.VPC } : {}),
        Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}`,
      };
    },

    GetHostedZone(input) {
      const zone = requireZone(zones, input.Id);
      return {
        HostedZone: describeZone(zone),
        ...(zone.vpcs.length > 0
          ? { VPCs: zone.vpcs }
          : { DelegationSet: { NameServers: zone.nameServers } }),
      };
    },

    GetHostedZoneCount: () => ({ HostedZoneCount: zones.list().length }),

    ListHostedZones(input) {
      const size = pageSize(input.MaxItems, PAGE_LIMIT);
      const all = zones.list();
      const start =
        input.Marker === undefined ? 0 : all.findIndex((zone) => zone.id === bareId(input.Marker));
      if (start < 0) throw invalidInput(`The marker ${input.Marker} is not the id of a hosted zone.`);
      const page = pageFrom(all, start, size);
      return {
        HostedZones: page.items.map(describeZone),
        Marker: input.Marker ?? '',
        IsTruncated: page.next !== undefined,
        ...(page.next ? { NextMarker: page.next.id } : {}),
        MaxItems: size,
      };
    },

    ListHostedZonesByName(input) {
      const size = pageSize(input.MaxItems, PAGE_LIMIT);
      if (input.HostedZoneId !== undefined && input.DNSName === undefined) {
        throw invalidInput('HostedZoneId needs DNSName.');
      }
      const from =
        input.DNSName === undefined ? '' : sortKey(requireName(input.DNSName), bareId(input.HostedZoneId));
      const sorted = zones.list().sort((a, b) => (zoneKey(a) < zoneKey(b) ? -1 : 1));
      const start = sorted.findIndex((zone) => zoneKey(zone) >= from);
      const page = pageFrom(sorted, start < 0 ? sorted.length : start, size);
      return {
        HostedZones: page.items.map(describeZone),
        ...(input.DNSName === undefined ? {} : { DNSName: input.DNSName }),
        ...(input.HostedZoneId === undefined ? {} : { HostedZoneId: input.HostedZoneId }),
        IsTruncated: page.next !== undefined,
        ...(page.next ? { NextDNSName: page.next.name, NextHostedZoneId: page.next.id } : {}),
        MaxItems: size,
      };
    },

    DeleteHostedZone(input) {
      const zone = requireZone(zones, input.Id);
      const required = (type: string, name: string) =>
        (type === 'NS' || type === 'SOA') && name === zone.name;
      if (zone.records.some((record) => !required(record.type, record.name))) {
        throw new AwsFault(
          'HostedZoneNotEmpty',
          'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
        );
      }
      return { ChangeInfo: describeChange(zones.submit(zone, { kind: 'withdraw-zone' })) };
    },

    UpdateHostedZoneComment(input) {
      const zone = { ...requireZone(zones, input.Id), comment: input.Comment };
      zones.update(zone);
      return { HostedZone: describeZone(zone) };
    },

    UpdateHostedZoneFeatures(input) {
      const zone = requireZone(zones, input.HostedZoneId);
      if (input.EnableAcceleratedRecovery === undefined)
        throw invalidInput('EnableAcceleratedRecovery is required.');
      if (zone.vpcs.length > 0)
        throw invalidInput('Accelerated recovery is available for public hosted zones only.');
      zones.switchRecovery(zone, input.EnableAcceleratedRecovery);
      return {};
    },

    GetChange(input) {
      const id = bareId(input.Id);
      const change = zones.findChange(id);
      if (!change)
        throw new AwsFault('NoSuchChange', `Could not find resource with ID: ${id}`, { status: 404 });
      return { ChangeInfo: describeChange(change) };
    },
  } satisfies OperationHandlers<typeof route53>;
}

/** The zone with that id, written with or without `/hostedzone/`, or NoSuchHostedZone. */
export function requireZone(zones: ZoneStore, id: string | undefined): StoredZone {
  const zone = zones.find(bareId(id));
  if (!zone) throw noSuchHostedZone(bareId(id));
  return zone;
}

export function requireReference(reference: string | undefined): string {
  if (!reference || reference.length > MAX_REFERENCE) {
    throw invalidInput(`CallerReference must have 1 to ${MAX_REFERENCE} characters.`);
  }
  return reference;
}

function requireName(text: string): string {
  const name = canonicalName(text);
  if (name === undefined) throw new AwsFault('InvalidDomainName', `The domain name is invalid: ${text}`);
  return name;
}

function zoneKey(zone: StoredZone): string {
  return sortKey(zone.name, zone.id);
}

function sortKey(name: string, id: string): string {
  return `${reversedLabels(name)} ${id}`;
}

function describeZone(zone: StoredZone): route53.HostedZone {
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: zone.name,
    CallerReference: zone.callerReference,
    Config: {
      ...(zone.comment === undefined ? {} : { Comment: zone.comment }),
      PrivateZone: zone.vpcs.length > 0,
    },
    ResourceRecordSetCount: zone.records.length,
    ...(zone.acceleratedRecovery
      ? { Features: { AcceleratedRecoveryStatus: zone.acceleratedRecovery } }
      : {}),
  };
}

export function describeChange(change: StoredChange): route53.ChangeInfo {
  return {
    Id: `/change/${change.id}`,
    Status: change.status,
    SubmittedAt: new Date(change.submittedAtMs),
    ...(change.comment === undefined ? {} : { Comment: change.comment }),
  };
}
