import type * as ec2 from '@aws-sdk/client-ec2';
import type { LabContext } from '#lab/kernel/context.ts';
import type { OperationHandlers } from '#lab/wire/service.ts';
import { networkAclId, subnetsOf, vpcOf } from './estate-network.ts';
import {
  invalidValue,
  NETWORK_ACL,
  PEERING,
  ROUTE_TABLE,
  RULE,
  SECURITY_GROUP,
  SUBNET,
  VPC,
} from './faults.ts';
import type { LabNetwork } from './network.ts';
import type {
  PeeringRecord,
  RouteTableRecord,
  SecurityGroupRecord,
  SubnetRecord,
  VpcRecord,
} from './records.ts';
import { type FilterReaders, select } from './selection.ts';
import { showPeering, showRoute, showRule, showRules } from './views.ts';

const OPENED_ZONES = ['a', 'b', 'c'];
const NODES_PER_SUBNET = 251;

/** The reading half of EC2's networking. */
export function describeHandlers(ctx: LabContext, network: LabNetwork): OperationHandlers<typeof ec2> {
  const { account } = ctx.estate;
  const regionOf = (code: string) => ctx.estate.regions.find((region) => region.code === code);
  const vpcs = (code: string) => [regionOf(code)].flatMap((region) => (region ? vpcOf(region) : []));
  const subnets = (code: string) => [regionOf(code)].flatMap((region) => (region ? subnetsOf(region) : []));
  const tables = (code: string) => network.routeTables.list().filter(({ region }) => region === code);
  const groups = (code: string) => network.groups.list().filter(({ region }) => region === code);
  const peerings = (code: string) =>
    network.peerings
      .list()
      .filter(({ requester, accepter }) => requester.region === code || accepter.region === code);

  return {
    DescribeVpcs(input, { region }) {
      const query = { kind: VPC, ids: input.VpcIds, query: input, readers: vpcReaders(account) };
      const { items, NextToken } = select({ ...query, records: vpcs(region) });
      return {
        NextToken,
        Vpcs: items.map(({ id, cidr, tags }) => ({
          VpcId: id,
          CidrBlock: cidr,
          CidrBlockAssociationSet: [
            {
              AssociationId: `vpc-cidr-assoc-${id.slice(4)}`,
              CidrBlock: cidr,
              CidrBlockState: { State: 'associated' },
            },
          ],
          DhcpOptionsId: 'dopt-0lab',
          State: 'available',
          OwnerId: account,
          InstanceTenancy: 'default',
          IsDefault: false,
          Tags: tags,
        })),
      };
    },
    DescribeSubnets(input, { region }) {
      const query = { kind: SUBNET, ids: input.SubnetIds, query: input, readers: SUBNET_READERS };
      const { items, NextToken } = select({ ...query, records: subnets(region) });
      return {
        NextToken,
        Subnets: items.map(({ id, vpcId, cidr, zone, tier, tags }) => ({
          SubnetId: id,
          SubnetArn: `arn:aws:ec2:${region}:${account}:subnet/${id}`,
          VpcId: vpcId,
          CidrBlock: cidr,
          AvailabilityZone: zone,
          AvailabilityZoneId: zoneId(zone),
          AvailableIpAddressCount: NODES_PER_SUBNET,
          MapPublicIpOnLaunch: tier === 'public',
          DefaultForAz: false,
          State: 'available',
          OwnerId: account,
          Tags: tags,
        })),
      };
    },
    DescribeVpcPeeringConnections(input, { region }) {
      const { items, NextToken } = select({
        kind: PEERING,
        ids: input.VpcPeeringConnectionIds,
        query: input,
        readers: PEERING_READERS,
        records: peerings(region),
      });
      return { NextToken, VpcPeeringConnections: items.map(showPeering) };
    },
    DescribeRouteTables(input, { region }) {
      const readers = routeTableReaders(network);
      const query = { kind: ROUTE_TABLE, ids: input.RouteTableIds, query: input, readers };
      const { items, NextToken } = select({ ...query, records: tables(region) });
      return { NextToken, RouteTables: items.map((table) => showTable(network, table, account)) };
    },
    DescribeSecurityGroups(input, { region }) {
      const found = groups(region).filter(
        ({ name }) => !input.GroupNames?.length || input.GroupNames.includes(name),
      );
      const query = { kind: SECURITY_GROUP, ids: input.GroupIds, query: input, readers: GROUP_READERS };
      const { items, NextToken } = select({ ...query, records: found });
      return {
        NextToken,
        SecurityGroups: items.map((group) => ({
          GroupId: group.id,
          GroupName: group.name,
          Description: group.description,
          VpcId: group.vpcId,
          OwnerId: account,
          SecurityGroupArn: `arn:aws:ec2:${region}:${account}:security-group/${group.id}`,
          IpPermissions: showRules(group.rules, false, account),
          IpPermissionsEgress: showRules(group.rules, true, account),
          Tags: group.tags,
        })),
      };
    },
    DescribeSecurityGroupRules(input, { region }) {
      const records = groups(region).flatMap((group) =>
        group.rules.map((rule) => ({ ...rule, groupId: group.id, tags: [] })),
      );
      const readers: FilterReaders<(typeof records)[number]> = {
        'group-id': ({ groupId }) => [groupId],
        'security-group-rule-id': ({ id }) => [id],
      };
      const query = { kind: RULE, ids: input.SecurityGroupRuleIds, query: input, readers };
      const { items, NextToken } = select({ ...query, records });
      return { NextToken, SecurityGroupRules: items.map((rule) => showRule(rule, rule.groupId, account)) };
    },
    DescribeNetworkAcls(input, { region }) {
      const records = [regionOf(region)].flatMap((known) =>
        known ? [{ id: networkAclId(known), vpcId: known.vpcId, subnets: subnetsOf(known), tags: [] }] : [],
      );
      const readers: FilterReaders<(typeof records)[number]> = {
        'vpc-id': ({ vpcId }) => [vpcId],
        'network-acl-id': ({ id }) => [id],
        default: () => ['true'],
        'association.subnet-id': (acl) => acl.subnets.map(({ id }) => id),
      };
      const query = { kind: NETWORK_ACL, ids: input.NetworkAclIds, query: input, readers };
      const { items, NextToken } = select({ ...query, records });
      return {
        NextToken,
        NetworkAcls: items.map((acl) => ({
          NetworkAclId: acl.id,
          VpcId: acl.vpcId,
          IsDefault: true,
          OwnerId: account,
          Entries: [true, false].flatMap((Egress) => [
            { Egress, RuleNumber: 100, Protocol: '-1', RuleAction: 'allow' as const, CidrBlock: '0.0.0.0/0' },
            {
              Egress,
              RuleNumber: 32_767,
              Protocol: '-1',
              RuleAction: 'deny' as const,
              CidrBlock: '0.0.0.0/0',
            },
          ]),
          Associations: acl.subnets.map(({ id }) => ({
            NetworkAclAssociationId: `aclassoc-${id.slice('subnet-'.length)}`,
            NetworkAclId: acl.id,
            SubnetId: id,
          })),
          Tags: [],
        })),
      };
    },
    DescribeRegions(input) {
      const known = [
        ...new Set([...ctx.estate.regions.map(({ code }) => code), ctx.estate.console.homeRegion]),
      ];
      const unknown = (input.RegionNames ?? []).filter((name) => !known.includes(name));
      if (unknown.length > 0) throw invalidValue(`Invalid region(s): ${unknown.join(', ')}`);
      const { items } = select({
        kind: { prefix: 'region', error: 'InvalidParameterValue', noun: 'region' },
        ids: undefined,
        query: { Filters: input.Filters },
        readers: { 'region-name': ({ id }) => [id], 'opt-in-status': () => ['opt-in-not-required'] },
        records: known.map((id) => ({ id, tags: [] })),
      });
      return {
        Regions: items
          .filter(({ id }) => !input.RegionNames?.length || input.RegionNames.includes(id))
          .map(({ id }) => ({
            RegionName: id,
            Endpoint: `ec2.${id}.amazonaws.com`,
            OptInStatus: 'opt-in-not-required',
          })),
      };
    },
    DescribeAvailabilityZones(input, { region }) {
      const names = OPENED_ZONES.map((letter) => `${region}${letter}`);
      const unknown = (input.ZoneNames ?? []).find((name) => !names.includes(name));
      if (unknown) throw invalidValue(`Invalid availability zone: [${unknown}]`);
      const { items } = select({
        kind: { prefix: 'az', error: 'InvalidParameterValue', noun: 'availability zone' },
        ids: undefined,
        query: { Filters: input.Filters },
        readers: { 'zone-name': ({ id }) => [id], state: () => ['available'], 'region-name': () => [region] },
        records: names.map((id) => ({ id, tags: [] })),
      });
      return {
        AvailabilityZones: items
          .filter(({ id }) => !input.ZoneNames?.length || input.ZoneNames.includes(id))
          .map(({ id }) => ({
            ZoneName: id,
            ZoneId: zoneId(id),
            ZoneType: 'availability-zone',
            RegionName: region,
            GroupName: region,
            NetworkBorderGroup: region,
            State: 'available',
            OptInStatus: 'opt-in-not-required',
          })),
      };
    },
  };
}

/** `us-east-1a` → `use1-az1`. */
function zoneId(zone: string): string {
  const [, area = '', direction = '', number = '', letter = ''] =
    /^([a-z]+)-([a-z]+)-(\d)([a-z])$/.exec(zone) ?? [];
  const points = direction.replace(/(north|south|east|west|central)/g, (point) => point.charAt(0));
  return `${area}${points}${number}-az${letter.charCodeAt(0) - 96}`;
}

function vpcReaders(account: string): FilterReaders<VpcRecord> {
  return {
    'vpc-id': ({ id }) => [id],
    cidr: ({ cidr }) => [cidr],
    'cidr-block-association.cidr-block': ({ cidr }) => [cidr],
    'is-default': () => ['false'],
    'owner-id': () => [account],
    state: () => ['available'],
  };
}

const SUBNET_READERS: FilterReaders<SubnetRecord> = {
  'subnet-id': ({ id }) => [id],
  'vpc-id': ({ vpcId }) => [vpcId],
  'cidr-block': ({ cidr }) => [cidr],
  'availability-zone': ({ zone }) => [zone],
  state: () => ['available'],
};

const PEERING_READERS: FilterReaders<PeeringRecord> = {
  'vpc-peering-connection-id': ({ id }) => [id],
  'status-code': ({ status }) => [status],
  'requester-vpc-info.vpc-id': ({ requester }) => [requester.vpcId],
  'requester-vpc-info.cidr-block': ({ requester }) => [requester.cidr],
  'requester-vpc-info.owner-id': ({ requester }) => [requester.account],
  'accepter-vpc-info.vpc-id': ({ accepter }) => [accepter.vpcId],
  'accepter-vpc-info.cidr-block': ({ accepter }) => [accepter.cidr],
  'accepter-vpc-info.owner-id': ({ accepter }) => [accepter.account],
};

function routeTableReaders(network: LabNetwork): FilterReaders<RouteTableRecord> {
  return {
    'route-table-id': ({ id }) => [id],
    'vpc-id': ({ vpcId }) => [vpcId],
    'association.main': ({ main }) => [String(main)],
    'association.subnet-id': ({ subnetIds }) => subnetIds,
    'route.destination-cidr-block': ({ routes }) => routes.map(({ cidr }) => cidr),
    'route.vpc-peering-connection-id': ({ routes }) =>
      routes.filter(({ target }) => target.kind === 'peering').map(({ target }) => target.id),
    'route.state': ({ routes }) => routes.map((route) => showRoute(network.peerings, route).State),
  };
}

const GROUP_READERS: FilterReaders<SecurityGroupRecord> = {
  'group-id': ({ id }) => [id],
  'group-name': ({ name }) => [name],
  'vpc-id': ({ vpcId }) => [vpcId],
  description: ({ description }) => [description],
  'ip-permission.cidr': ({ rules }) =>
    rules.filter(({ egress, source }) => !egress && source.kind === 'cidr').map(({ source }) => source.value),
  'ip-permission.from-port': ({ rules }) =>
    rules.filter(({ egress }) => !egress).map((rule) => String(rule.fromPort)),
  'ip-permission.to-port': ({ rules }) =>
    rules.filter(({ egress }) => !egress).map((rule) => String(rule.toPort)),
  'ip-permission.protocol': ({ rules }) =>
    rules.filter(({ egress }) => !egress).map(({ protocol }) => protocol),
  'ip-permission.group-id': ({ rules }) =>
    rules
      .filter(({ egress, source }) => !egress && source.kind === 'group')
      .map(({ source }) => source.value),
};

function showTable(network: LabNetwork, table: RouteTableRecord, account: string): ec2.RouteTable {
  const association = (suffix: string): ec2.RouteTableAssociation => ({
    RouteTableAssociationId: `rtbassoc-${suffix}`,
    RouteTableId: table.id,
    AssociationState: { State: 'associated' },
  });
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: account,
    PropagatingVgws: [],
    Routes: table.routes.map((route) => showRoute(network.peerings, route)),
    Associations: [
      ...(table.main ? [{ ...association(table.id.slice('rtb-'.length)), Main: true }] : []),
      ...table.subnetIds.map((id) => ({
        ...association(id.slice('subnet-'.length)),
        Main: false,
        SubnetId: id,
      })),
    ],
    Tags: table.tags,
  };
}
