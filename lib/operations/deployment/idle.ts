import { digestOf, pinnedImage } from '#lib/domain/deployment/image.ts';
import type { ColourState, PodTrouble, ShopState } from '../../ports/deployment.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { rolloutCommand } from '../commands/kubectl.ts';
import { pollUntil } from '../poll.ts';
import { nameOfAttempt } from '../recovery/instance.ts';
import { troubleEvidence } from './diagnose.ts';
import { ApplyInput, ApplyOutput, SmokeInput, VersionInput } from './input.ts';
import { colourWords, drift, idleColour, isOlderThan, isRolledOut, liveColour, readShop } from './shop.ts';

const POLL_MS = 500;
/** `kubectl rollout status` is given so long (aws-facts 2.2 step 3); scaled, but never less than pods need in any estate. */
const ROLLOUT = { seconds: 600, leastRealSeconds: 60 } as const;
const HOLD_SECONDS = 5;
const SMOKE_TRIES = 3;
const SMOKE_PAUSE_SECONDS = 2;

/**
 * The release into the colour that takes no traffic, whichever that is, with as many replicas as the live one (aws-facts
 * C-28). The image comes from where the live one comes from, and is pinned by its digest.
 */
export const apply: StepAction = {
  async run(context) {
    const { version, digest, expect, ...place } = ApplyInput.parse(context.step.input);
    const shop = await readShop(context, place);
    const live = liveColour(shop);
    if (shop.live.version !== expect)
      return drift(
        place.region,
        `it selects ${shop.live.version}, and selected ${expect} when this was planned`,
      );
    if (!live)
      return {
        status: 'fail',
        note: `No Deployment of ${place.region} runs ${expect}, which its Service selects: which colour is idle is not known.`,
      };
    const idle = idleBeside(shop, live);
    const earlier = ApplyOutput.safeParse(context.outputs[context.step.key]).data;
    const output: ApplyOutput = earlier ?? {
      clusterUid: shop.clusterUid,
      colour: idle.colour,
      replicas: Math.max(1, live.replicas),
      replicasBefore: idle.state?.replicas ?? 0,
      resourceVersion: shop.live.resourceVersion,
    };
    await context.keep({ ...output });
    if (isApplied(shop, output, { version, digest }))
      return { status: 'skipped', note: `${output.colour} has ${version} already.`, output };
    const wanted = {
      colour: output.colour,
      version,
      image: pinnedImage(live.image, digest),
      replicas: output.replicas,
      operation: context.operation.id,
    };
    await context.aws.applyColour(place.region, place.namespace, wanted, output.clusterUid);
    const seen = await pollUntil(context, {
      what: `the Deployment of ${output.colour} in ${place.region}`,
      everyMs: POLL_MS,
      ask: () => readShop(context, place),
      isDone: (after) => isApplied(after, output, { version, digest }),
    });
    await context.evidence({
      kind: 'fact',
      text: `${place.region}: ${seen.colours.map(colourWords).join('; ')}`,
    });
    return {
      status: 'done',
      note: `${output.colour} of ${place.region} gets ${version}, ${output.replicas} pods; ${live.colour} serves ${expect} on.`,
      output,
    };
  },
};

/** The colour to deploy to: the other one that is there, else the other of the pair. */
function idleBeside(shop: ShopState, live: ColourState): { colour: string; state: ColourState | undefined } {
  const state = shop.colours.find(({ colour }) => colour !== live.colour);
  return { colour: state?.colour ?? (live.colour === 'blue' ? 'green' : 'blue'), state };
}

function isApplied(
  shop: ShopState,
  { colour, replicas }: ApplyOutput,
  { version, digest }: { version: string; digest: string },
): boolean {
  const state = shop.colours.find((candidate) => candidate.colour === colour);
  return (
    state?.version === version &&
    digestOf(state.image) === digest &&
    state.replicas === replicas &&
    shop.preview.version === version
  );
}

/**
 * Until the rollout is through, by generation and replicas, not by waiting for pods that may not exist yet (aws-facts B-21).
 * Pods that cannot start are the release's fault and turn the deployment round; pods that find no node are not.
 */
export const rollout: StepAction = {
  async run(context) {
    const { version, ...place } = VersionInput.parse(context.step.input);
    const limitSeconds = Math.max(ROLLOUT.leastRealSeconds, context.scaledSeconds(ROLLOUT.seconds));
    await context.cli(rolloutCommand(place, version, limitSeconds));
    const colour = await pollUntil(context, {
      what: `the rollout of ${version} in ${place.region}`,
      everyMs: POLL_MS,
      ask: async () => idleColour(await readShop(context, place), version) ?? null,
      isDone: (state) =>
        state === null || isRolledOut(state) || state.stuck !== null || isOlderThan(context, limitSeconds),
    });
    if (!colour)
      return {
        status: 'fail',
        note: `The Deployment of ${version} in ${place.region} is gone: somebody removed it. Nothing was switched.`,
      };
    if (isRolledOut(colour))
      return {
        status: 'done',
        note: `${colour.colour} of ${place.region} is through: generation ${colour.observedGeneration}, ${colour.readyReplicas} of ${colour.replicas} ready.`,
      };
    return notReady(context, place, colour, limitSeconds);
  },
};

async function notReady(
  context: StepContext,
  { region, namespace }: { region: string; namespace: string },
  colour: ColourState,
  limitSeconds: number,
): Promise<StepOutcome> {
  const troubles = await context.aws.diagnose(region, namespace, colour.colour);
  for (const trouble of troubles) await context.evidence(troubleEvidence(region, trouble));
  const why = colour.stuck ?? `not ready within ${Math.round(limitSeconds)} s`;
  const waiting = troubles.flatMap((trouble) => trouble.waiting ?? [])[0];
  const note = `${colourWords(colour)} in ${region}; ${why}${waiting ? ` (${waiting})` : ''}. Nothing was switched there.`;
  return { status: isOfRelease(troubles) ? 'revert' : 'fail', note };
}

/** An image that cannot be pulled or a container that does not stay up; a pod without a node is nobody's fault but the room's. */
function isOfRelease(troubles: readonly PodTrouble[]): boolean {
  return troubles.some(({ waiting, restarts }) => waiting !== null || restarts > 0);
}

/** A page of the release, asked for from inside the cluster by the preview Service: right status, right version. */
export const smoke: StepAction = {
  async run(context) {
    const { version, path, region, namespace } = SmokeInput.parse(context.step.input);
    const tries = Number(context.outputs[context.step.key]?.tries ?? 0) + 1;
    await context.keep({ tries });
    const answer = await context.aws.smoke(region, namespace, { path, name: nameOfAttempt(context, tries) });
    const said = `${path} answered ${answer.status ?? 'nothing'}, version ${answer.version ?? 'unknown'}, in ${Math.round(answer.ms)} ms`;
    await context.evidence({
      kind: 'fact',
      text: `${region}, Job ${answer.job}: ${said}${answer.detail ? `; ${answer.detail}` : ''}`,
      data: { ...answer },
    });
    if (answer.status === 200 && answer.version === version) return { status: 'done', note: `${said}.` };
    const note = `The smoke test of ${version} in ${region} failed: ${said}${answer.detail ? ` (${answer.detail})` : ''}`;
    if (tries < SMOKE_TRIES)
      return {
        status: 'wait',
        note: `${note}. Tries again, ${tries} of ${SMOKE_TRIES} done.`,
        seconds: SMOKE_PAUSE_SECONDS,
      };
    return { status: 'revert', note: `${note}, ${SMOKE_TRIES} times. Nothing was switched there.` };
  },
};

/** The switch moves everybody at once: what is new must carry as many as what is old (aws-facts R-20). */
export const endpoints: StepAction = {
  async run(context) {
    const { version, region, namespace } = VersionInput.parse(context.step.input);
    const [fresh, live] = await Promise.all([
      context.aws.readyEndpoints(region, namespace, 'preview'),
      context.aws.readyEndpoints(region, namespace, 'live'),
    ]);
    const said = `${fresh} ready endpoints of ${version} in ${region}, ${live} of what serves`;
    await context.evidence({ kind: 'fact', text: said, data: { fresh, live } });
    if (fresh >= Math.max(1, live)) return { status: 'done', note: `${said}.` };
    return {
      status: 'hold',
      note: `${said}: too few to switch. Looks again every ${HOLD_SECONDS} s.`,
      seconds: HOLD_SECONDS,
    };
  },
};
