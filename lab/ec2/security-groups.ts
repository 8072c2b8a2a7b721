import type * as ec2 from '@aws-sdk/client-ec2';
import type { LabContext } from '#lab/kernel/context.ts';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { formatCidr, parseCidr } from './cidr.ts';
import { rule as ruleOf } from './estate-network.ts';
import {
  badCidr,
  dryRun,
  expectId,
  invalidValue,
  missing,
  notFound,
  RULE,
  SECURITY_GROUP,
} from './faults.ts';
import type { LabNetwork } from './network.ts';
import type { RuleRecord, RuleSource, SecurityGroupRecord } from './records.ts';
import { showRule } from './views.ts';

const RULES_PER_GROUP = 60;
const PROTOCOLS: Record<string, string> = { '6': 'tcp', '17': 'udp', '1': 'icmp' };

interface IngressInput {
  GroupId?: string;
  GroupName?: string;
  IpPermissions?: ec2.IpPermission[];
  IpProtocol?: string;
  FromPort?: number;
  ToPort?: number;
  CidrIp?: string;
}

/** Ingress rules, added and taken away. */
export function securityGroupHandlers(ctx: LabContext, network: LabNetwork): OperationHandlers<typeof ec2> {
  const { account } = ctx.estate;

  function findGroup({ GroupId, GroupName }: IngressInput, region: string): SecurityGroupRecord {
    if (GroupId) expectId(SECURITY_GROUP, GroupId);
    const own = network.groups.list().filter((group) => group.region === region);
    const found = own.find((group) => (GroupId ? group.id === GroupId : group.name === GroupName));
    if (found) return found;
    if (!GroupId && !GroupName) throw missing('groupId');
    throw notFound(SECURITY_GROUP, GroupId ?? GroupName ?? '');
  }

  function put(group: SecurityGroupRecord, rules: RuleRecord[]) {
    network.groups.put(group.id, { ...group, rules });
    network.changed();
  }

  /** A group of another Region cannot be named (aws-facts B-13): it is not found here. */
  function sourcesOf(
    permission: ec2.IpPermission,
    region: string,
  ): { source: RuleSource; description: string }[] {
    const described = (source: RuleSource, description: string | undefined) => ({
      source,
      description: description ?? '',
    });
    return [
      ...(permission.IpRanges ?? []).map(({ CidrIp = '', Description }) =>
        described(cidrSource(CidrIp), Description),
      ),
      ...(permission.UserIdGroupPairs ?? []).map(({ GroupId = '', Description }) => {
        expectId(SECURITY_GROUP, GroupId);
        if (network.groups.get(GroupId)?.region !== region) throw notFound(SECURITY_GROUP, GroupId);
        return described({ kind: 'group', value: GroupId }, Description);
      }),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId = '', Description }) =>
        described({ kind: 'prefix-list', value: PrefixListId }, Description),
      ),
    ];
  }

  function rulesOf(input: IngressInput, group: SecurityGroupRecord): RuleRecord[] {
    const flat: ec2.IpPermission[] = input.CidrIp
      ? [
          {
            IpProtocol: input.IpProtocol,
            FromPort: input.FromPort,
            ToPort: input.ToPort,
            IpRanges: [{ CidrIp: input.CidrIp }],
          },
        ]
      : [];
    const permissions = [...(input.IpPermissions ?? []), ...flat];
    if (permissions.length === 0) throw missing('ipPermissions');
    return permissions.flatMap((permission) => {
      const range = rangeOf(permission);
      const sources = sourcesOf(permission, group.region);
      if (sources.length === 0)
        throw invalidValue('Invalid value for ipPermissions: each needs a source, such as IpRanges.');
      return sources.map((source) => ruleOf(group.id, { ...range, ...source }));
    });
  }

  return {
    AuthorizeSecurityGroupIngress(input, { region }) {
      const group = findGroup(input, region);
      const added = rulesOf(input, group);
      const twin = added.find((candidate) => group.rules.some(({ id }) => id === candidate.id));
      if (twin) {
        throw new AwsFault(
          'InvalidPermission.Duplicate',
          `the specified rule "${readable(twin)}, ALLOW" already exists`,
        );
      }
      if (group.rules.filter(({ egress }) => !egress).length + added.length > RULES_PER_GROUP) {
        throw new AwsFault(
          'RulesPerSecurityGroupLimitExceeded',
          `The maximum number of rules per security group has been reached: ${RULES_PER_GROUP}.`,
        );
      }
      if (input.DryRun) throw dryRun();
      put(group, [...group.rules, ...added]);
      return { Return: true, SecurityGroupRules: added.map((rule) => showRule(rule, group.id, account)) };
    },
    RevokeSecurityGroupIngress(input, { region }) {
      const group = findGroup(input, region);
      const ingress = group.rules.filter(({ egress }) => !egress);
      const wanted = input.SecurityGroupRuleIds?.length
        ? input.SecurityGroupRuleIds
        : rulesOf(input, group).map(({ id }) => id);
      for (const id of wanted) {
        if (ingress.some((rule) => rule.id === id)) continue;
        if (input.SecurityGroupRuleIds?.length) throw notFound(RULE, id);
        throw new AwsFault(
          'InvalidPermission.NotFound',
          'The specified rule does not exist in this security group.',
        );
      }
      if (input.DryRun) throw dryRun();
      put(
        group,
        group.rules.filter(({ id }) => !wanted.includes(id)),
      );
      return { Return: true };
    },
  };
}

function cidrSource(text: string): RuleSource {
  const cidr = parseCidr(text);
  if (!cidr) throw badCidr(text);
  return { kind: 'cidr', value: formatCidr(cidr) };
}

function rangeOf({ IpProtocol, FromPort, ToPort }: ec2.IpPermission) {
  const protocol = PROTOCOLS[IpProtocol ?? ''] ?? IpProtocol?.toLowerCase();
  if (protocol === '-1' || protocol === 'all') return { protocol: '-1', fromPort: -1, toPort: -1 };
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp') {
    throw invalidValue(`Invalid value '${IpProtocol ?? ''}' for IP protocol. Unknown protocol.`);
  }
  const [from, to] = [FromPort ?? Number.NaN, ToPort ?? Number.NaN];
  const lowest = protocol === 'icmp' ? -1 : 0;
  if (
    !(from >= lowest && to >= lowest && from <= 65_535 && to <= 65_535) ||
    (protocol !== 'icmp' && from > to)
  ) {
    throw invalidValue(
      `Invalid value for portRange: from ${FromPort} to ${ToPort}. Ports are 0 to 65535, from not over to.`,
    );
  }
  return { protocol, fromPort: from, toPort: to };
}

const readable = ({ source, protocol, fromPort, toPort }: RuleRecord) =>
  `peer: ${source.value}, ${protocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}`;
