import { pinnedImage } from '#lib/domain/deployment/image.ts';
import {
  type BegunSwitch,
  BegunSwitch as BegunSwitchSchema,
  type SwitchOutput,
} from '#lib/domain/deployment/switched.ts';
import { type ColourState, type ShopState, StaleServiceError } from '../../ports/deployment.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { ApplyOutput, DrainInput, SwitchBackInput, SwitchInput } from './input.ts';
import { colourWords, drift, idleColour, liveColour, readShop } from './shop.ts';

const POLL_MS = 250;
const HOLD_SECONDS = 5;
/** Somebody else's change of the Service is looked at again this often while people look into it. */
const DRIFT_SECONDS = 10;
/** A drain is never shorter, real seconds: connections are real at any time scale. */
const LEAST_DRAIN_SECONDS = 2;

interface Place {
  region: string;
  namespace: string;
}

/**
 * Everybody in the Region to the new version at once, if the Service is what it was when the idle colour was applied. A later
 * attempt finds the switch of an earlier one done. Keeps what a rollback needs before it acts.
 */
export const switchLive: StepAction = {
  async run(context) {
    const { version, expect, ...place } = SwitchInput.parse(context.step.input);
    const shop = await readShop(context, place);
    const begun = BegunSwitchSchema.safeParse(context.outputs[context.step.key]).data;
    if (shop.live.version === version)
      return begun
        ? confirm(context, place, begun)
        : drift(place.region, `it selects ${version} already, and this run did not switch it`);
    if (shop.live.version !== expect)
      return drift(place.region, `it selects ${shop.live.version} instead of ${expect}`);
    const applied = ApplyOutput.parse(context.outputs[`apply-${place.region}`]);
    if (shop.live.resourceVersion !== applied.resourceVersion)
      return drift(
        place.region,
        `it is at resourceVersion ${shop.live.resourceVersion}, and was at ${applied.resourceVersion} when the idle colour was applied`,
      );
    const fresh = idleColour(shop, version);
    const few = tooFew(shop, fresh, version);
    if (few) return few;
    const kept = beginSwitch(shop, version, fresh);
    await context.keep({ ...kept });
    const stale = await patch(context, place, kept, shop.clusterUid);
    return stale ? drift(place.region, stale) : confirm(context, place, kept);
  },
};

/** No switch to fewer ready pods than serve now. */
function tooFew(shop: ShopState, fresh: ColourState | undefined, version: string): StepOutcome | undefined {
  const needed = Math.max(1, liveColour(shop)?.readyReplicas ?? 0);
  if (fresh && fresh.readyReplicas >= needed) return undefined;
  return {
    status: 'hold',
    note: `${fresh ? colourWords(fresh) : `${version} has no Deployment`}; ${needed} are needed. Looks again every ${HOLD_SECONDS} s.`,
    seconds: HOLD_SECONDS,
  };
}

function beginSwitch(shop: ShopState, to: string, fresh: ColourState | undefined): BegunSwitch {
  const live = liveColour(shop);
  return {
    from: shop.live.version,
    to,
    colour: fresh?.colour ?? null,
    resourceVersion: shop.live.resourceVersion,
    fromColour: live?.colour ?? null,
    fromImage: live?.image ?? null,
    fromReplicas: live?.replicas ?? 0,
  };
}

/** Why it was refused, where somebody changed the Service between our look and our patch. */
async function patch(
  context: StepContext,
  place: Place,
  { to, resourceVersion }: BegunSwitch,
  clusterUid: string,
): Promise<string | undefined> {
  try {
    await context.aws.switchLive(place.region, place.namespace, { version: to, resourceVersion }, clusterUid);
    return undefined;
  } catch (error) {
    if (!(error instanceof StaleServiceError)) throw error;
    return error.message;
  }
}

/** The Service is seen to select it, and its endpoints to be ready. */
async function confirm(context: StepContext, place: Place, begun: BegunSwitch): Promise<StepOutcome> {
  const switchedAtMs = begun.switchedAtMs ?? context.now().getTime();
  const output: SwitchOutput = { ...begun, switchedAtMs };
  await context.keep({ ...output });
  const shop = await pollUntil(context, {
    what: `the endpoints of ${place.region}`,
    everyMs: POLL_MS,
    ask: async () => ({
      shop: await readShop(context, place),
      ready: await context.aws.readyEndpoints(place.region, place.namespace, 'live'),
    }),
    isDone: (seen) => seen.shop.live.version !== begun.to || seen.ready > 0,
  });
  if (shop.shop.live.version !== begun.to)
    return drift(place.region, `it was pointed at ${shop.shop.live.version} right after ${begun.to}`);
  await context.evidence({
    kind: 'fact',
    text: `${place.region} serves ${begun.to}: ${shop.ready} ready endpoints`,
    data: { ...output, ready: shop.ready },
  });
  return {
    status: 'done',
    note: `${place.region} serves ${begun.to} with ${shop.ready} ready endpoints; ${begun.from} is kept.`,
    output: { ...output, resourceVersion: shop.shop.live.resourceVersion },
  };
}

/** Time for keep-alive connections to the old pods to end: a switch of the selector ends none (aws-facts R-20). */
export const drain: StepAction = {
  async run(context) {
    const { seconds, region, namespace } = DrainInput.parse(context.step.input);
    const total = Math.max(LEAST_DRAIN_SECONDS, context.scaledSeconds(seconds));
    const left = total - (context.now().getTime() - context.firstStartedAtMs) / 1_000;
    if (left > 0.05)
      return { status: 'wait', note: `Old connections have ${Math.ceil(left)} s to end.`, seconds: left };
    const ready = await context.aws.readyEndpoints(region, namespace, 'live');
    return {
      status: 'done',
      note: `Old connections had ${Math.round(total)} s; ${ready} endpoints are ready.`,
    };
  },
};

/**
 * The version of before takes the traffic again. An absolute selector: whoever runs it again finds it done. Its pods come
 * first where they are too few, and are deployed again where they are gone (aws-facts C-13).
 */
export const switchBack: StepAction = {
  run: async (context) => goBack(context, SwitchBackInput.parse(context.step.input)),
};

async function goBack(context: StepContext, input: SwitchBackInput): Promise<StepOutcome> {
  const { region, namespace, switched, from } = input;
  const forth =
    switched === undefined ? undefined : BegunSwitchSchema.safeParse(context.outputs[switched]).data;
  if (switched !== undefined && !forth)
    return { status: 'skipped', note: `${region} was never switched.`, output: { unswitched: true } };
  const target = input.to?.version ?? forth?.from;
  if (target === undefined) throw new Error('A switch back names what to go back to.');
  const place = { region, namespace };
  const own = BegunSwitchSchema.safeParse(context.outputs[context.step.key]).data;
  const shop = await readShop(context, place);
  if (shop.live.version === target) {
    if (own) return confirm(context, place, own);
    return { status: 'skipped', note: `${region} serves ${target} already.`, output: { unswitched: true } };
  }
  if (shop.live.version !== from)
    return {
      status: 'hold',
      note: `Somebody changed the Service of ${region}: it selects ${shop.live.version}, neither ${from} nor ${target}. It is not written over. Point it at one of them, or leave it as it is.`,
      seconds: DRIFT_SECONDS,
    };
  const digest = input.to?.digest ?? null;
  const standing = await bringUp(context, place, shop, {
    version: target,
    image: forth?.fromImage ?? imageBesideLive(shop, digest),
    replicas: Math.max(forth?.fromReplicas ?? 0, liveColour(shop)?.replicas ?? 0, 1),
  });
  if (!standing)
    return {
      status: 'fail',
      note: `${target} is gone from ${region}, and its image is not on record: it cannot be served again. Deploy another version.`,
    };
  const fresh = await readShop(context, place);
  const few = tooFew(fresh, idleColour(fresh, target), target);
  if (few) return few;
  const begun = beginSwitch(fresh, target, idleColour(fresh, target));
  await context.keep({ ...begun });
  const stale = await patch(context, place, begun, fresh.clusterUid);
  if (stale) return { status: 'hold', note: `${stale} Looks again at once.`, seconds: 1 };
  return confirm(context, place, begun);
}

function imageBesideLive(shop: ShopState, digest: string | null): string | null {
  const live = liveColour(shop);
  return live && digest !== null ? pinnedImage(live.image, digest) : null;
}

/** Pods of that version, as many as serve now: none to wait for in the usual case. False where they cannot be had. */
async function bringUp(
  context: StepContext,
  place: Place,
  shop: ShopState,
  wanted: { version: string; image: string | null; replicas: number },
): Promise<boolean> {
  const { region, namespace } = place;
  const standing = idleColour(shop, wanted.version);
  const needed = Math.max(1, liveColour(shop)?.readyReplicas ?? 0);
  if (standing && standing.readyReplicas >= needed) return true;
  if (!standing && wanted.image === null) return false;
  const colour =
    standing?.colour ??
    shop.colours.find((state) => state.colour !== liveColour(shop)?.colour)?.colour ??
    'green';
  await context.evidence({
    kind: 'note',
    text: standing
      ? `${colourWords(standing)} in ${region}: scaled up to ${wanted.replicas} before the switch, which adds minutes (aws-facts C-13)`
      : `${wanted.version} is gone from ${region}: deployed again into ${colour} before the switch, which adds minutes (aws-facts C-13)`,
  });
  if (standing) {
    await context.aws.scaleColour(region, namespace, { colour, replicas: wanted.replicas }, shop.clusterUid);
  } else if (wanted.image !== null) {
    await context.aws.applyColour(
      region,
      namespace,
      {
        colour,
        version: wanted.version,
        image: wanted.image,
        replicas: wanted.replicas,
        operation: context.operation.id,
      },
      shop.clusterUid,
    );
  }
  await pollUntil(context, {
    what: `the pods of ${wanted.version} in ${region}`,
    everyMs: POLL_MS,
    ask: () => readShop(context, place),
    isDone: (after) => (idleColour(after, wanted.version)?.readyReplicas ?? 0) >= needed,
  });
  return true;
}
