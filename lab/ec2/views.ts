import type * as ec2 from '@aws-sdk/client-ec2';
import type { Collection } from '#lab/kernel/state.ts';
import type { PeeringRecord, PeeringSide, RouteRecord, RuleRecord } from './records.ts';

export function showPeering(peering: PeeringRecord): ec2.VpcPeeringConnection {
  return {
    VpcPeeringConnectionId: peering.id,
    RequesterVpcInfo: showSide(peering.requester),
    AccepterVpcInfo: showSide(peering.accepter),
    Status: { Code: peering.status, Message: peering.message },
    ExpirationTime:
      peering.status === 'pending-acceptance' && peering.dueAtMs !== undefined
        ? new Date(peering.dueAtMs)
        : undefined,
    Tags: peering.tags,
  };
}

const showSide = ({ region, vpcId, cidr, account }: PeeringSide): ec2.VpcPeeringConnectionVpcInfo => ({
  VpcId: vpcId,
  OwnerId: account,
  Region: region,
  CidrBlock: cidr,
  CidrBlockSet: cidr ? [{ CidrBlock: cidr }] : [],
  PeeringOptions: {
    AllowDnsResolutionFromRemoteVpc: false,
    AllowEgressFromLocalClassicLinkToRemoteVpc: false,
    AllowEgressFromLocalVpcToRemoteClassicLink: false,
  },
});

/** A route whose peering is not active is a blackhole. */
export function showRoute(peerings: Collection<PeeringRecord>, { cidr, target, origin }: RouteRecord) {
  const live = target.kind !== 'peering' || peerings.get(target.id)?.status === 'active';
  return {
    DestinationCidrBlock: cidr,
    Origin: origin,
    State: live ? 'active' : 'blackhole',
    ...(target.kind === 'peering' ? { VpcPeeringConnectionId: target.id } : {}),
    ...(target.kind === 'nat' ? { NatGatewayId: target.id } : {}),
    ...(target.kind === 'gateway' || target.kind === 'local' ? { GatewayId: target.id } : {}),
  } satisfies ec2.Route;
}

export function showRule(rule: RuleRecord, groupId: string, account: string): ec2.SecurityGroupRule {
  const { source } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: groupId,
    GroupOwnerId: account,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    Description: rule.description || undefined,
    CidrIpv4: source.kind === 'cidr' ? source.value : undefined,
    PrefixListId: source.kind === 'prefix-list' ? source.value : undefined,
    ReferencedGroupInfo: source.kind === 'group' ? { GroupId: source.value, UserId: account } : undefined,
    Tags: [],
  };
}

/** Rules as DescribeSecurityGroups shows them: those of one protocol and port range together. */
export function showRules(rules: RuleRecord[], egress: boolean, account: string): ec2.IpPermission[] {
  const wanted = rules.filter((rule) => rule.egress === egress);
  const ranges = Map.groupBy(wanted, ({ protocol, fromPort, toPort }) => `${protocol}/${fromPort}/${toPort}`);
  return [...ranges.values()].map((same) => {
    const [first] = same;
    const all = first?.protocol === '-1';
    const values = (kind: RuleRecord['source']['kind']) => same.filter(({ source }) => source.kind === kind);
    const note = (rule: RuleRecord) => ({ Description: rule.description || undefined });
    return {
      IpProtocol: first?.protocol,
      FromPort: all ? undefined : first?.fromPort,
      ToPort: all ? undefined : first?.toPort,
      IpRanges: values('cidr').map((rule) => ({ CidrIp: rule.source.value, ...note(rule) })),
      PrefixListIds: values('prefix-list').map((rule) => ({
        PrefixListId: rule.source.value,
        ...note(rule),
      })),
      UserIdGroupPairs: values('group').map((rule) => ({
        GroupId: rule.source.value,
        UserId: account,
        ...note(rule),
      })),
      Ipv6Ranges: [],
    };
  });
}
