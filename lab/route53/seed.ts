import type { LabContext } from '#lab/kernel/context.ts';
import type { Estate, GeoLocation, Region } from '#lib/domain/estate/estate.ts';
import { canonicalName } from './dns-name.ts';
import { completeConfig } from './health-check-config.ts';
import type { HealthCheckStore } from './health-check-store.ts';
import { newZone } from './new-zone.ts';
import type { GeoMatch, RecordSet } from './record-set.ts';
import type { ZoneStore } from './zone-store.ts';

/** Weights of a geography's set sum to this (aws-facts 2.1). */
const WEIGHT_SUM = 200;
const HEALTH_PATH = '/health';

/**
 * The estate's first DNS: one zone, a health check per Region, and two levels of aliases (aws-facts C-21 to C-23). The origin
 * name has a geolocation record for every place of every geography, each an alias to `<geography>.<origin>`; that name has a
 * weighted record per Region, all weight on the home Region.
 */
export function seedDns(ctx: LabContext, zones: ZoneStore, healthChecks: HealthCheckStore) {
  const { estate } = ctx;
  for (const region of estate.regions) seedHealthCheck(region, healthChecks);
  const zone = newZone({
    id: estate.dns.zoneId,
    name: requireName(estate.dns.zoneName),
    callerReference: `${estate.estate}-estate`,
    comment: estate.title,
    vpcs: [],
    random: ctx.random,
  });
  zones.seed({ ...zone, records: [...zone.records, ...originRecords(estate), ...weightedRecords(estate)] });
}

/** Without a port it is not probed; address and port follow once the Region's shop listens. */
function seedHealthCheck(region: Region, healthChecks: HealthCheckStore) {
  const { Port: _default, ...config } = completeConfig(
    {
      Type: 'HTTP',
      FullyQualifiedDomainName: region.loadBalancer.dnsName,
      ResourcePath: HEALTH_PATH,
      RequestInterval: 10,
      FailureThreshold: 3,
    },
    healthChecks.find,
  );
  healthChecks.create(`${region.code}-estate`, config, region.healthCheckId);
}

function originRecords(estate: Estate): RecordSet[] {
  const origin = requireName(estate.dns.originName);
  return estate.geographies.flatMap((geography) =>
    geography.locations.map((location): RecordSet => {
      const place = geoMatch(location);
      return {
        name: origin,
        type: 'A',
        setIdentifier: `${geography.key}-${place.continent ?? (place.country === '*' ? 'default' : place.country)}`,
        routing: { policy: 'geolocation', location: place },
        data: {
          kind: 'alias',
          alias: {
            hostedZoneId: estate.dns.zoneId,
            dnsName: `${geography.key}.${origin}`,
            evaluateTargetHealth: true,
          },
        },
      };
    }),
  );
}

function weightedRecords(estate: Estate): RecordSet[] {
  const origin = requireName(estate.dns.originName);
  return estate.geographies.flatMap((geography) =>
    estate.regions.map(
      (region): RecordSet => ({
        name: `${geography.key}.${origin}`,
        type: 'A',
        setIdentifier: region.code,
        routing: { policy: 'weighted', weight: region.code === geography.homeRegion ? WEIGHT_SUM : 0 },
        healthCheckId: region.healthCheckId,
        data: {
          kind: 'alias',
          alias: {
            hostedZoneId: region.loadBalancer.hostedZoneId,
            dnsName: requireName(region.loadBalancer.dnsName),
            evaluateTargetHealth: true,
          },
        },
      }),
    ),
  );
}

function geoMatch(location: GeoLocation): GeoMatch {
  return 'default' in location ? { country: '*' } : location;
}

function requireName(text: string): string {
  const name = canonicalName(text);
  if (name === undefined)
    throw new Error(`The estate's "${text}" is no domain name; correct it under dns or regions.`);
  return name;
}
