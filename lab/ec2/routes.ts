import type * as ec2 from '@aws-sdk/client-ec2';
import type { LabContext } from '#lab/kernel/context.ts';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { contains, formatCidr, parseCidr } from './cidr.ts';
import { vpcOf } from './estate-network.ts';
import {
  badCidr,
  dryRun,
  expectId,
  invalidValue,
  missing,
  notFound,
  PEERING,
  ROUTE_TABLE,
} from './faults.ts';
import type { LabNetwork } from './network.ts';
import type { PeeringStatus, RouteRecord, RouteTableRecord, RouteTarget } from './records.ts';

const ROUTES_PER_TABLE = 50;
const ROUTABLE: PeeringStatus[] = ['pending-acceptance', 'provisioning', 'active'];

interface RouteInput {
  RouteTableId?: string;
  DestinationCidrBlock?: string;
  VpcPeeringConnectionId?: string;
  GatewayId?: string;
  NatGatewayId?: string;
  DryRun?: boolean;
}

/** Routes of a table, added, replaced and deleted one by one. */
export function routeHandlers(ctx: LabContext, network: LabNetwork): OperationHandlers<typeof ec2> {
  function findTable(id: string | undefined, region: string): RouteTableRecord {
    if (!id) throw missing('routeTableId');
    expectId(ROUTE_TABLE, id);
    const table = network.routeTables.get(id);
    if (!table || table.region !== region) throw notFound(ROUTE_TABLE, id);
    return table;
  }

  function put(table: RouteTableRecord, routes: RouteRecord[]) {
    network.routeTables.put(table.id, { ...table, routes });
    network.changed();
  }

  function targetOf(input: RouteInput, table: RouteTableRecord): RouteTarget {
    const given = [input.VpcPeeringConnectionId, input.GatewayId, input.NatGatewayId].filter(Boolean);
    if (given.length !== 1) {
      throw new AwsFault(
        'InvalidParameterCombination',
        `Exactly one target is needed; ${given.length} were given. The lab knows VpcPeeringConnectionId, GatewayId and NatGatewayId.`,
      );
    }
    if (input.VpcPeeringConnectionId) return peeringTarget(input.VpcPeeringConnectionId, table);
    const known = network.routeTables
      .list()
      .filter(({ vpcId, region }) => vpcId === table.vpcId && region === table.region)
      .flatMap(({ routes }) => routes.map(({ target }) => target))
      .find(({ id }) => id === given[0]);
    if (known) return known;
    throw input.GatewayId
      ? new AwsFault('InvalidGatewayID.NotFound', `The gateway ID '${input.GatewayId}' does not exist`)
      : new AwsFault('NatGatewayNotFound', `The NAT gateway '${input.NatGatewayId}' does not exist`);
  }

  function peeringTarget(id: string, table: RouteTableRecord): RouteTarget {
    expectId(PEERING, id);
    const peering = network.peerings.get(id);
    const ours = [peering?.requester, peering?.accepter].some(
      (side) => side?.region === table.region && side.vpcId === table.vpcId,
    );
    if (!peering || !ours) throw notFound(PEERING, id);
    if (!ROUTABLE.includes(peering.status)) {
      throw new AwsFault(
        'InvalidStateTransition',
        `The VPC peering connection ${id} is ${peering.status}; a route needs one that is pending-acceptance, provisioning or active`,
      );
    }
    return { kind: 'peering', id };
  }

  function destination(text: string | undefined, table: RouteTableRecord): string {
    if (!text) throw missing('destinationCidrBlock');
    const cidr = parseCidr(text);
    if (!cidr) throw badCidr(text);
    const region = ctx.estate.regions.find(({ code }) => code === table.region);
    const own = region && parseCidr(vpcOf(region).cidr);
    if (own && contains(own, cidr)) {
      throw invalidValue(
        `The destination CIDR block ${text} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
      );
    }
    return formatCidr(cidr);
  }

  return {
    CreateRoute(input, { region }) {
      const table = findTable(input.RouteTableId, region);
      const cidr = destination(input.DestinationCidrBlock, table);
      const target = targetOf(input, table);
      if (table.routes.some((route) => route.cidr === cidr)) {
        throw new AwsFault('RouteAlreadyExists', `The route identified by ${cidr} already exists.`);
      }
      if (table.routes.length >= ROUTES_PER_TABLE) {
        throw new AwsFault(
          'RouteLimitExceeded',
          `The route table ${table.id} has ${ROUTES_PER_TABLE} routes, its limit.`,
        );
      }
      if (input.DryRun) throw dryRun();
      put(table, [...table.routes, { cidr, target, origin: 'CreateRoute' }]);
      return { Return: true };
    },
    ReplaceRoute(input, { region }) {
      const table = findTable(input.RouteTableId, region);
      const cidr = destination(input.DestinationCidrBlock, table);
      expectRoute(table, cidr);
      const target = targetOf(input, table);
      if (input.DryRun) throw dryRun();
      put(
        table,
        table.routes.map((route) => (route.cidr === cidr ? { ...route, target } : route)),
      );
      return {};
    },
    DeleteRoute(input, { region }) {
      const table = findTable(input.RouteTableId, region);
      if (!input.DestinationCidrBlock) throw missing('destinationCidrBlock');
      const parsed = parseCidr(input.DestinationCidrBlock);
      if (!parsed) throw badCidr(input.DestinationCidrBlock);
      const cidr = formatCidr(parsed);
      if (expectRoute(table, cidr).target.kind === 'local') {
        throw invalidValue(`cannot remove local route ${cidr} in route table ${table.id}`);
      }
      if (input.DryRun) throw dryRun();
      put(
        table,
        table.routes.filter((route) => route.cidr !== cidr),
      );
      return {};
    },
  };
}

function expectRoute(table: RouteTableRecord, cidr: string): RouteRecord {
  const found = table.routes.find((route) => route.cidr === cidr);
  if (found) return found;
  throw new AwsFault(
    'InvalidRoute.NotFound',
    `no route with destination-cidr-block ${cidr} in route table ${table.id}`,
  );
}
