import { nodesNeeded, steadyLoad } from '#lib/domain/capacity/capacity.ts';
import type { Region } from '#lib/domain/estate/estate.ts';
import { findRegion } from '#lib/domain/estate/estate.ts';
import { RaisedMinimum } from '#lib/domain/traffic/raised.ts';
import type { NodeGroupState } from '../../ports/aws.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { EnsureCapacityInput, ReleaseCapacityInput } from './input.ts';

const POLL_MS = 1_000;
const BUSY_SECONDS = 5;
/** How long an update under way is waited for before the minimum is lowered, ms; scaling takes EKS a few minutes at most. */
const BUSY_PATIENCE_MS = 10 * 60_000;
const LOAD_WINDOW_MS = 60_000;
const LOAD_PERIODS = 3;

/**
 * As many Ready nodes as the receiver's new share of today's load needs. Scales the node group up, never down, inside its
 * own limits, and waits until the nodes are Ready. The group's minimum rises too, so that no autoscaler takes the nodes
 * back before the users arrive; where it stood is kept before it is raised.
 */
export const ensureCapacity: StepAction = {
  async run(context) {
    const shortage = await findShortage(context);
    if ('status' in shortage) return shortage;
    const { region, wanted, needed } = shortage;
    const { code } = region;
    if (shortage.scales) {
      const refused = await followUpdate(context, shortage, await sendForNodes(context, shortage));
      if (refused) return refused;
    }
    const count = await pollUntil(context, {
      what: `the nodes of ${code}`,
      everyMs: POLL_MS,
      ask: () => context.aws.countReadyNodes(code),
      isDone: (nodes) => nodes >= needed,
    });
    await context.evidence({ kind: 'fact', text: `${code}: ${count} nodes ready` });
    return {
      status: 'done',
      note: `${count} nodes are ready in ${code}; ${wanted} were needed.`,
      output: changeOf(shortage),
    };
  },
};

/** The same without waiting for the nodes: while nobody can order, other things are done meanwhile. */
export const sendForCapacity: StepAction = {
  async run(context) {
    const shortage = await findShortage(context);
    if ('status' in shortage) return shortage;
    const { region, scaling, wanted } = shortage;
    if (shortage.scales) await sendForNodes(context, shortage);
    return {
      status: 'done',
      note: `${scaling.desired} nodes are on their way in ${region.code}; ${wanted} are needed.`,
      output: changeOf(shortage),
    };
  },
};

interface Shortage {
  region: Region;
  group: NodeGroupState;
  scaling: Omit<NodeGroupState, 'status'>;
  /** Whether the group has to be changed, or has been and the nodes are on their way. */
  scales: boolean;
  /** The minimum before and after, where this step raises it or has raised it before. */
  raised: RaisedMinimum | undefined;
  /** Nodes that the load needs, and of these, what the group may have. */
  wanted: number;
  needed: number;
}

/** What the Region lacks, or why there is nothing to do, or nothing that can be done. */
async function findShortage(context: StepContext): Promise<Shortage | StepOutcome> {
  const { region: code, whenShort, ...need } = EnsureCapacityInput.parse(context.step.input);
  const region = requireRegion(context, code);
  const { nodes: wanted, because } =
    need.nodes === undefined ? await measureNeed(context, need.share) : planned(need.nodes);
  const ready = await context.aws.countReadyNodes(code);
  await context.evidence({
    kind: 'fact',
    text: `${code}: ${ready} nodes ready, ${wanted} needed ${because}`,
  });
  if (ready >= wanted)
    return { status: 'skipped', note: `${ready} nodes are ready and ${wanted} are needed.` };

  const group = await context.aws.describeNodeGroup(code);
  const short = wanted > group.maximum;
  if (short && !whenShort) {
    return {
      status: 'fail',
      note: `${code} needs ${wanted} nodes and its node group may have ${group.maximum}. Raise the maximum, or ask for less.`,
    };
  }
  if (short) {
    const text = `${code} needs ${wanted} nodes and may have ${group.maximum}: takes all of them, and will be slow or shed load (aws-facts C-08)`;
    await context.evidence({ kind: 'note', text });
  }
  const needed = Math.min(wanted, group.maximum);
  if (ready >= needed) {
    const note = `All ${ready} nodes that ${code} may have are ready; ${wanted} would be needed.`;
    return { status: 'skipped', note };
  }
  const scales = group.desired < needed;
  if (scales && group.status !== 'ACTIVE') return busy(code, group);
  const scaling = {
    minimum: Math.max(group.minimum, needed),
    maximum: group.maximum,
    desired: Math.max(group.desired, needed),
  };
  // An earlier attempt may have raised it already: what it found is what has to be put back.
  const earlier = RaisedMinimum.safeParse(context.outputs[context.step.key]).data;
  const minimumBefore = earlier?.minimumBefore ?? group.minimum;
  const raises = scales && scaling.minimum > minimumBefore;
  const raised = raises ? { minimumBefore, minimumSet: scaling.minimum } : earlier;
  return { region, group, scaling, scales, raised, wanted, needed };
}

/** For the record, and for `capacity.release` to put the minimum back. */
function changeOf({ group, scaling, raised }: Shortage): Record<string, unknown> {
  return { before: group.desired, after: scaling.desired, ...raised };
}

/** Nodes for that share of the load of now, and how they were reckoned. */
async function measureNeed(context: StepContext, share: number): Promise<{ nodes: number; because: string }> {
  const { load, doubts } = await measureLoad(context);
  const silent = doubts.length > 0 ? `; ${doubts.join('; ')}` : '';
  return {
    nodes: nodesNeeded(share * load, context.estate.capacity.requestsPerSecondPerNode),
    because: `for ${(share * 100).toFixed(1)} % of ${load} requests/s${silent}`,
  };
}

function planned(nodes: number): { nodes: number; because: string } {
  return { nodes, because: 'as planned' };
}

/** Asks EKS for the nodes; the id of the update. Where the minimum stood is kept before it is raised. */
async function sendForNodes(context: StepContext, shortage: Shortage): Promise<string> {
  const { region, scaling, needed, raised } = shortage;
  if (raised) await context.keep({ ...raised });
  const token = `${context.operation.id}-${context.step.key}-${needed}`;
  const { updateId } = await context.aws.updateNodeGroup(region.code, scaling, token);
  await context.evidence({
    kind: 'fact',
    text: `Node group of ${region.code} asked for ${scaling.desired} nodes, update ${updateId}`,
  });
  return updateId;
}

/** Waits until EKS has done its part; what it says when it cannot is the step's end. */
async function followUpdate(
  context: StepContext,
  { region, needed }: Shortage,
  updateId: string,
): Promise<StepOutcome | undefined> {
  const status = await pollUntil(context, {
    what: `the state of update ${updateId}`,
    everyMs: POLL_MS,
    ask: () => context.aws.nodeGroupUpdateStatus(region.code, updateId),
    isDone: (answer) => answer !== 'InProgress',
  });
  if (status === 'Successful') return undefined;
  return {
    status: 'fail',
    note: `EKS ended update ${updateId} of the node group in ${region.code} as ${status}: the ${needed} nodes cannot be had. See the update for why, then plan again.`,
  };
}

/** Load of now, over whole periods that are surely published; a Region that does not report counts at its planned peak. */
async function measureLoad(context: StepContext): Promise<{ load: number; doubts: string[] }> {
  const { capacity, metrics, regions } = context.estate;
  const periodMs = metrics.periodSeconds * 1_000;
  const toMs = (Math.floor(context.now().getTime() / periodMs) - 1) * periodMs;
  const periods = Math.max(LOAD_PERIODS, Math.ceil(LOAD_WINDOW_MS / periodMs));
  const fromMs = toMs - periods * periodMs;
  const traffic = await context.aws.measureTraffic({ fromMs, toMs });
  let requests = 0;
  const doubts: string[] = [];
  for (const { region, reads, writes, error } of traffic) {
    if (error === null) {
      requests += reads.requests + writes.requests;
      continue;
    }
    const planned = regions.find(({ code }) => code === region)?.plan.trafficShare ?? 0;
    requests += (planned * capacity.peakRequestsPerSecond * (toMs - fromMs)) / 1_000;
    doubts.push(`${region} does not report (${error}); its planned share of peak counts`);
  }
  const perSecond = requests / ((toMs - fromMs) / 1_000);
  return { load: steadyLoad(perSecond, capacity.peakRequestsPerSecond), doubts };
}

/**
 * Puts the node group's minimum back where `capacity.ensure` raised it from, in this run or in the one that it puts back.
 * What somebody has set since is theirs and stays. The nodes themselves are left to the autoscaler. Never in the way of putting traffic back: what cannot be done is said, with the command.
 */
export const releaseCapacity: StepAction = {
  async run(context) {
    const input = ReleaseCapacityInput.parse(context.step.input);
    const { region: code } = input;
    const raised =
      'raised' in input ? input.raised : RaisedMinimum.safeParse(context.outputs[input.raisedBy]).data;
    if (!raised) return { status: 'skipped', note: `The minimum of ${code} was not raised.` };
    const { minimumBefore, minimumSet } = raised;
    try {
      const group = await context.aws.describeNodeGroup(code);
      const waitedMs = context.now().getTime() - context.firstStartedAtMs;
      if (group.status !== 'ACTIVE' && waitedMs < BUSY_PATIENCE_MS) return busy(code, group);
      if (group.minimum === minimumBefore)
        return { status: 'skipped', note: `The minimum of ${code} is ${minimumBefore}, as before.` };
      if (group.minimum !== minimumSet) {
        return {
          status: 'skipped',
          note: `The minimum of ${code} is ${group.minimum}, not the ${minimumSet} that was set: someone else changed it.`,
        };
      }
      const scaling = { minimum: minimumBefore, maximum: group.maximum, desired: group.desired };
      const token = `${context.operation.id}-${context.step.key}`;
      const { updateId } = await context.aws.updateNodeGroup(code, scaling, token);
      return {
        status: 'done',
        note: `The minimum of ${code} is ${minimumBefore} again, update ${updateId}.`,
      };
    } catch (error) {
      context.signal.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      return {
        status: 'skipped',
        note: `The minimum of ${code} stays at ${minimumSet}, was ${minimumBefore}: ${why}. Lower it by hand when EKS answers.`,
      };
    }
  },
};

function busy(region: string, group: NodeGroupState): StepOutcome {
  return {
    status: 'wait',
    note: `The node group of ${region} is ${group.status}; it takes no change until it is ACTIVE.`,
    seconds: BUSY_SECONDS,
  };
}

function requireRegion(context: StepContext, code: string): Region {
  const region = findRegion(context.estate, code);
  if (!region)
    throw new Error(`Region ${code} is not in the estate any more. Import the estate that has it.`);
  return region;
}
