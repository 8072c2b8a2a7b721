import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { describeHandlers } from './describe.ts';
import type { LabNetwork } from './network.ts';
import { createPeerings } from './peerings.ts';
import { routeHandlers } from './routes.ts';
import { securityGroupHandlers } from './security-groups.ts';

export { createNetwork, type LabNetwork, type Network, type SecurityGroupOracle } from './network.ts';

/** EC2's buckets for describing and for changing calls, as its guide to request throttling gives them. */
const READS = { burst: 100, perSecond: 20 };
const WRITES = { burst: 50, perSecond: 5 };

/** EC2's networking over `network`. The SDK's client is heavy, so it is loaded with the first call. */
export function createEc2(ctx: LabContext, network: LabNetwork): { service: AwsService; part: LabPart } {
  const peerings = createPeerings(ctx, network);
  const reads = describeHandlers(ctx, network);
  const writes = {
    ...peerings.handlers,
    ...routeHandlers(ctx, network),
    ...securityGroupHandlers(ctx, network),
  };
  const rates = (handlers: object, bucket: typeof READS) =>
    Object.keys(handlers).map((name) => [name, bucket]);
  peerings.resume();
  return {
    service: defineService({
      clientName: 'EC2Client',
      loadModule: () => import('@aws-sdk/client-ec2'),
      signingName: 'ec2',
      handlers: { ...reads, ...writes },
      throttle: { operations: Object.fromEntries([...rates(reads, READS), ...rates(writes, WRITES)]) },
    }),
    part: {
      async reset() {
        peerings.stop();
      },
      async close() {
        peerings.stop();
      },
    },
  };
}
