import net from 'node:net';
import { type HealthCheckConfig, HealthCheckRegion } from '@aws-sdk/client-route-53';
import type { StoredHealthCheck } from '#lab/health-checks/types.ts';
import { invalidInput } from './faults.ts';

const DEFAULT_PORTS: Record<string, number> = {
  HTTP: 80,
  HTTP_STR_MATCH: 80,
  HTTPS: 443,
  HTTPS_STR_MATCH: 443,
};
const KINDS = [
  'HTTP',
  'HTTPS',
  'HTTP_STR_MATCH',
  'HTTPS_STR_MATCH',
  'TCP',
  'CALCULATED',
  'CLOUDWATCH_METRIC',
];
const MIN_REGIONS = 3;
const MAX_CHILDREN = 255;
const MAX_TEXT = 255;

/**
 * The configuration with Route 53's defaults filled in, or the `InvalidInput` with which it is refused. `findCheck` looks up
 * the children of a calculated check.
 */
export function completeConfig(
  config: HealthCheckConfig,
  findCheck: (id: string) => StoredHealthCheck | undefined,
): HealthCheckConfig {
  const type = config.Type;
  if (type === undefined || !KINDS.includes(type)) {
    throw invalidInput(`Invalid request: Type must be one of ${KINDS.join(', ')} in this lab, not ${type}.`);
  }
  const flags = { Inverted: config.Inverted ?? false, Disabled: config.Disabled ?? false };
  if (type === 'CALCULATED') return { ...calculated(config, findCheck), ...flags };
  if (type === 'CLOUDWATCH_METRIC') return { ...alarmed(config), ...flags };
  return { ...endpoint(config, type), ...flags };
}

function refuseMembers(config: HealthCheckConfig, members: (keyof HealthCheckConfig)[]) {
  const present = members.find((member) => config[member] !== undefined);
  if (present)
    throw invalidInput(
      `Invalid request: ${present} is not allowed for a health check of type ${config.Type}.`,
    );
}

function calculated(
  config: HealthCheckConfig,
  findCheck: (id: string) => StoredHealthCheck | undefined,
): HealthCheckConfig {
  refuseMembers(config, [
    'IPAddress',
    'Port',
    'ResourcePath',
    'FullyQualifiedDomainName',
    'SearchString',
    'RequestInterval',
    'FailureThreshold',
    'AlarmIdentifier',
  ]);
  const children = config.ChildHealthChecks ?? [];
  const threshold = config.HealthThreshold;
  if (children.length > MAX_CHILDREN)
    throw invalidInput(`Invalid request: at most ${MAX_CHILDREN} ChildHealthChecks are allowed.`);
  requireInteger('HealthThreshold', threshold, 0, 256);
  for (const id of children) {
    const child = findCheck(id);
    if (!child) throw invalidInput(`Invalid request: ChildHealthChecks names ${id}, which does not exist.`);
    if (child.config.Type === 'CALCULATED') {
      throw invalidInput(
        `Invalid request: ChildHealthChecks names ${id}, a calculated health check; those cannot be nested.`,
      );
    }
  }
  return { ...config, ChildHealthChecks: children };
}

function alarmed(config: HealthCheckConfig): HealthCheckConfig {
  refuseMembers(config, [
    'IPAddress',
    'Port',
    'ResourcePath',
    'FullyQualifiedDomainName',
    'SearchString',
    'RequestInterval',
    'FailureThreshold',
    'ChildHealthChecks',
  ]);
  if (!config.AlarmIdentifier?.Name || !config.AlarmIdentifier.Region) {
    throw invalidInput(
      'Invalid request: AlarmIdentifier with Region and Name is required for a health check of type CLOUDWATCH_METRIC.',
    );
  }
  return {
    ...config,
    InsufficientDataHealthStatus: config.InsufficientDataHealthStatus ?? 'LastKnownStatus',
  };
}

function endpoint(config: HealthCheckConfig, type: string): HealthCheckConfig {
  refuseMembers(config, [
    'ChildHealthChecks',
    'HealthThreshold',
    'AlarmIdentifier',
    'InsufficientDataHealthStatus',
    'RoutingControlArn',
  ]);
  if (config.IPAddress === undefined && config.FullyQualifiedDomainName === undefined) {
    throw invalidInput('Invalid request: either IPAddress or FullyQualifiedDomainName is required.');
  }
  if (config.IPAddress !== undefined) requirePublicAddress(config.IPAddress);
  const port = config.Port ?? DEFAULT_PORTS[type];
  requireInteger('Port', port, 1, 65_535);
  const interval = config.RequestInterval ?? 30;
  if (interval !== 10 && interval !== 30)
    throw invalidInput('Invalid request: RequestInterval must be 10 or 30.');
  const threshold = config.FailureThreshold ?? 3;
  requireInteger('FailureThreshold', threshold, 1, 10);
  requireText('ResourcePath', config.ResourcePath);
  requireText('FullyQualifiedDomainName', config.FullyQualifiedDomainName);
  requireText('SearchString', config.SearchString);
  if (type.endsWith('STR_MATCH') !== (config.SearchString !== undefined)) {
    throw invalidInput(
      `Invalid request: SearchString is ${type.endsWith('STR_MATCH') ? 'required' : 'not allowed'} for a health check of type ${type}.`,
    );
  }
  if (type === 'TCP') refuseMembers(config, ['ResourcePath']);
  if (config.Regions) requireRegions(config.Regions);
  return {
    ...config,
    Port: port,
    RequestInterval: interval,
    FailureThreshold: threshold,
    MeasureLatency: config.MeasureLatency ?? false,
    EnableSNI: config.EnableSNI ?? type.startsWith('HTTPS'),
  };
}

/** Route 53 refuses local and private ranges. Loopback stands for the public addresses of the lab's estate. */
function requirePublicAddress(address: string) {
  const isPrivate =
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0\.|22[4-9]\.|23\d\.|24\d\.|25\d\.)/.test(
      address,
    );
  if (net.isIP(address) === 0 || isPrivate) {
    throw invalidInput(`Invalid request: IPAddress ${address} is not an address that Route 53 can check.`);
  }
}

function requireInteger(member: string, value: number | undefined, min: number, max: number) {
  if (value === undefined || !Number.isInteger(value) || value < min || value > max) {
    throw invalidInput(
      `Invalid request: ${member} must be an integer between ${min} and ${max}, not ${value}.`,
    );
  }
}

function requireText(member: string, value: string | undefined) {
  if (value !== undefined && value.length > MAX_TEXT) {
    throw invalidInput(`Invalid request: ${member} must have at most ${MAX_TEXT} characters.`);
  }
}

function requireRegions(regions: string[]) {
  const known = Object.values<string>(HealthCheckRegion);
  const unknown = regions.find((region) => !known.includes(region));
  if (unknown !== undefined)
    throw invalidInput(
      `Invalid request: no health checkers in Region ${unknown}; there are in ${known.join(', ')}.`,
    );
  if (new Set(regions).size < MIN_REGIONS)
    throw invalidInput(`Invalid request: at least ${MIN_REGIONS} Regions are required.`);
}
