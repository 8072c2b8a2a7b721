import * as eks from '@aws-sdk/client-eks';
import { securityGroupId, subnetsOf } from '#lab/ec2/estate-network.ts';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { Cluster, Clusters } from '#lab/kubernetes/types.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import type { Region } from '#lib/domain/estate/estate.ts';
import { invalidRequest, notFound } from './faults.ts';
import { createNodeGroups, type NodeGroupRecord, type UpdateRecord } from './node-groups.ts';
import { paged } from './paging.ts';

/** AWS publishes no numbers (aws-facts part 5): tight enough that a client which polls without pause is refused. */
const RATE = { burst: 40, perSecond: 10 };

export interface EksDependencies {
  clusters: Clusters;
}

/** EKS of each Region: one cluster, whose endpoint and authority are those of the lab's Kubernetes API, with one node group. */
export function createEks(
  ctx: LabContext,
  { clusters }: EksDependencies,
): { service: AwsService; part: LabPart } {
  const { account, estate } = ctx.estate;
  const groups = createNodeGroups(ctx, clusters);

  function findCluster(region: string, name: string | undefined): Cluster {
    const cluster = clusters.region(region);
    if (!cluster || cluster.name !== name)
      throw notFound(`No cluster found for name: ${name}.`, { clusterName: name });
    return cluster;
  }

  function findGroup(
    region: string,
    clusterName: string | undefined,
    nodegroupName: string | undefined,
  ): NodeGroupRecord {
    findCluster(region, clusterName);
    const group = groups.find(region, nodegroupName ?? '');
    if (!group)
      throw notFound(`No node group found for name: ${nodegroupName}.`, { clusterName, nodegroupName });
    return group;
  }

  function regionOf(code: string): Region {
    const region = ctx.estate.regions.find((candidate) => candidate.code === code);
    if (!region) throw notFound(`The estate has no Region ${code}.`);
    return region;
  }

  const service = defineService({
    module: eks,
    clientName: 'EKSClient',
    throttle: { account: RATE },
    handlers: {
      ListClusters(input, { region }) {
        const cluster = clusters.region(region);
        const { page, nextToken } = paged(cluster ? [cluster.name] : [], input);
        return { clusters: page, nextToken };
      },
      DescribeCluster(input, { region }) {
        const cluster = findCluster(region, input.name);
        const tags = { estate };
        const createdAtMs = groups.list(region)[0]?.createdAtMs ?? ctx.clock.now();
        return {
          cluster: {
            ...showCluster(cluster, regionOf(region), account),
            tags,
            createdAt: new Date(createdAtMs),
          },
        };
      },
      ListNodegroups(input, { region }) {
        findCluster(region, input.clusterName);
        const names = groups.list(region).map(({ name }) => name);
        const { page, nextToken } = paged(names, input);
        return { nodegroups: page, nextToken };
      },
      DescribeNodegroup(input, { region }) {
        const group = findGroup(region, input.clusterName, input.nodegroupName);
        const cluster = findCluster(region, input.clusterName);
        return { nodegroup: showGroup(group, cluster, regionOf(region), account) };
      },
      UpdateNodegroupConfig(input, { region }) {
        const group = findGroup(region, input.clusterName, input.nodegroupName);
        const subject = { clusterName: group.clusterName, nodegroupName: group.name };
        if (input.labels || input.taints || input.updateConfig || input.nodeRepairConfig) {
          throw invalidRequest(
            'The lab changes scalingConfig only: leave out labels, taints, updateConfig and nodeRepairConfig',
            subject,
          );
        }
        if (!input.scalingConfig)
          throw invalidRequest('scalingConfig is required: nothing else was given to change', subject);
        return { update: showUpdate(groups.update(group, input.scalingConfig, input.clientRequestToken)) };
      },
      DescribeUpdate(input, { region }) {
        findCluster(region, input.name);
        if (input.nodegroupName) findGroup(region, input.name, input.nodegroupName);
        const update = groups.updates(region, input.nodegroupName).find(({ id }) => id === input.updateId);
        if (!update) throw notFound(`No update found for ID: ${input.updateId}`, { clusterName: input.name });
        return { update: showUpdate(update) };
      },
      ListUpdates(input, { region }) {
        findCluster(region, input.name);
        if (input.nodegroupName) findGroup(region, input.name, input.nodegroupName);
        const ids = groups.updates(region, input.nodegroupName).map(({ id }) => id);
        const { page, nextToken } = paged(ids, input);
        return { updateIds: page, nextToken };
      },
    },
  });

  return {
    service,
    part: {
      async reset() {
        groups.reset();
      },
      async close() {
        groups.close();
      },
    },
  };

  function showCluster(cluster: Cluster, region: Region, owner: string): eks.Cluster {
    const nodes = subnetsOf(region).filter(({ tier }) => tier === 'app');
    return {
      name: cluster.name,
      arn: cluster.arn,
      version: cluster.version,
      platformVersion: 'eks.12',
      status: 'ACTIVE',
      endpoint: cluster.url,
      certificateAuthority: { data: Buffer.from(clusters.ca).toString('base64') },
      roleArn: `arn:aws:iam::${owner}:role/${cluster.name}-cluster`,
      accessConfig: { authenticationMode: 'API' },
      kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16', ipFamily: 'ipv4' },
      resourcesVpcConfig: {
        vpcId: region.vpcId,
        subnetIds: nodes.map(({ id }) => id),
        clusterSecurityGroupId: securityGroupId(region.code, 'cluster'),
        securityGroupIds: [],
        endpointPublicAccess: true,
        endpointPrivateAccess: true,
        publicAccessCidrs: ['0.0.0.0/0'],
      },
      health: { issues: [] },
    };
  }
}

function showGroup(group: NodeGroupRecord, cluster: Cluster, region: Region, account: string): eks.Nodegroup {
  return {
    nodegroupName: group.name,
    nodegroupArn: `arn:aws:eks:${group.region}:${account}:nodegroup/${group.clusterName}/${group.name}`,
    clusterName: group.clusterName,
    version: cluster.version,
    status: group.status,
    capacityType: 'ON_DEMAND',
    scalingConfig: group.scaling,
    instanceTypes: ['m6i.xlarge'],
    amiType: 'AL2023_x86_64_STANDARD',
    diskSize: 50,
    subnets: subnetsOf(region).flatMap(({ tier, id }) => (tier === 'app' ? [id] : [])),
    nodeRole: `arn:aws:iam::${account}:role/${group.clusterName}-node`,
    labels: {},
    resources: { autoScalingGroups: [{ name: `eks-${group.name}-${group.region}` }] },
    health: { issues: [] },
    updateConfig: { maxUnavailable: 1 },
    createdAt: new Date(group.createdAtMs),
    modifiedAt: new Date(group.modifiedAtMs),
    tags: {},
  };
}

const showUpdate = ({ id, status, params, createdAtMs }: UpdateRecord): eks.Update => ({
  id,
  status,
  type: 'ConfigUpdate',
  params,
  createdAt: new Date(createdAtMs),
  errors: [],
});
