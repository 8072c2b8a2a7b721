import {
  CreateHealthCheckCommand,
  type HealthCheckConfig,
  ListHealthChecksCommand,
} from '@aws-sdk/client-route-53';
import { switchBucketOf } from '#lib/domain/estate/estate.ts';
import { UnansweredError } from '../../ports/aws.ts';
import type { RecoveryPort } from '../../ports/recovery.ts';
import { GLOBAL_REGION } from './clients.ts';
import { allPages } from './pages.ts';
import type { PortContext } from './port-context.ts';
import { OFF, switchKey } from './switch.ts';

type HealthCheckCalls = Pick<
  RecoveryPort,
  'listHealthChecks' | 'createSwitchCheck' | 'createCalculatedCheck'
>;

export function healthCheckCalls(context: PortContext): HealthCheckCalls {
  const { estate, reading, changing, regionOf } = context;

  function create(what: string, callerReference: string, config: HealthCheckConfig): Promise<{ id: string }> {
    return context.change(what, GLOBAL_REGION, async (options) => {
      const { HealthCheck } = await changing
        .route53()
        .send(
          new CreateHealthCheckCommand({ CallerReference: callerReference, HealthCheckConfig: config }),
          options,
        );
      if (!HealthCheck?.Id) throw new UnansweredError(`${what}: Route 53 took it but named no health check`);
      return { id: HealthCheck.Id };
    });
  }

  return {
    listHealthChecks: () =>
      context.read('Route 53 ListHealthChecks', async (options) => {
        const checks = await allPages((Marker) =>
          reading
            .route53()
            .send(new ListHealthChecksCommand({ Marker }), options)
            .then((page) => ({
              items: page.HealthChecks,
              next: page.IsTruncated ? page.NextMarker : undefined,
            })),
        );
        return checks.map(({ Id, CallerReference, HealthCheckConfig }) => {
          if (!Id || !HealthCheckConfig?.Type) {
            throw new UnansweredError('Route 53 described a health check without its id and type');
          }
          return { id: Id, callerReference: CallerReference ?? '', type: HealthCheckConfig.Type };
        });
      }),
    createSwitchCheck: ({ inRegion, region, callerReference }) =>
      create(`Route 53 CreateHealthCheck on the switch of ${region} in ${inRegion}`, callerReference, {
        // By HTTP: what it reads is public, and one word.
        Type: 'HTTP_STR_MATCH',
        FullyQualifiedDomainName: `${switchBucketOf(estate, regionOf(inRegion))}.s3.${inRegion}.amazonaws.com`,
        Port: 80,
        ResourcePath: `/${switchKey(region)}`,
        SearchString: OFF,
        // The word makes it unhealthy. No object, and a peer that is out, leave it healthy.
        Inverted: true,
        RequestInterval: 10,
        // Nothing but the word itself can match, so that one look is enough.
        FailureThreshold: 1,
      }),
    createCalculatedCheck: ({ children, healthThreshold, callerReference }) =>
      create('Route 53 CreateHealthCheck, calculated', callerReference, {
        Type: 'CALCULATED',
        ChildHealthChecks: [...children],
        HealthThreshold: healthThreshold,
      }),
  };
}
