import {
  AcceptVpcPeeringConnectionCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeAvailabilityZonesCommand,
  DescribeNetworkAclsCommand,
  DescribeRegionsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  EC2Client,
  ReplaceRouteCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClusterLab, startClusterLab } from './support/clusters.ts';

const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const VPC = { [US]: 'vpc-0a00000000000001', [EU]: 'vpc-0a00000000000002', [AP]: 'vpc-0a00000000000003' };
const CIDR = { [US]: '10.0.0.0/16', [EU]: '10.1.0.0/16', [AP]: '10.2.0.0/16' };
const US_EU = 'pcx-0a00000000000001';

type Region = keyof typeof VPC;

let lab: ClusterLab;
const clients = new Map<Region, EC2Client>();

beforeAll(async () => {
  lab = await startClusterLab({ timeScale: 1200 });
  for (const region of [US, EU, AP]) clients.set(region, new EC2Client(lab.sdk(region)));
});
afterAll(() => lab.close());
beforeEach(() => lab.reset());

function ec2(region: Region): EC2Client {
  const client = clients.get(region);
  if (!client) throw new Error(`No client of ${region}`);
  return client;
}

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 3000, interval: 10 });
const status = async (region: Region, id: string | undefined) =>
  (await ec2(region).send(new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [id ?? ''] })))
    .VpcPeeringConnections?.[0]?.Status?.Code;

async function privateTable(region: Region) {
  const filter = { Name: 'association.main', Values: ['true'] };
  const { RouteTables } = await ec2(region).send(new DescribeRouteTablesCommand({ Filters: [filter] }));
  const [table] = RouteTables ?? [];
  if (!table?.RouteTableId) throw new Error(`No main route table in ${region}`);
  return { ...table, RouteTableId: table.RouteTableId };
}

async function peer(from: Region, to: Region) {
  const { VpcPeeringConnection } = await ec2(from).send(
    new CreateVpcPeeringConnectionCommand({ VpcId: VPC[from], PeerVpcId: VPC[to], PeerRegion: to }),
  );
  const id = VpcPeeringConnection?.VpcPeeringConnectionId ?? '';
  await until(async () => expect(await status(to, id)).toBe('pending-acceptance'));
  return id;
}

async function route(region: Region, to: Region, peering: string) {
  const { RouteTableId } = await privateTable(region);
  await ec2(region).send(
    new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: CIDR[to], VpcPeeringConnectionId: peering }),
  );
}

describe('the network as the estate has it', () => {
  it('joins US with EU and US with AP, and nothing joins EU with AP', async () => {
    const { VpcPeeringConnections } = await ec2(US).send(new DescribeVpcPeeringConnectionsCommand({}));
    expect(VpcPeeringConnections?.map(({ AccepterVpcInfo }) => AccepterVpcInfo?.Region)).toEqual([EU, AP]);
    const { Routes } = await privateTable(EU);
    expect(Routes?.filter(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId)).toEqual([
      expect.objectContaining({
        DestinationCidrBlock: CIDR[US],
        State: 'active',
        VpcPeeringConnectionId: US_EU,
      }),
    ]);
    const pairs = [US, EU, AP].flatMap((from) => [US, EU, AP].map((to) => [from, to] as const));
    const open = pairs.filter(([from, to]) => lab.network.reachable(from, to)).map((pair) => pair.join('>'));
    expect(open).toEqual([
      'us-east-1>us-east-1',
      'us-east-1>eu-west-1',
      'us-east-1>ap-southeast-1',
      'eu-west-1>us-east-1',
      'eu-west-1>eu-west-1',
      'ap-southeast-1>us-east-1',
      'ap-southeast-1>ap-southeast-1',
    ]);
  });

  it('lists VPCs, subnets, ACLs, Regions and zones, filtered and by page', async () => {
    const { Vpcs } = await ec2(AP).send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'tag:Name', Values: ['ecommerce-*'] }] }),
    );
    expect(Vpcs).toEqual([
      expect.objectContaining({ VpcId: VPC[AP], CidrBlock: CIDR[AP], State: 'available' }),
    ]);
    const first = await ec2(EU).send(new DescribeSubnetsCommand({ MaxResults: 5 }));
    const second = await ec2(EU).send(
      new DescribeSubnetsCommand({ MaxResults: 5, NextToken: first.NextToken }),
    );
    expect([first.Subnets?.length, second.Subnets?.length, second.NextToken]).toEqual([5, 4, undefined]);
    const acls = await ec2(US).send(
      new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [VPC[US]] }] }),
    );
    expect(acls.NetworkAcls?.[0]?.Entries).toHaveLength(4);
    const { Regions } = await ec2(US).send(new DescribeRegionsCommand({}));
    expect(Regions?.map(({ RegionName }) => RegionName)).toEqual([AP, EU, US, 'us-west-2']);
    const { AvailabilityZones } = await ec2(AP).send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones?.[0]).toMatchObject({ ZoneName: 'ap-southeast-1a', ZoneId: 'apse1-az1' });
  });
});

describe('closing the gap between EU and AP', () => {
  it('opens the path only with an accepted peering and routes on both sides', async () => {
    const changes = vi.fn();
    lab.network.onChange(changes);
    const id = await peer(EU, AP);
    const wrongRegion = new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id });
    await expect(ec2(EU).send(wrongRegion)).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    await route(EU, AP, id);
    const { Routes } = await privateTable(EU);
    expect(Routes?.find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === id)?.State).toBe(
      'blackhole',
    );

    const accepted = await ec2(AP).send(
      new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }),
    );
    expect(accepted.VpcPeeringConnection?.Status?.Code).toBe('provisioning');
    await until(async () => expect(await status(EU, id)).toBe('active'));
    expect(lab.network.reachable(EU, AP)).toBe(false);
    await route(AP, EU, id);
    expect([lab.network.reachable(EU, AP), lab.network.reachable(AP, EU)]).toEqual([true, true]);
    expect(changes).toHaveBeenCalled();

    await ec2(AP).send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }));
    expect(lab.network.reachable(EU, AP)).toBe(false);
    await until(async () => expect(await status(EU, id)).toBe('deleted'));
    const again = new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id });
    await expect(ec2(AP).send(again)).rejects.toMatchObject({ name: 'InvalidStateTransition' });
  });

  it('cannot send EU’s traffic to AP over the peering with US', async () => {
    await route(EU, AP, US_EU);
    expect(lab.network.reachable(EU, AP)).toBe(false);
  });

  it('fails a request to a VPC that is not there, and refuses one that exists', async () => {
    const wrong = await ec2(EU).send(
      new CreateVpcPeeringConnectionCommand({ VpcId: VPC[EU], PeerVpcId: VPC[US], PeerRegion: AP }),
    );
    await until(async () =>
      expect(await status(EU, wrong.VpcPeeringConnection?.VpcPeeringConnectionId)).toBe('failed'),
    );
    const twin = new CreateVpcPeeringConnectionCommand({
      VpcId: VPC[EU],
      PeerVpcId: VPC[US],
      PeerRegion: US,
    });
    await expect(ec2(EU).send(twin)).rejects.toMatchObject({ name: 'VpcPeeringConnectionAlreadyExists' });
  });
});

describe('routes', () => {
  it('fences EU from US by deleting one route, and mends it', async () => {
    const { RouteTableId } = await privateTable(EU);
    const entry = { RouteTableId, DestinationCidrBlock: CIDR[US] };
    await ec2(EU).send(new DeleteRouteCommand(entry));
    expect(lab.network.reachable(US, EU)).toBe(false);
    await expect(ec2(EU).send(new DeleteRouteCommand(entry))).rejects.toMatchObject({
      name: 'InvalidRoute.NotFound',
    });
    await ec2(EU).send(new CreateRouteCommand({ ...entry, VpcPeeringConnectionId: US_EU }));
    expect(lab.network.reachable(US, EU)).toBe(true);
  });

  it('follows the most specific route that covers the peer', async () => {
    const { RouteTableId, Routes } = await privateTable(EU);
    const nat = Routes?.find(({ NatGatewayId }) => NatGatewayId)?.NatGatewayId;
    await ec2(EU).send(
      new ReplaceRouteCommand({ RouteTableId, DestinationCidrBlock: CIDR[US], NatGatewayId: nat }),
    );
    expect(lab.network.reachable(EU, US)).toBe(false);
  });

  it.each<[string, { cidr?: string; table?: string; peering?: string }, string]>([
    ['one that exists', { cidr: CIDR[US] }, 'RouteAlreadyExists'],
    ['the VPC’s own network', { cidr: '10.1.4.0/24' }, 'InvalidParameterValue'],
    ['what is no network', { cidr: '10.300.0.0/16' }, 'InvalidParameterValue'],
    ['a table of another Region', { table: 'rtb-0123456789abcdef0' }, 'InvalidRouteTableID.NotFound'],
    ['what is no table', { table: 'table' }, 'InvalidRouteTableID.Malformed'],
    ['an unknown peering', { peering: 'pcx-0123456789abcdef0' }, 'InvalidVpcPeeringConnectionID.NotFound'],
    [
      'a peering of other VPCs',
      { peering: 'pcx-0a00000000000002' },
      'InvalidVpcPeeringConnectionID.NotFound',
    ],
  ])('refuses %s', async (_what, { cidr = '10.9.0.0/16', table, peering = US_EU }, name) => {
    const { RouteTableId } = await privateTable(EU);
    const command = new CreateRouteCommand({
      RouteTableId: table ?? RouteTableId,
      DestinationCidrBlock: cidr,
      VpcPeeringConnectionId: peering,
    });
    await expect(ec2(EU).send(command)).rejects.toMatchObject({ name });
  });
});

describe('security groups', () => {
  const database = async (region: Region) => {
    const filter = { Name: 'group-name', Values: ['ecommerce-database'] };
    const { SecurityGroups } = await ec2(region).send(
      new DescribeSecurityGroupsCommand({ Filters: [filter] }),
    );
    return SecurityGroups?.[0];
  };

  it('lets other Regions in by their network, and the own application by its group', async () => {
    const group = await database(EU);
    const [ingress] = group?.IpPermissions ?? [];
    expect(ingress).toMatchObject({ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 });
    expect(ingress?.IpRanges?.map(({ CidrIp }) => CidrIp)).toEqual([CIDR[US], CIDR[AP]]);
    expect(ingress?.UserIdGroupPairs).toHaveLength(1);
    expect(lab.network.securityGroups.initial(EU)).toBe(group?.GroupId);
    expect(lab.network.securityGroups.allows(EU, [group?.GroupId ?? ''], 5432)).toBe(true);
  });

  it('closes a port by revoking its rules', async () => {
    const group = await database(US);
    const id = group?.GroupId ?? '';
    const filter = { Name: 'group-id', Values: [id] };
    const { SecurityGroupRules } = await ec2(US).send(
      new DescribeSecurityGroupRulesCommand({ Filters: [filter] }),
    );
    const ids = SecurityGroupRules?.flatMap((rule) =>
      rule.IsEgress ? [] : (rule.SecurityGroupRuleId ?? []),
    );
    await ec2(US).send(new RevokeSecurityGroupIngressCommand({ GroupId: id, SecurityGroupRuleIds: ids }));
    expect(lab.network.securityGroups.allows(US, [id], 5432)).toBe(false);
    const rule = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '10.1.0.0/16' }] };
    const open = new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [rule] });
    expect((await ec2(US).send(open)).SecurityGroupRules?.[0]).toMatchObject({
      CidrIpv4: '10.1.0.0/16',
      FromPort: 5432,
    });
    expect(lab.network.securityGroups.allows(US, [id], 5432)).toBe(true);
    await expect(ec2(US).send(open)).rejects.toMatchObject({ name: 'InvalidPermission.Duplicate' });
  });

  it('cannot name a group of another Region', async () => {
    const [own, foreign] = [await database(US), await database(EU)];
    const rule = {
      IpProtocol: 'tcp',
      FromPort: 5432,
      ToPort: 5432,
      UserIdGroupPairs: [{ GroupId: foreign?.GroupId }],
    };
    const command = new AuthorizeSecurityGroupIngressCommand({
      GroupId: own?.GroupId,
      IpPermissions: [rule],
    });
    await expect(ec2(US).send(command)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
  });

  it.each([
    ['ports in the wrong order', { IpProtocol: 'tcp', FromPort: 9, ToPort: 1, CidrIp: '10.1.0.0/16' }],
    ['an unknown protocol', { IpProtocol: 'carrier-pigeon', FromPort: 1, ToPort: 1, CidrIp: '10.1.0.0/16' }],
    ['what is no network', { IpProtocol: 'tcp', FromPort: 1, ToPort: 1, CidrIp: 'everyone' }],
  ])('refuses %s', async (_what, rule) => {
    const group = await database(US);
    const command = new AuthorizeSecurityGroupIngressCommand({ GroupId: group?.GroupId, ...rule });
    await expect(ec2(US).send(command)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});

describe('asking wrongly', () => {
  it.each<[string, object, string]>([
    ['an unknown VPC', { VpcIds: ['vpc-0123456789abcdef0'] }, 'InvalidVpcID.NotFound'],
    ['what is no id', { VpcIds: ['my-vpc'] }, 'InvalidVpcID.Malformed'],
    ['an unknown filter', { Filters: [{ Name: 'colour', Values: ['blue'] }] }, 'InvalidParameterValue'],
    ['too small a page', { MaxResults: 1 }, 'InvalidParameterValue'],
    ['a page of named VPCs', { MaxResults: 5, VpcIds: [VPC[US]] }, 'InvalidParameterCombination'],
    ['a made-up token', { NextToken: 'made-up' }, 'InvalidParameterValue'],
  ])('refuses %s', async (_what, input, name) => {
    await expect(ec2(US).send(new DescribeVpcsCommand(input))).rejects.toMatchObject({ name });
  });

  it('says what a dry run would do, and does not do it', async () => {
    const { RouteTableId } = await privateTable(EU);
    const entry = { RouteTableId, DestinationCidrBlock: CIDR[US], DryRun: true };
    await expect(ec2(EU).send(new DeleteRouteCommand(entry))).rejects.toMatchObject({
      name: 'DryRunOperation',
    });
    expect(lab.network.reachable(EU, US)).toBe(true);
  });
});
