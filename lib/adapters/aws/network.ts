import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcPeeringConnectionsCommand,
  ReplaceRouteCommand,
  type Route,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { RefusedError } from '../../errors.ts';
import { UnansweredError } from '../../ports/aws.ts';
import type { PeeringState, RecoveryPort } from '../../ports/recovery.ts';
import { isRefusal } from '../../ports/refusal.ts';
import { allPages } from './pages.ts';
import type { InRegion, PortContext } from './port-context.ts';

type NetworkCalls = Pick<
  RecoveryPort,
  'findSecurityGroup' | 'listPeerings' | 'createPeering' | 'acceptPeering' | 'ensureRoute'
>;

/** States of a peering that exists or will; the others are over. */
const ALIVE = ['initiating-request', 'pending-acceptance', 'provisioning', 'active'];

export function networkCalls(context: PortContext): NetworkCalls {
  return {
    findSecurityGroup: (code, name) =>
      context.read(`EC2 DescribeSecurityGroups in ${code}`, (options) =>
        findSecurityGroup({ context, code, options }, name),
      ),
    listPeerings: (code) =>
      context.read(`EC2 DescribeVpcPeeringConnections in ${code}`, (options) =>
        listPeerings({ context, code, options }),
      ),
    createPeering: (from, to) =>
      context.change(`EC2 CreateVpcPeeringConnection from ${from} to ${to}`, from, (options) =>
        createPeering({ context, code: from, options }, to),
      ),
    acceptPeering: (code, id) =>
      context.change(`EC2 AcceptVpcPeeringConnection ${id} in ${code}`, code, async (options) => {
        const known = (await listPeerings({ context, code, options })).find((peering) => peering.id === id);
        if (known && ['provisioning', 'active'].includes(known.status)) return;
        await context.changing
          .ec2(code)
          .send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }), options);
      }),
    ensureRoute: (code, peeringId, toRegion) =>
      context.change(`EC2 routes from ${code} to ${toRegion}`, code, (options) =>
        ensureRoutes({ context, code, options }, { peeringId, toRegion }),
      ),
  };
}

/** By name tag in the Region's VPC. Two of one name are refused: which of them was meant decides who reaches a database. */
async function findSecurityGroup({ context, code, options }: InRegion, name: string): Promise<string | null> {
  const { reading } = context;
  const { vpcId } = context.regionOf(code);
  const Filters = [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'tag:Name', Values: [name] },
  ];
  const groups = await allPages((NextToken) =>
    reading
      .ec2(code)
      .send(new DescribeSecurityGroupsCommand({ Filters, NextToken }), options)
      .then((page) => ({ items: page.SecurityGroups, next: page.NextToken })),
  );
  const ids = groups.flatMap(({ GroupId }) => (GroupId ? [GroupId] : []));
  if (ids.length <= 1) return ids[0] ?? null;
  throw new RefusedError(
    'ambiguous-security-group',
    `Cannot tell which security group ${name} of ${vpcId} in ${code} is meant: ${ids.join(' and ')} carry the name. Rename all but one.`,
  );
}

async function listPeerings({ context, code, options }: InRegion): Promise<PeeringState[]> {
  const { estate, reading } = context;
  const { vpcId } = context.regionOf(code);
  const connections = await allPages((NextToken) =>
    reading
      .ec2(code)
      .send(new DescribeVpcPeeringConnectionsCommand({ NextToken }), options)
      .then((page) => ({ items: page.VpcPeeringConnections, next: page.NextToken })),
  );
  const regionOfVpc = (vpc: { VpcId?: string; Region?: string } | undefined) =>
    vpc?.Region ?? estate.regions.find((region) => region.vpcId === vpc?.VpcId)?.code ?? 'unknown';
  return connections
    .filter(({ RequesterVpcInfo, AccepterVpcInfo }) =>
      [RequesterVpcInfo?.VpcId, AccepterVpcInfo?.VpcId].includes(vpcId),
    )
    .map(({ VpcPeeringConnectionId: id, Status, RequesterVpcInfo, AccepterVpcInfo }) => {
      if (!id) throw new UnansweredError(`EC2 in ${code} described a peering without its id`);
      return {
        id,
        requesterRegion: regionOfVpc(RequesterVpcInfo),
        accepterRegion: regionOfVpc(AccepterVpcInfo),
        status: Status?.Code ?? 'unknown',
      };
    });
}

/** The living peering of the two, either way round, where there is one: two networks have one at most. */
async function createPeering(place: InRegion, to: string): Promise<{ id: string }> {
  const { context, code: from, options } = place;
  const { estate, changing, regionOf } = context;
  const living = async () => {
    const found = (await listPeerings(place)).find(
      ({ requesterRegion, accepterRegion, status }) =>
        ALIVE.includes(status) && [requesterRegion, accepterRegion].includes(to),
    );
    return found && { id: found.id };
  };
  const before = await living();
  if (before) return before;
  try {
    const { VpcPeeringConnection: created } = await changing.ec2(from).send(
      new CreateVpcPeeringConnectionCommand({
        VpcId: regionOf(from).vpcId,
        PeerVpcId: regionOf(to).vpcId,
        PeerRegion: to,
        PeerOwnerId: estate.account,
        TagSpecifications: [
          {
            ResourceType: 'vpc-peering-connection',
            Tags: [{ Key: 'Name', Value: `${estate.estate}-${from}-${to}` }],
          },
        ],
      }),
      options,
    );
    const id = created?.VpcPeeringConnectionId;
    if (!id) throw new UnansweredError(`EC2 in ${from} took the request but named no peering`);
    return { id };
  } catch (error) {
    const twin = isRefusal(error, 'VpcPeeringConnectionAlreadyExists') ? await living() : undefined;
    if (twin) return twin;
    throw error;
  }
}

async function ensureRoutes(
  { context, code, options }: InRegion,
  { peeringId, toRegion }: { peeringId: string; toRegion: string },
): Promise<{ added: number }> {
  const { reading, changing, regionOf } = context;
  const { vpcId } = regionOf(code);
  const { vpcCidr } = regionOf(toRegion);
  const tables = await allPages((NextToken) =>
    reading
      .ec2(code)
      .send(
        new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }], NextToken }),
        options,
      )
      .then((page) => ({ items: page.RouteTables, next: page.NextToken })),
  );
  const targets = tables.filter(isPrivate).map((table) => ({
    table,
    known: table.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === vpcCidr),
  }));
  if (targets.length === 0) {
    throw new RefusedError(
      'no-private-routes',
      `Cannot route from ${code} to ${toRegion}: ${vpcId} has no private route table. Check the Region's vpcId in the estate.`,
    );
  }
  const taken = targets.find(({ known }) => known && !leadsTo(known, peeringId) && known.State === 'active');
  if (taken) {
    throw new RefusedError(
      'route-taken',
      `Cannot route from ${code} to ${toRegion}: ${taken.table.RouteTableId} already sends ${vpcCidr} another way, and that works. Remove that route, then try again.`,
    );
  }
  const missing = targets.filter(({ known }) => !known || !leadsTo(known, peeringId));
  const ec2 = changing.ec2(code);
  for (const { table, known } of missing) {
    const route = {
      RouteTableId: table.RouteTableId,
      DestinationCidrBlock: vpcCidr,
      VpcPeeringConnectionId: peeringId,
    };
    // One that leads nowhere any more holds the place of the new one.
    if (known) await ec2.send(new ReplaceRouteCommand(route), options);
    else await ec2.send(new CreateRouteCommand(route), options);
  }
  return { added: missing.length };
}

/** No way out to an internet gateway: the tables of the subnets in which pods and databases are. */
function isPrivate({ Routes = [] }: RouteTable): boolean {
  return !Routes.some(({ GatewayId }) => GatewayId?.startsWith('igw-'));
}

function leadsTo({ VpcPeeringConnectionId }: Route, peeringId: string): boolean {
  return VpcPeeringConnectionId === peeringId;
}
