import type { ColourState, ShopState } from '../../ports/deployment.ts';
import type { StepContext, StepOutcome } from '../action.ts';

interface Place {
  region: string;
  namespace: string;
}

/** What the cluster of this run answered first; null before the Region's first look (aws-facts B-22). */
function expectedCluster({ outputs }: StepContext, region: string): string | null {
  const uid = outputs[`apply-${region}`]?.clusterUid;
  return typeof uid === 'string' ? uid : null;
}

/** The Region's shop as it stands, from the very cluster that this run began with. */
export function readShop(context: StepContext, { region, namespace }: Place): Promise<ShopState> {
  return context.aws.readShop(region, namespace, expectedCluster(context, region));
}

/** The colour that the live Service selects, or undefined. */
export function liveColour({ live, colours }: ShopState): ColourState | undefined {
  return colours.find(({ colour, version }) =>
    live.colour === null ? version === live.version : colour === live.colour,
  );
}

/** The colour that runs that version and takes no traffic: of two, the one with pods. */
export function idleColour(shop: ShopState, version: string): ColourState | undefined {
  const live = liveColour(shop);
  return shop.colours
    .filter((colour) => colour.version === version && colour.colour !== live?.colour)
    .toSorted((a, b) => b.readyReplicas - a.readyReplicas)[0];
}

/** As `kubectl rollout status` says that it is through (aws-facts B-21). */
export function isRolledOut(colour: ColourState): boolean {
  return (
    colour.observedGeneration >= colour.generation &&
    colour.updatedReplicas === colour.replicas &&
    colour.readyReplicas === colour.replicas &&
    colour.availableReplicas === colour.replicas
  );
}

/** "green v2.0.0: 3 of 4 ready" */
export function colourWords({ colour, version, readyReplicas, replicas }: ColourState): string {
  return `${colour} ${version}: ${readyReplicas} of ${replicas} ready`;
}

/** Somebody else's change of the Service: nothing is written over it. */
export function drift(region: string, said: string): StepOutcome {
  return {
    status: 'fail',
    note: `Somebody changed the Service of ${region}: ${said}. Nothing was switched. Look who did it, then plan again.`,
  };
}

/** Whether the step was first begun longer ago than so many real seconds. */
export function isOlderThan(context: StepContext, seconds: number): boolean {
  return context.now().getTime() - context.firstStartedAtMs > seconds * 1_000;
}
