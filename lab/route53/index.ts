import * as route53 from '@aws-sdk/client-route-53';
import { distanceToRegion } from '#lab/dns/distance.ts';
import { createResolver, type Resolver } from '#lab/dns/resolver.ts';
import { createHealthMonitor } from '#lab/health-checks/monitor.ts';
import type { AlarmState, HealthChecks } from '#lab/health-checks/types.ts';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { NameTarget } from '#lab/kernel/names.ts';
import { type AnyHandler, type AwsService, defineService, type Throttle } from '#lab/wire/service.ts';
import { type ControlPlane, createControlPlane } from './control-plane.ts';
import { healthCheckHandlers } from './health-check-handlers.ts';
import { createHealthCheckStore } from './health-check-store.ts';
import { bareId } from './ids.ts';
import { recordHandlers } from './record-handlers.ts';
import { seedDns } from './seed.ts';
import { tagHandlers } from './tag-handlers.ts';
import { zoneHandlers } from './zone-handlers.ts';
import { createZoneStore, type ZoneStore } from './zone-store.ts';

export interface Route53 {
  service: AwsService;
  part: LabPart;
  zones: ZoneStore;
  healthChecks: HealthChecks;
  /** Answers as the name servers do; `startDns` puts it on the wire. */
  resolver: Resolver;
}

export interface Route53Options {
  /** State of a CloudWatch alarm, for health checks that follow one. Default: no alarm has data. */
  alarmState?: (region: string, name: string) => AlarmState;
  /** Real milliseconds of a second of RequestInterval. Default 1,000; tests shorten it. */
  probeSecondMs?: number;
}

/** Token buckets of Route 53's API (aws-facts part 5; Developer Guide, "throttling-api-requests"). */
const THROTTLE: Throttle = {
  account: { burst: 50, perSecond: 10 },
  operations: {
    CreateHealthCheck: { burst: 50, perSecond: 0.5 },
    CreateHostedZone: { burst: 40, perSecond: 2 },
    DeleteHealthCheck: { burst: 15, perSecond: 3 },
    GetHealthCheckLastFailureReason: { burst: 4, perSecond: 1 },
    GetHealthCheckStatus: { burst: 4, perSecond: 1 },
  },
};

/** Route 53: the API, the zones behind it, the health checkers, and the resolver that answers from what has been published. */
export function createRoute53(ctx: LabContext, options: Route53Options = {}): Route53 {
  const controlPlane = createControlPlane(ctx);
  const zones = createZoneStore(ctx, controlPlane);
  const checks = createHealthCheckStore(ctx);
  const tags = ctx.state.collection<Record<string, string>>('route53-tags');

  const monitor = createHealthMonitor(ctx, {
    checks: checks.list,
    find: checks.find,
    locate: (name, port) => locate(ctx.names.find(name), port) ?? locateInZones(resolver, name, port),
    alarmState: options.alarmState ?? (() => 'INSUFFICIENT_DATA'),
    msPerSecond: options.probeSecondMs ?? 1000,
  });
  const resolver = createResolver({
    zones: zones.published,
    isHealthy: monitor.isHealthy,
    names: ctx.names,
    random: ctx.random,
    loadBalancerTtl: ctx.estate.dns.ttlSeconds,
    distance: distanceToRegion(ctx.estate),
  });

  if (zones.list().length === 0 && checks.list().length === 0) seedDns(ctx, zones, checks);
  monitor.refresh();

  const service = defineService({
    module: route53,
    clientName: 'Route53Client',
    throttle: THROTTLE,
    handlers: {
      ...zoneHandlers(ctx, zones),
      ...recordHandlers(ctx, { zones, healthChecks: checks, resolver }),
      ...healthCheckHandlers(checks, monitor),
      ...tagHandlers({
        tags,
        zoneExists: (id) => zones.find(id) !== undefined,
        healthCheckExists: (id) => checks.find(id) !== undefined,
      }),
    },
  });

  return {
    service: {
      ...service,
      handlers: behindControlPlane(service.handlers, controlPlane, zones),
      // From its copy in us-west-2, an hour after us-east-1 was lost (aws-facts B-06).
      servesDuringOutage: () =>
        controlPlane.hasRecovered() &&
        zones.list().some(({ acceleratedRecovery }) => acceleratedRecovery === 'ENABLED'),
    },
    zones,
    resolver,
    healthChecks: {
      ...monitor,
      setTarget(id, target) {
        checks.setTarget(id, target);
        monitor.refresh();
      },
    },
    part: {
      async close() {
        zones.close();
        await monitor.close();
      },
      async reset() {
        zones.clear();
        checks.clear();
        tags.clear();
        monitor.refresh();
        seedDns(ctx, zones, checks);
        monitor.refresh();
      },
    },
  };
}

/** Where a port of an AWS-owned name is in the lab. */
function locate(target: NameTarget | undefined, port: number) {
  const address = target?.addresses()[0];
  return target && address !== undefined ? { address, port: target.port?.(port) ?? port } : undefined;
}

function locateInZones(resolver: Resolver, name: string, port: number) {
  const { answers } = resolver.resolve(name, 'A', undefined);
  const address = answers.find((answer) => answer.type === 'A')?.value;
  return address === undefined ? undefined : { address, port };
}

/** Every operation asks the control plane first. */
function behindControlPlane(
  handlers: AwsService['handlers'],
  controlPlane: ControlPlane,
  zones: ZoneStore,
): AwsService['handlers'] {
  const guarded = Object.entries(handlers).map(([operation, handler]): [string, AnyHandler | undefined] => [
    operation,
    handler &&
      ((input, call) => {
        controlPlane.assertServes(operation, hasRecovery(input, zones));
        return handler(input, call);
      }),
  ]);
  return Object.fromEntries(guarded);
}

/** A call on a zone needs that zone to have accelerated recovery; calls without one need any. */
function hasRecovery(input: Record<string, unknown>, zones: ZoneStore): boolean {
  const id = input.HostedZoneId ?? input.Id;
  const zoneId = typeof id === 'string' ? bareId(id) : undefined;
  const concerned = zones
    .list()
    .filter((zone) => zoneId === undefined || !zones.find(zoneId) || zone.id === zoneId);
  return concerned.some((zone) => zone.acceleratedRecovery === 'ENABLED');
}
