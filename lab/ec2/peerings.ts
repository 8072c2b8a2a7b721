import type * as ec2 from '@aws-sdk/client-ec2';
import type { LabContext } from '#lab/kernel/context.ts';
import { hexId } from '#lab/kernel/random.ts';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { overlaps, parseCidr } from './cidr.ts';
import { vpcOf } from './estate-network.ts';
import { dryRun, expectId, missing, notFound, PEERING, VPC } from './faults.ts';
import type { LabNetwork } from './network.ts';
import type { PeeringRecord, PeeringSide, PeeringStatus } from './records.ts';
import { readTags } from './tags.ts';
import { showPeering } from './views.ts';

const DAY_MS = 24 * 3_600_000;

interface Ending {
  /** How long the state lasts on AWS, ms. */
  afterMs: number;
  next: PeeringStatus | 'gone';
}

/** States that pass by themselves. A request lapses after seven days; a dead peering is shown for two hours. */
const ENDINGS: Partial<Record<PeeringStatus, Ending>> = {
  'initiating-request': { afterMs: 3000, next: 'pending-acceptance' },
  'pending-acceptance': { afterMs: 7 * DAY_MS, next: 'expired' },
  provisioning: { afterMs: 10_000, next: 'active' },
  deleting: { afterMs: 5000, next: 'deleted' },
  deleted: { afterMs: 2 * 3_600_000, next: 'gone' },
  failed: { afterMs: 2 * 3_600_000, next: 'gone' },
  expired: { afterMs: 2 * DAY_MS, next: 'gone' },
};

const MESSAGES: Record<PeeringStatus, string> = {
  'initiating-request': 'Initiating Request',
  'pending-acceptance': 'Pending Acceptance',
  failed: 'Failed',
  expired: 'Expired',
  provisioning: 'Provisioning',
  active: 'Active',
  deleting: 'Deleting',
  deleted: 'Deleted',
};

const ALIVE: PeeringStatus[] = ['initiating-request', 'pending-acceptance', 'provisioning', 'active'];

export interface Peerings {
  handlers: OperationHandlers<typeof ec2>;
  /** Takes up the waits of kept peerings again. */
  resume(): void;
  stop(): void;
}

/** Peering connections and the states they pass through. */
export function createPeerings(ctx: LabContext, network: LabNetwork): Peerings {
  const { account } = ctx.estate;
  const waits = new Map<string, () => void>();

  function put(peering: PeeringRecord) {
    network.peerings.put(peering.id, peering);
    network.changed();
  }

  function enter(peering: PeeringRecord, status: PeeringStatus, message = MESSAGES[status]) {
    const ending = ENDINGS[status];
    const dueAtMs = ending && ctx.clock.now() + ctx.clock.scaledMs(ending.afterMs);
    const next = { ...peering, status, message, dueAtMs };
    put(next);
    wait(next);
    return next;
  }

  function wait(peering: PeeringRecord) {
    waits.get(peering.id)?.();
    waits.delete(peering.id);
    const ending = ENDINGS[peering.status];
    if (!ending || peering.dueAtMs === undefined) return;
    const leftMs = Math.max(0, peering.dueAtMs - ctx.clock.now());
    const cancel = ctx.clock.after(leftMs / ctx.clock.scaledMs(1), () => {
      waits.delete(peering.id);
      advance(peering, ending.next);
    });
    waits.set(peering.id, cancel);
  }

  function advance(peering: PeeringRecord, next: Ending['next']) {
    if (next === 'gone') {
      network.peerings.delete(peering.id);
      network.changed();
      return;
    }
    const fault = peering.status === 'initiating-request' ? whyImpossible(peering) : undefined;
    if (fault) enter(peering, 'failed', fault);
    else enter(peering, next);
  }

  /** Wrong ids of the other side and overlapping networks come to light only after the request. */
  function whyImpossible({ requester, accepter }: PeeringRecord): string | undefined {
    if (!accepter.cidr) return 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range';
    const [mine, theirs] = [parseCidr(requester.cidr), parseCidr(accepter.cidr)];
    if (mine && theirs && overlaps(mine, theirs)) {
      return 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range';
    }
    return undefined;
  }

  function sideIn(region: string, vpcId: string): PeeringSide | undefined {
    const known = ctx.estate.regions.find(({ code }) => code === region);
    const vpc = known && vpcOf(known);
    return vpc?.id === vpcId ? { region, vpcId, cidr: vpc.cidr, account } : undefined;
  }

  function find(id: string | undefined, region: string): PeeringRecord {
    if (!id) throw missing('vpcPeeringConnectionId');
    expectId(PEERING, id);
    const found = network.peerings.get(id);
    if (!found || (found.requester.region !== region && found.accepter.region !== region))
      throw notFound(PEERING, id);
    return found;
  }

  return {
    handlers: {
      CreateVpcPeeringConnection(input, { region }) {
        if (!input.VpcId) throw missing('vpcId');
        if (!input.PeerVpcId) throw missing('peerVpcId');
        expectId(VPC, input.VpcId);
        expectId(VPC, input.PeerVpcId);
        const requester = sideIn(region, input.VpcId);
        if (!requester) throw notFound(VPC, input.VpcId);
        const peerRegion = input.PeerRegion ?? region;
        const peerAccount = input.PeerOwnerId ?? account;
        const own = peerAccount === account ? sideIn(peerRegion, input.PeerVpcId) : undefined;
        const accepter = own ?? {
          region: peerRegion,
          vpcId: input.PeerVpcId,
          cidr: '',
          account: peerAccount,
        };
        if (input.DryRun) throw dryRun();
        const twin = network.peerings
          .list()
          .find((other) => ALIVE.includes(other.status) && sameEnds(other, requester, accepter));
        if (twin) {
          throw new AwsFault(
            'VpcPeeringConnectionAlreadyExists',
            `A VPC peering connection between ${input.VpcId} and ${input.PeerVpcId} already exists: ${twin.id}`,
          );
        }
        const created: PeeringRecord = {
          id: `pcx-0${hexId(ctx.random, 16)}`,
          requester,
          accepter,
          status: 'initiating-request',
          message: '',
          dueAtMs: undefined,
          tags: readTags(input.TagSpecifications, 'vpc-peering-connection'),
        };
        return { VpcPeeringConnection: showPeering(enter(created, 'initiating-request')) };
      },
      AcceptVpcPeeringConnection(input, { region }) {
        const peering = find(input.VpcPeeringConnectionId, region);
        if (peering.accepter.region !== region) {
          throw new AwsFault(
            'OperationNotPermitted',
            `Incorrect region (${region}) specified for this request. VPC peering connection ${peering.id} must be accepted in region ${peering.accepter.region}`,
          );
        }
        if (peering.accepter.account !== account) {
          throw new AwsFault('UnauthorizedOperation', 'You are not authorized to perform this operation.', {
            status: 403,
          });
        }
        if (input.DryRun) throw dryRun();
        if (peering.status === 'active' || peering.status === 'provisioning') {
          return { VpcPeeringConnection: showPeering(peering) };
        }
        expectState(peering, ['pending-acceptance'], 'active');
        return { VpcPeeringConnection: showPeering(enter(peering, 'provisioning')) };
      },
      DeleteVpcPeeringConnection(input, { region }) {
        const peering = find(input.VpcPeeringConnectionId, region);
        expectState(peering, ['pending-acceptance', 'provisioning', 'active'], 'deleted');
        if (input.DryRun) throw dryRun();
        const by = peering.requester.account;
        enter(peering, 'deleting', `Deleted by ${by}`);
        return { Return: true };
      },
    },
    resume() {
      for (const peering of network.peerings.list()) wait(peering);
    },
    stop() {
      for (const cancel of waits.values()) cancel();
      waits.clear();
    },
  };
}

const nameOf = ({ region, vpcId }: PeeringSide) => `${region}/${vpcId}`;

const sameEnds = ({ requester, accepter }: PeeringRecord, a: PeeringSide, b: PeeringSide) =>
  [requester, accepter].map(nameOf).sort().join() === [a, b].map(nameOf).sort().join();

function expectState({ id, status }: PeeringRecord, allowed: PeeringStatus[], wanted: string) {
  if (allowed.includes(status)) return;
  throw new AwsFault(
    'InvalidStateTransition',
    `Invalid state transition for ${id}, attempted to transition from ${status} to ${wanted}`,
  );
}
