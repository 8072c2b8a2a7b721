import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeRouteTablesCommand, DescribeVpcPeeringConnectionsCommand } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, DescribeNodegroupCommand } from '@aws-sdk/client-eks';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import { linkSubject, PATH_METRIC } from '#lib/domain/observation/kinds.ts';
import { allPages } from '../../adapters/aws/pages.ts';
import { type Collector, clusterOf, regionOf } from '../collector.ts';
import { cache } from './cache.ts';
import { databases } from './databases.ts';
import { regionMetrics } from './metrics.ts';
import { positionCollectors } from './position.ts';
import { queue } from './queue.ts';
import { regional } from './regional.ts';
import { registryCollectors } from './registry.ts';
import { securityGroups } from './security-groups.ts';
import { shopCollectors } from './shop.ts';
import { storage } from './storage.ts';
import { switches } from './switches.ts';

const nodes = regional({
  service: 'kubernetes',
  kind: 'nodes',
  read: async (context) => clusterOf(context).countReadyNodes(),
});

const nodeGroup = regional({
  service: 'eks',
  kind: 'node-group',
  read: async (context) => {
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
});

const cluster = regional({
  service: 'eks',
  kind: 'cluster',
  read: async (context) => {
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
});

const alarms = regional({
  service: 'cloudwatch',
  kind: 'alarms',
  read: async (context) => {
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
});

const identity = regional({
  service: 'sts',
  kind: 'identity',
  read: async (context) => {
    const { Account, Arn } = await context.clients
      .sts(regionOf(context).code)
      .send(new GetCallerIdentityCommand({}));
    return { account: Account ?? '', arn: Arn ?? '' };
  },
});

/** Peerings of the Region's VPC, and the peers that its route tables really reach through an active one. */
const peering = regional({
  service: 'ec2',
  kind: 'peering',
  read: async (context) => {
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
  samples(context, { routesTo }) {
    const { code } = regionOf(context);
    return context.estate.regions
      .filter((other) => other.code !== code)
      .map((other) => ({
        subject: linkSubject(code, other.code),
        metric: PATH_METRIC.name,
        unit: PATH_METRIC.unit,
        atMs: Math.floor(context.nowMs / 1_000) * 1_000,
        value: routesTo.includes(other.code) ? 1 : 0,
      }));
  },
});

/** Everything asked of a Region of the estate. */
export function regionCollectors(estate: Estate, region: Region): readonly Collector[] {
  return [
    securityGroups,
    databases,
    regionMetrics,
    switches,
    ...positionCollectors(estate),
    alarms,
    nodes,
    ...shopCollectors(estate, region),
    ...registryCollectors(estate),
    nodeGroup,
    cluster,
    peering,
    identity,
    storage,
    ...(region.cacheNodes > 0 ? [cache] : []),
    ...(region.queueBrokers > 0 ? [queue] : []),
  ];
}
