import {
  GetHostedZoneCommand,
  type HealthCheck,
  type HostedZone,
  ListHealthChecksCommand,
} from '@aws-sdk/client-route-53';
import type { Estate } from '#lib/domain/estate/estate.ts';
import {
  expectedEverySeconds,
  type HealthCheckConfig,
  type ZoneObservation,
} from '#lib/domain/observation/kinds.ts';
import { allPages } from '../../adapters/aws/pages.ts';
import { listRecordSets, toWeightedRecords } from '../../adapters/aws/route53.ts';
import { setName } from '../../operations/traffic-shift/records.ts';
import type { WeightedRecord } from '../../ports/aws.ts';
import type { CollectContext, Collector } from '../collector.ts';

/** How the zone can be changed in an outage, and which health check takes each Region out of it. */
export const zone: Collector = {
  service: 'route53',
  covers: ({ estate }) => [{ kind: 'zone', name: estate.dns.zoneId }],
  everySeconds: (period) => expectedEverySeconds('zone', period),
  async collect(context) {
    const { estate, clients } = context;
    const { zoneId } = estate.dns;
    // One after the other: Route 53 counts requests of everybody in the account (aws-facts part 5).
    const { HostedZone } = await clients.route53().send(new GetHostedZoneCommand({ Id: zoneId }));
    const records = toWeightedRecords(await listRecordSets(clients, zoneId));
    const checks = await listHealthChecks(context);
    const value: ZoneObservation = {
      zoneId,
      acceleratedRecovery: HostedZone ? isAccelerated(HostedZone) : null,
      recordChecks: recordChecks(estate, records),
      checks: checks.flatMap(toCheck),
    };
    return { seen: [{ kind: 'zone', name: zoneId, value }] };
  },
};

function listHealthChecks({ clients }: CollectContext): Promise<HealthCheck[]> {
  return allPages((Marker) =>
    clients
      .route53()
      .send(new ListHealthChecksCommand({ Marker }))
      .then((page) => ({ items: page.HealthChecks, next: page.IsTruncated ? page.NextMarker : undefined })),
  );
}

/** A zone for which it was never asked carries no features; being switched on is not on yet. */
function isAccelerated({ Features }: HostedZone): boolean {
  return Features?.AcceleratedRecoveryStatus === 'ENABLED';
}

/** The one check that all weighted records of a Region carry; null where one carries none, or two different ones. */
function recordChecks(estate: Estate, records: readonly WeightedRecord[]): Record<string, string | null> {
  const names = new Set(estate.geographies.map(({ key }) => setName(estate, key)));
  const weighted = records.filter(({ name }) => names.has(name));
  return Object.fromEntries(
    estate.regions.map(({ code }) => {
      const own = weighted.filter(({ setIdentifier }) => setIdentifier === code);
      const [first, ...others] = new Set(own.map(({ healthCheckId }) => healthCheckId));
      return [code, others.length > 0 ? null : (first ?? null)];
    }),
  );
}

function toCheck({ Id, HealthCheckConfig: config }: HealthCheck): HealthCheckConfig[] {
  if (!Id || !config?.Type) return [];
  return [
    {
      id: Id,
      type: config.Type,
      target: targetOf(config),
      searchString: config.SearchString ?? null,
      inverted: config.Inverted ?? false,
      disabled: config.Disabled ?? false,
      intervalSeconds: config.RequestInterval ?? null,
      failureThreshold: config.FailureThreshold ?? null,
      children: config.ChildHealthChecks ?? [],
      healthThreshold: config.HealthThreshold ?? null,
    },
  ];
}

/** `host:port/path`, of what is probed; null for a check that probes nothing itself. */
function targetOf(config: NonNullable<HealthCheck['HealthCheckConfig']>): string | null {
  const host = config.FullyQualifiedDomainName ?? config.IPAddress;
  if (!host) return null;
  const port = config.Port === undefined ? '' : `:${config.Port}`;
  return `${host}${port}${config.ResourcePath ?? ''}`;
}
