import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { Collection } from '#lab/kernel/state.ts';
import { contains, parseCidr } from './cidr.ts';
import {
  securityGroupId,
  seedPeerings,
  seedRouteTables,
  seedSecurityGroups,
  sideOf,
} from './estate-network.ts';
import type {
  PeeringRecord,
  RouteRecord,
  RouteTableRecord,
  RuleSource,
  SecurityGroupRecord,
} from './records.ts';

/** What the other parts ask of the network. */
export interface Network {
  /** Whether packets pass from one Region's VPC to the other's and back: an active peering, and routes to it on both sides. */
  reachable(from: string, to: string): boolean;
  onChange(listener: () => void): void;
}

/** The part of security groups that decides who reaches a database. */
export interface SecurityGroupOracle {
  exists(region: string, groupId: string): boolean;
  /** Whether any of the groups lets TCP traffic in on this port: from the VPC of the Region `from`, or from anywhere at all. */
  allows(region: string, groupIds: string[], port: number, from?: string): boolean;
  /** The group that the estate's databases start with. */
  initial(region: string): string;
  onChange(listener: () => void): void;
}

/** The estate's VPC networking: state of EC2's service, kept over restarts. */
export interface LabNetwork extends Network, LabPart {
  peerings: Collection<PeeringRecord>;
  routeTables: Collection<RouteTableRecord>;
  groups: Collection<SecurityGroupRecord>;
  securityGroups: SecurityGroupOracle;
  /** Tells listeners that a record was put or deleted. */
  changed(): void;
  reset(): Promise<void>;
}

/** Routes are looked up for the table's most specific match; only an active peering carries traffic. */
export function createNetwork(ctx: LabContext): LabNetwork {
  const peerings = ctx.state.collection<PeeringRecord>('ec2-peerings');
  const routeTables = ctx.state.collection<RouteTableRecord>('ec2-route-tables');
  const groups = ctx.state.collection<SecurityGroupRecord>('ec2-security-groups');
  const listeners = new Set<() => void>();

  function seed() {
    for (const peering of seedPeerings(ctx.estate)) peerings.put(peering.id, peering);
    for (const region of ctx.estate.regions) {
      for (const table of seedRouteTables(ctx.estate, region)) routeTables.put(table.id, table);
      for (const group of seedSecurityGroups(ctx.estate, region)) groups.put(group.id, group);
    }
  }

  /** The private tables of the Region's VPC, where the shop's pods and databases are. */
  function carries(from: string, toCidr: string, peeringId: string): boolean {
    const tables = routeTables.list().filter((table) => table.region === from && isPrivate(table));
    return tables.length > 0 && tables.every((table) => isVia(bestRoute(table.routes, toCidr), peeringId));
  }

  function changed() {
    for (const listener of listeners) listener();
  }

  /** A group names interfaces of its own Region only (aws-facts B-13); a block has to cover the whole VPC that pods are in. */
  function covers(source: RuleSource, { region, from }: { region: string; from: string }): boolean {
    if (source.kind === 'group') return from === region;
    const block = source.kind === 'cidr' ? parseCidr(source.value) : undefined;
    const vpc = parseCidr(sideOf(ctx.estate, from)?.cidr ?? '');
    return block !== undefined && vpc !== undefined && contains(block, vpc);
  }

  if (routeTables.list().length === 0) seed();

  return {
    peerings,
    routeTables,
    groups,
    changed,
    reachable(from, to) {
      if (from === to) return true;
      const [here, there] = [sideOf(ctx.estate, from), sideOf(ctx.estate, to)];
      if (!here || !there) return false;
      return peerings
        .list()
        .filter((peering) => peering.status === 'active' && joins(peering, from, to))
        .some(({ id }) => carries(from, there.cidr, id) && carries(to, here.cidr, id));
    },
    securityGroups: {
      exists: (region, groupId) => groups.get(groupId)?.region === region,
      allows(region, groupIds, port, from) {
        const rules = groupIds
          .map((id) => groups.get(id))
          .flatMap((group) => (group?.region === region ? group.rules : []))
          .filter((rule) => !rule.egress && opens(rule, port));
        return rules.some(({ source }) => from === undefined || covers(source, { region, from }));
      },
      initial: (region) => securityGroupId(region, 'database'),
      onChange: (listener) => void listeners.add(listener),
    },
    onChange: (listener) => void listeners.add(listener),
    async reset() {
      for (const collection of [peerings, routeTables, groups]) collection.clear();
      seed();
      changed();
    },
    async close() {
      listeners.clear();
    },
  };
}

const joins = ({ requester, accepter }: PeeringRecord, a: string, b: string) =>
  (requester.region === a && accepter.region === b) || (requester.region === b && accepter.region === a);

const isPrivate = (table: RouteTableRecord) => !table.routes.some(({ target }) => target.kind === 'gateway');

const isVia = (route: RouteRecord | undefined, peeringId: string) =>
  route?.target.kind === 'peering' && route.target.id === peeringId;

/** The most specific route that covers the whole of `cidr`. */
export function bestRoute(routes: RouteRecord[], cidr: string): RouteRecord | undefined {
  const wanted = parseCidr(cidr);
  if (!wanted) return undefined;
  const covering = routes.flatMap((route) => {
    const network = parseCidr(route.cidr);
    return network && contains(network, wanted) ? [{ route, prefix: network.prefix }] : [];
  });
  return covering.toSorted((a, b) => b.prefix - a.prefix)[0]?.route;
}

const opens = (
  { protocol, fromPort, toPort }: { protocol: string; fromPort: number; toPort: number },
  port: number,
) => protocol === '-1' || (protocol === 'tcp' && fromPort <= port && port <= toPort);
