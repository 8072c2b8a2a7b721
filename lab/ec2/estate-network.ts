import { createHash } from 'node:crypto';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import type {
  PeeringRecord,
  RouteRecord,
  RouteTableRecord,
  RuleRecord,
  RuleSource,
  SecurityGroupRecord,
  SubnetRecord,
  Tier,
  VpcRecord,
} from './records.ts';

const ZONES = ['a', 'b', 'c'];
/** Third octet of each tier's first subnet: nodes are in 10.x.10.0/24 and up. */
const TIER_OCTET: Record<Tier, number> = { public: 0, app: 10, database: 20 };
const CLOUDFRONT_PREFIX_LIST = 'pl-3b927c52';

const named = (name: string) => [{ Key: 'Name', Value: name }];
const hexId = (prefix: string, of: string) =>
  `${prefix}-${createHash('sha256').update(of).digest('hex').slice(0, 17)}`;

export const securityGroupId = (
  region: string,
  purpose: 'app' | 'database' | 'deny-all' | 'cluster' | 'default',
) => hexId('sg', `${region}/${purpose}`);

/** RDS's subnet groups name the database tier's subnets by the VPC's id and the zone. */
function subnetId(region: Region, tier: Tier, zone: number): string {
  if (tier === 'database') return `subnet-${region.vpcId.slice(4, -1)}${zone + 1}`;
  return hexId('subnet', `${region.code}/${tier}/${zone}`);
}

export const vpcOf = (region: Region): VpcRecord => ({
  id: region.vpcId,
  region: region.code,
  cidr: region.vpcCidr,
  tags: named(`ecommerce-${region.code}`),
});

export function subnetsOf(region: Region): SubnetRecord[] {
  const prefix = region.vpcCidr.split('.').slice(0, 2).join('.');
  return (['public', 'app', 'database'] as const).flatMap((tier) =>
    ZONES.map((letter, i) => ({
      id: subnetId(region, tier, i),
      region: region.code,
      vpcId: region.vpcId,
      cidr: `${prefix}.${TIER_OCTET[tier] + i}.0/24`,
      zone: `${region.code}${letter}`,
      tier,
      tags: named(`ecommerce-${tier}-${region.code}${letter}`),
    })),
  );
}

export const networkAclId = (region: Region) => hexId('acl', region.code);

/** The peerings that the estate's document has. EU–AP "via US" is none: a peering does not pass traffic on (aws-facts B-05). */
export function seedPeerings(estate: Estate): PeeringRecord[] {
  return estate.peerings.flatMap(({ id, between: [from, to] }) => {
    const requester = sideOf(estate, from);
    const accepter = sideOf(estate, to);
    if (!requester || !accepter) return [];
    return {
      id,
      requester,
      accepter,
      status: 'active',
      message: 'Active',
      dueAtMs: undefined,
      tags: named(`${from}-${to}`),
    };
  });
}

export function sideOf(estate: Estate, code: string) {
  const region = estate.regions.find((candidate) => candidate.code === code);
  return region && { region: code, vpcId: region.vpcId, cidr: region.vpcCidr, account: estate.account };
}

/** A public table and a private one per VPC; the private one has a route to each peer over its peering. */
export function seedRouteTables(estate: Estate, region: Region): RouteTableRecord[] {
  const subnets = subnetsOf(region);
  const local: RouteRecord = {
    cidr: region.vpcCidr,
    target: { kind: 'local', id: 'local' },
    origin: 'CreateRouteTable',
  };
  const peers = seedPeerings(estate).flatMap(({ id, requester, accepter }): RouteRecord[] => {
    if (requester.region !== region.code && accepter.region !== region.code) return [];
    const peer = requester.region === region.code ? accepter : requester;
    return [{ cidr: peer.cidr, target: { kind: 'peering', id }, origin: 'CreateRoute' }];
  });
  const table = (
    name: 'public' | 'private',
    out: RouteRecord['target'],
    own: RouteRecord[],
  ): RouteTableRecord => ({
    id: hexId('rtb', `${region.code}/${name}`),
    region: region.code,
    vpcId: region.vpcId,
    main: name === 'private',
    subnetIds: subnets.filter(({ tier }) => (tier === 'public') === (name === 'public')).map(({ id }) => id),
    routes: [local, { cidr: '0.0.0.0/0', target: out, origin: 'CreateRoute' }, ...own],
    tags: named(`ecommerce-${name}-${region.code}`),
  });
  return [
    table('private', { kind: 'nat', id: hexId('nat', region.code) }, peers),
    table('public', { kind: 'gateway', id: hexId('igw', region.code) }, []),
  ];
}

/**
 * The document's groups. Its "5432 from Application SG (all regions)" cannot reach over Regions (aws-facts B-13), so other Regions are let in
 * by their CIDR; `deny-all` is what fencing puts in the database group's place.
 */
export function seedSecurityGroups(estate: Estate, region: Region): SecurityGroupRecord[] {
  const cidrs = estate.regions.map(({ vpcCidr }) => vpcCidr);
  const app = securityGroupId(region.code, 'app');
  const others = cidrs.filter((cidr) => cidr !== region.vpcCidr);
  const cidr = (value: string): RuleSource => ({ kind: 'cidr', value });
  const all = { protocol: '-1', fromPort: -1, toPort: -1 };
  const tcp = (port: number) => ({ protocol: 'tcp', fromPort: port, toPort: port });
  const anywhere = (group: string) => rule(group, { ...all, egress: true, source: cidr('0.0.0.0/0') });
  const group = (
    purpose: 'app' | 'database' | 'deny-all' | 'cluster' | 'default',
    description: string,
    rules: (id: string) => RuleRecord[],
  ): SecurityGroupRecord => {
    const id = securityGroupId(region.code, purpose);
    const name = purpose === 'default' ? 'default' : `ecommerce-${purpose}`;
    return {
      id,
      region: region.code,
      vpcId: region.vpcId,
      name,
      description,
      rules: rules(id),
      tags: named(name),
    };
  };
  return [
    group('app', 'Application', (id) => [
      rule(id, { ...tcp(443), source: { kind: 'prefix-list', value: CLOUDFRONT_PREFIX_LIST } }),
      ...cidrs.map((value) => rule(id, { ...tcp(8080), source: cidr(value) })),
      anywhere(id),
    ]),
    group('database', 'Database', (id) => [
      rule(id, { ...tcp(5432), source: { kind: 'group', value: app } }),
      ...others.map((value) => rule(id, { ...tcp(5432), source: cidr(value) })),
      anywhere(id),
    ]),
    group('deny-all', 'Lets nothing in or out: for fencing a database', () => []),
    group('cluster', 'EKS cluster and its nodes', (id) => [
      rule(id, { ...all, source: { kind: 'group', value: id } }),
      anywhere(id),
    ]),
    group('default', 'default VPC security group', (id) => [
      rule(id, { ...all, source: { kind: 'group', value: id } }),
      anywhere(id),
    ]),
  ];
}

type NewRule = Omit<RuleRecord, 'id' | 'egress' | 'description'> & { egress?: boolean; description?: string };

/** A rule with the id that its group and content give it. */
export function rule(groupId: string, content: NewRule): RuleRecord {
  const egress = content.egress ?? false;
  const key = JSON.stringify([
    groupId,
    egress,
    content.protocol,
    content.fromPort,
    content.toPort,
    content.source,
  ]);
  return { description: '', ...content, egress, id: hexId('sgr', key) };
}
