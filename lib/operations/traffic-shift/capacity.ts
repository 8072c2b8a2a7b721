import { setTimeout as sleep } from 'node:timers/promises';
import { nodesNeeded, steadyLoad } from '#lib/domain/capacity/capacity.ts';
import { findRegion } from '#lib/domain/estate/estate.ts';
import type { StepAction } from '../action.ts';
import { EnsureCapacityInput } from './input.ts';

const POLL_MS = 1_000;
const LOAD_WINDOW_MS = 60_000;

/**
 * As many Ready nodes as the receiver's new share of today's load needs. Scales the node group up, never down, inside its
 * own limits, and waits until the nodes are Ready.
 */
export const ensureCapacity: StepAction = {
  async run(context) {
    const { region, share } = EnsureCapacityInput.parse(context.step.input);
    const { capacity } = context.estate;
    const toMs = context.now().getTime();
    const traffic = await context.aws.measureTraffic({ fromMs: toMs - LOAD_WINDOW_MS, toMs });
    const requests = traffic.reduce((sum, { reads, writes }) => sum + reads.requests + writes.requests, 0);
    const load = steadyLoad(requests / (LOAD_WINDOW_MS / 1000), capacity.peakRequestsPerSecond);
    const needed = nodesNeeded(share * load, capacity.requestsPerSecondPerNode);
    const ready = await context.aws.countReadyNodes(region);
    await context.evidence({
      kind: 'fact',
      text: `${region}: ${ready} nodes ready, ${needed} needed for ${(share * 100).toFixed(1)} % of ${load} requests/s`,
    });
    if (ready >= needed)
      return { status: 'skipped', note: `${ready} nodes are ready and ${needed} are needed.` };

    const group = await context.aws.describeNodeGroup(region);
    if (needed > group.maximum) {
      return {
        status: 'fail',
        note: `${region} needs ${needed} nodes and its node group may have ${group.maximum}. Raise the maximum, or ask for less.`,
      };
    }
    const scaling = {
      minimum: Math.max(group.minimum, needed),
      maximum: group.maximum,
      desired: Math.max(group.desired, needed),
    };
    const cluster = findRegion(context.estate, region)?.cluster;
    await context.cli(
      `aws eks update-nodegroup-config --region ${region} --cluster-name ${cluster?.name} --nodegroup-name ${cluster?.nodegroup} --scaling-config minSize=${scaling.minimum},maxSize=${scaling.maximum},desiredSize=${scaling.desired}`,
    );
    if (group.desired < needed) {
      const { updateId } = await context.aws.updateNodeGroup(
        region,
        scaling,
        `${context.operation.id}-${context.step.key}-${needed}`,
      );
      await context.evidence({
        kind: 'fact',
        text: `Node group of ${region} asked for ${scaling.desired} nodes, update ${updateId}`,
      });
    }
    let count = ready;
    while (count < needed) {
      await sleep(POLL_MS, undefined, { signal: context.signal });
      count = await context.aws.countReadyNodes(region);
    }
    await context.evidence({ kind: 'fact', text: `${region}: ${count} nodes ready` });
    return {
      status: 'done',
      note: `${count} nodes are ready in ${region}; ${needed} were needed.`,
      output: { before: group.desired, after: scaling.desired },
    };
  },
};
