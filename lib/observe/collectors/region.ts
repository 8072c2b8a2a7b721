import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeRouteTablesCommand, DescribeVpcPeeringConnectionsCommand } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, DescribeNodegroupCommand } from '@aws-sdk/client-eks';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expectedEverySeconds, type ObservationKind } from '#lib/domain/observation/kinds.ts';
import { describeInstance, toDatabase } from '../../adapters/aws/database.ts';
import { type CollectContext, type Collected, type Collector, regionOf } from '../collector.ts';
import { regionMetrics } from './metrics.ts';

/** A collector of one observation a Region, named after the Region. */
function regional<K extends ObservationKind>(
  service: string,
  kind: K,
  name: (context: CollectContext) => string,
  read: (context: CollectContext) => Promise<Collected['seen'][number]['value']>,
): Collector {
  return {
    service,
    covers: (context) => [{ kind, name: name(context) }],
    everySeconds: (period) => expectedEverySeconds(kind, period),
    collect: async (context) => ({ seen: [{ kind, name: name(context), value: await read(context) }] }),
  };
}

const database = regional(
  'rds',
  'database',
  (context) => regionOf(context).database.instanceId,
  async (context) => {
    const { code, database: declared } = regionOf(context);
    const instance = await describeInstance(context.clients, code, declared.instanceId);
    if (!instance) throw new Error(`RDS has no instance ${declared.instanceId}`);
    return toDatabase(instance);
  },
);

const nodes = regional(
  'kubernetes',
  'nodes',
  (context) => regionOf(context).code,
  async (context) => requireCluster(context).countReadyNodes(),
);

const service = regional(
  'kubernetes',
  'service',
  (context) => regionOf(context).code,
  async (context) => {
    const { code } = regionOf(context);
    const namespace =
      context.estate.environments.find(({ regions }) => regions.includes(code))?.namespace ?? 'default';
    return requireCluster(context).readService(namespace, 'app-service');
  },
);

function requireCluster(context: CollectContext) {
  if (!context.cluster) throw new Error(`There is no client for the cluster of ${regionOf(context).code}.`);
  return context.cluster;
}

const nodeGroup = regional(
  'eks',
  'node-group',
  (context) => regionOf(context).code,
  async (context) => {
    const { code, cluster } = regionOf(context);
    const { nodegroup } = await context.clients
      .eks(code)
      .send(new DescribeNodegroupCommand({ clusterName: cluster.name, nodegroupName: cluster.nodegroup }));
    const { minSize = 0, maxSize = 0, desiredSize = 0 } = nodegroup?.scalingConfig ?? {};
    return {
      minimum: minSize,
      maximum: maxSize,
      desired: desiredSize,
      status: nodegroup?.status ?? 'UNKNOWN',
    };
  },
);

const cluster = regional(
  'eks',
  'cluster',
  (context) => regionOf(context).code,
  async (context) => {
    const region = regionOf(context);
    const { cluster: found } = await context.clients
      .eks(region.code)
      .send(new DescribeClusterCommand({ name: region.cluster.name }));
    if (!found) throw new Error(`EKS has no cluster ${region.cluster.name}`);
    return {
      name: found.name ?? region.cluster.name,
      arn: found.arn ?? '',
      version: found.version ?? '',
      status: found.status ?? 'UNKNOWN',
      endpointHost: found.endpoint ? new URL(found.endpoint).host : '',
    };
  },
);

const alarms = regional(
  'cloudwatch',
  'alarms',
  (context) => regionOf(context).code,
  async (context) => {
    const { code } = regionOf(context);
    const found = await allPages((NextToken) =>
      context.clients
        .cloudwatch(code)
        .send(
          new DescribeAlarmsCommand({
            MaxRecords: 100,
            AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
            NextToken,
          }),
        )
        .then(({ MetricAlarms = [], CompositeAlarms = [], ...page }) => ({
          items: [...MetricAlarms, ...CompositeAlarms],
          next: page.NextToken,
        })),
    );
    return {
      total: found.length,
      inAlarm: found
        .filter(({ StateValue }) => StateValue === 'ALARM')
        .map((alarm) => ({
          name: alarm.AlarmName ?? '',
          reason: alarm.StateReason ?? '',
          since: alarm.StateUpdatedTimestamp?.toISOString() ?? '',
        })),
    };
  },
);

const identity = regional(
  'sts',
  'identity',
  (context) => regionOf(context).code,
  async (context) => {
    const { Account, Arn } = await context.clients
      .sts(regionOf(context).code)
      .send(new GetCallerIdentityCommand({}));
    return { account: Account ?? '', arn: Arn ?? '' };
  },
);

/** Peerings of the Region's VPC, and the peers that its route tables really reach through an active one. */
const peering = regional(
  'ec2',
  'peering',
  (context) => regionOf(context).code,
  async (context) => {
    const region = regionOf(context);
    const ec2 = context.clients.ec2(region.code);
    const connections = await allPages((NextToken) =>
      ec2
        .send(new DescribeVpcPeeringConnectionsCommand({ NextToken }))
        .then((page) => ({ items: page.VpcPeeringConnections, next: page.NextToken })),
    );
    const own = connections.filter(({ RequesterVpcInfo, AccepterVpcInfo }) =>
      [RequesterVpcInfo?.VpcId, AccepterVpcInfo?.VpcId].includes(region.vpcId),
    );
    const tables = await allPages((NextToken) =>
      ec2
        .send(
          new DescribeRouteTablesCommand({
            Filters: [{ Name: 'vpc-id', Values: [region.vpcId] }],
            NextToken,
          }),
        )
        .then((page) => ({ items: page.RouteTables, next: page.NextToken })),
    );
    const regionOfVpc = (vpcId: string | undefined) =>
      context.estate.regions.find((candidate) => candidate.vpcId === vpcId)?.code ?? 'unknown';
    const peerings = own.map((connection) => {
      const peer =
        connection.RequesterVpcInfo?.VpcId === region.vpcId
          ? connection.AccepterVpcInfo
          : connection.RequesterVpcInfo;
      return {
        id: connection.VpcPeeringConnectionId ?? '',
        peerRegion: regionOfVpc(peer?.VpcId),
        status: connection.Status?.Code ?? 'unknown',
      };
    });
    const routes = tables.flatMap(({ Routes = [] }) => Routes).filter(({ State }) => State === 'active');
    const routesTo = context.estate.regions.filter((other) =>
      peerings.some(
        ({ id, peerRegion, status }) =>
          peerRegion === other.code &&
          status === 'active' &&
          routes.some(
            (route) => route.VpcPeeringConnectionId === id && route.DestinationCidrBlock === other.vpcCidr,
          ),
      ),
    );
    return { peerings, routesTo: routesTo.map(({ code }) => code) };
  },
);

async function allPages<Item>(
  ask: (token: string | undefined) => Promise<{ items: Item[] | undefined; next: string | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token);
    items.push(...(page.items ?? []));
    token = page.next;
  } while (token);
  return items;
}

/** Everything asked of a Region. */
export const regionCollectors: readonly Collector[] = [
  regionMetrics,
  alarms,
  database,
  nodes,
  service,
  nodeGroup,
  cluster,
  peering,
  identity,
];
