import {
  type ChangeAction,
  type GeoLocation,
  type ResourceRecordSet,
  ResourceRecordSetRegion,
} from '@aws-sdk/client-route-53';
import { canonicalName } from './dns-name.ts';
import { invalidInput } from './faults.ts';
import {
  type Alias,
  type GeoMatch,
  RECORD_TYPES,
  type RecordData,
  type RecordSet,
  type RecordType,
  type Routing,
} from './record-set.ts';

const MAX_TTL = 2_147_483_647;
const MAX_SET_IDENTIFIER = 128;
const CONTINENTS = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'];
/** Countries in which Route 53 knows subdivisions. */
const DIVIDED_COUNTRIES = ['US', 'UA', 'CA'];

/**
 * The record set of one change, or the `InvalidInput` with which Route 53 refuses a request whose members do not fit together.
 * Values are judged later, with the zone at hand.
 */
export function parseRecordSet(input: ResourceRecordSet, action: ChangeAction): RecordSet {
  const where = describe(input, action);
  const name = canonicalName(input.Name ?? '');
  if (!input.Name || name === undefined)
    throw invalidInput(`Invalid request: Invalid domain name in ${where}`);
  const routing = parseRouting(input, where);
  return {
    name,
    type: parseType(input.Type),
    ...(input.SetIdentifier === undefined ? {} : { setIdentifier: input.SetIdentifier }),
    routing,
    ...(input.HealthCheckId === undefined ? {} : { healthCheckId: input.HealthCheckId }),
    data: parseData(input, where),
  };
}

function describe(input: ResourceRecordSet, action: ChangeAction): string {
  return `Change with [Action=${action}, Name=${input.Name}, Type=${input.Type}, SetIdentifier=${input.SetIdentifier ?? null}]`;
}

function parseType(type: string | undefined): RecordType {
  const known = RECORD_TYPES.find((candidate) => candidate === type);
  if (known) return known;
  throw invalidInput(
    `1 validation error detected: Value '${type}' at 'changeBatch.changes.resourceRecordSet.type' failed to satisfy constraint: Member must satisfy enum value set: [${RECORD_TYPES.join(', ')}]`,
  );
}

function parseRouting(input: ResourceRecordSet, where: string): Routing {
  if (input.CidrRoutingConfig || input.GeoProximityLocation || input.TrafficPolicyInstanceId) {
    throw invalidInput(
      `Invalid request: IP-based routing, geoproximity routing and traffic policies are not part of this lab, in ${where}`,
    );
  }
  const given = [
    input.Weight === undefined ? undefined : weighted(input.Weight, where),
    input.Region === undefined ? undefined : latency(input.Region, where),
    input.Failover === undefined ? undefined : failover(input.Failover, where),
    input.GeoLocation === undefined
      ? undefined
      : ({ policy: 'geolocation', location: geoMatch(input.GeoLocation, where) } as const),
    // Even `false` counts as given (aws-sdk issue 75).
    input.MultiValueAnswer === undefined ? undefined : ({ policy: 'multivalue' } as const),
  ].filter((routing) => routing !== undefined);
  const [routing, ...others] = given;
  const options = '[Weight, Region, Failover, GeoLocation, or MultiValueAnswer]';
  if (others.length > 0)
    throw invalidInput(
      `Invalid request: Expected exactly one of ${options}, but found more than one in ${where}`,
    );
  if (input.SetIdentifier === undefined) {
    if (routing) throw invalidInput(`Invalid request: Missing field 'SetIdentifier' in ${where}`);
    return { policy: 'simple' };
  }
  if (!routing)
    throw invalidInput(`Invalid request: Expected exactly one of ${options}, but found none in ${where}`);
  if (input.SetIdentifier.length < 1 || input.SetIdentifier.length > MAX_SET_IDENTIFIER) {
    throw invalidInput(
      `Invalid request: SetIdentifier must have 1 to ${MAX_SET_IDENTIFIER} characters in ${where}`,
    );
  }
  return routing;
}

function latency(region: string, where: string): Routing {
  if (Object.values<string>(ResourceRecordSetRegion).includes(region)) return { policy: 'latency', region };
  throw invalidInput(`Invalid request: Unknown Region ${region} in ${where}`);
}

function failover(role: string, where: string): Routing {
  if (role === 'PRIMARY' || role === 'SECONDARY') return { policy: 'failover', role };
  throw invalidInput(`Invalid request: Failover must be PRIMARY or SECONDARY, not ${role}, in ${where}`);
}

function weighted(weight: number, where: string): Routing {
  if (!Number.isInteger(weight) || weight < 0 || weight > 255) {
    throw invalidInput(
      `1 validation error detected: Value '${weight}' at 'changeBatch.changes.resourceRecordSet.weight' failed to satisfy constraint: Member must have value between 0 and 255, in ${where}`,
    );
  }
  return { policy: 'weighted', weight };
}

function geoMatch(location: GeoLocation, where: string): GeoMatch {
  const { ContinentCode: continent, CountryCode: country, SubdivisionCode: subdivision } = location;
  const refuse = (problem: string) => invalidInput(`Invalid request: ${problem} in ${where}`);
  if ((continent === undefined) === (country === undefined)) {
    throw refuse('GeoLocation needs either ContinentCode or CountryCode');
  }
  if (continent !== undefined && !CONTINENTS.includes(continent))
    throw refuse(`Unknown ContinentCode ${continent}`);
  if (country !== undefined && country !== '*' && !/^[A-Z]{2}$/.test(country))
    throw refuse(`Unknown CountryCode ${country}`);
  if (subdivision !== undefined && !DIVIDED_COUNTRIES.includes(country ?? '')) {
    throw refuse(`SubdivisionCode is only allowed with CountryCode ${DIVIDED_COUNTRIES.join(', ')}`);
  }
  return {
    ...(continent === undefined ? {} : { continent }),
    ...(country === undefined ? {} : { country }),
    ...(subdivision === undefined ? {} : { subdivision }),
  };
}

function parseData(input: ResourceRecordSet, where: string): RecordData {
  const { AliasTarget: alias, TTL: ttl, ResourceRecords: records = [] } = input;
  const expected =
    'Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]';
  if (alias) {
    if (ttl !== undefined || records.length > 0)
      throw invalidInput(`Invalid request: ${expected}, but found more than one in ${where}`);
    return { kind: 'alias', alias: parseAlias(alias, where) };
  }
  if (ttl === undefined && records.length === 0)
    throw invalidInput(`Invalid request: ${expected}, but found none in ${where}`);
  if (ttl === undefined || records.length === 0) {
    throw invalidInput(
      `Invalid request: Missing field '${ttl === undefined ? 'TTL' : 'ResourceRecords'}' in ${where}`,
    );
  }
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL) {
    throw invalidInput(`Invalid request: TTL must be between 0 and ${MAX_TTL} in ${where}`);
  }
  return { kind: 'values', ttl, values: records.map((record) => record.Value ?? '') };
}

function parseAlias(alias: NonNullable<ResourceRecordSet['AliasTarget']>, where: string): Alias {
  const dnsName = canonicalName(alias.DNSName ?? '');
  if (
    !alias.HostedZoneId ||
    !alias.DNSName ||
    dnsName === undefined ||
    alias.EvaluateTargetHealth === undefined
  ) {
    throw invalidInput(
      `Invalid request: AliasTarget needs HostedZoneId, DNSName and EvaluateTargetHealth in ${where}`,
    );
  }
  return {
    hostedZoneId: alias.HostedZoneId.replace(/^.*\//, ''),
    dnsName,
    evaluateTargetHealth: alias.EvaluateTargetHealth,
  };
}

/** The record set as the API shows it. */
export function toResourceRecordSet(record: RecordSet): ResourceRecordSet {
  return {
    Name: record.name,
    Type: record.type,
    ...(record.setIdentifier === undefined ? {} : { SetIdentifier: record.setIdentifier }),
    ...routingMembers(record.routing),
    ...dataMembers(record.data),
    ...(record.healthCheckId === undefined ? {} : { HealthCheckId: record.healthCheckId }),
  };
}

function routingMembers(routing: Routing): Partial<ResourceRecordSet> {
  switch (routing.policy) {
    case 'simple':
      return {};
    case 'weighted':
      return { Weight: routing.weight };
    case 'latency':
      return { Region: routing.region as ResourceRecordSet['Region'] };
    case 'failover':
      return { Failover: routing.role };
    case 'multivalue':
      return { MultiValueAnswer: true };
    case 'geolocation':
      return { GeoLocation: geoMembers(routing.location) };
  }
}

function geoMembers({ continent, country, subdivision }: GeoMatch): GeoLocation {
  return {
    ...(continent === undefined ? {} : { ContinentCode: continent }),
    ...(country === undefined ? {} : { CountryCode: country }),
    ...(subdivision === undefined ? {} : { SubdivisionCode: subdivision }),
  };
}

function dataMembers(data: RecordData): Partial<ResourceRecordSet> {
  if (data.kind === 'values')
    return { TTL: data.ttl, ResourceRecords: data.values.map((Value) => ({ Value })) };
  const { hostedZoneId, dnsName, evaluateTargetHealth } = data.alias;
  return {
    AliasTarget: { HostedZoneId: hostedZoneId, DNSName: dnsName, EvaluateTargetHealth: evaluateTargetHealth },
  };
}
