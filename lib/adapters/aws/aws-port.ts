import type { AwsPort } from '../../ports/aws.ts';
import { dnsCalls } from '../dns/calls.ts';
import { clusterCalls } from '../kubernetes/calls.ts';
import { sqlCalls } from '../postgres/calls.ts';
import { imageCalls } from './ecr.ts';
import { healthCheckCalls } from './health-checks.ts';
import { networkCalls } from './network.ts';
import { nodeGroupCalls } from './node-groups.ts';
import { createPortContext, type PortOptions } from './port-context.ts';
import { databaseCalls } from './rds.ts';
import { recordCalls } from './route53.ts';
import { switchCalls } from './switch.ts';
import { trafficCalls } from './traffic.ts';
import { utilisationCalls } from './utilisation.ts';

export interface AwsPortOptions extends PortOptions {
  /** Asked about the zone, `192.0.2.53:5353`; none: the zone's own name servers, found by the system's resolvers. */
  nameServers?: readonly string[];
}

/** AWS, the clusters, the databases and DNS for one step of one operation. Call `close` when the step has ended. */
export function createAwsPort(options: AwsPortOptions): AwsPort & { close(): void } {
  const context = createPortContext(options);
  return {
    ...recordCalls(context),
    ...nodeGroupCalls(context),
    ...trafficCalls(context),
    ...utilisationCalls(context),
    ...imageCalls(context),
    ...databaseCalls(context),
    ...networkCalls(context),
    ...switchCalls(context),
    ...healthCheckCalls(context),
    ...clusterCalls(context),
    ...sqlCalls(context),
    ...dnsCalls(context, options.nameServers ?? []),
    close: () => context.close(),
  };
}
