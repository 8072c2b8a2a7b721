import type { PodTrouble, UseMeasurement } from '../../ports/deployment.ts';
import type { Evidence, StepAction } from '../action.ts';
import { ApplyOutput, ClearInput, DiagnoseInput } from './input.ts';
import { liveColour, readShop } from './shop.ts';

/** What is measured of a bad release: the time before it was put back, ms. */
const WINDOW_MS = 5 * 60_000;

/** One pod, as people read it under the step. */
export function troubleEvidence(region: string, trouble: PodTrouble): Omit<Evidence, 'at'> {
  const { pod, phase, restarts, waiting } = trouble;
  return {
    kind: 'fact',
    text: `${region}, ${pod}: ${phase}, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}${waiting ? `, ${waiting}` : ''}`,
    data: { ...trouble },
  };
}

/** Pods with their events and last lines, traffic and use of the nodes: what whoever mends the release needs (aws-facts 2.3). */
export const diagnose: StepAction = {
  async run(context) {
    const { version, ...place } = DiagnoseInput.parse(context.step.input);
    const { region, namespace } = place;
    const shop = await readShop(context, place);
    const colour = shop.colours.find((candidate) => candidate.version === version);
    const troubles = colour ? await context.aws.diagnose(region, namespace, colour.colour) : [];
    for (const trouble of troubles) await context.evidence(troubleEvidence(region, trouble));
    const toMs = context.now().getTime();
    const window = { fromMs: toMs - WINDOW_MS, toMs };
    const [use] = await context.aws.measureUse(window, [region]);
    const [traffic] = await context.aws.measureTraffic(window, [region]);
    await context.evidence({
      kind: 'fact',
      text: `${region}: the last ${WINDOW_MS / 60_000} min of traffic${use ? `, ${wordsOfUse(use)}` : ''}`,
      data: { traffic: traffic ?? null, use: use ?? null },
    });
    return {
      status: 'done',
      note:
        troubles.length === 0
          ? `No pod of ${version} in ${region} is in trouble.`
          : `${troubles.length} pods of ${version} in ${region} are in trouble.`,
    };
  },
};

function wordsOfUse({ cpuPercent, memoryPercent, error }: UseMeasurement): string {
  if (error !== null) return `use of the nodes not known (${error})`;
  return `CPU ${cpuPercent?.toFixed(0) ?? '?'} %, memory ${memoryPercent?.toFixed(0) ?? '?'} %`;
}

/** The version that was put back out of the idle colour: as many replicas as before it was applied; its objects stay. */
export const clear: StepAction = {
  async run(context) {
    const { version, apply, ...place } = ClearInput.parse(context.step.input);
    const applied = ApplyOutput.safeParse(context.outputs[apply]).data;
    if (!applied) return { status: 'skipped', note: `${version} was never applied in ${place.region}.` };
    const shop = await readShop(context, place);
    const state = shop.colours.find(({ colour }) => colour === applied.colour);
    if (!state || state.version !== version)
      return {
        status: 'skipped',
        note: `${applied.colour} of ${place.region} does not run ${version} any more.`,
      };
    if (liveColour(shop)?.colour === applied.colour)
      return {
        status: 'skipped',
        note: `${applied.colour} of ${place.region} takes the traffic: its pods stay.`,
      };
    if (state.replicas === applied.replicasBefore)
      return {
        status: 'skipped',
        note: `${applied.colour} of ${place.region} has ${state.replicas} replicas already.`,
      };
    const wanted = { colour: applied.colour, replicas: applied.replicasBefore };
    await context.aws.scaleColour(place.region, place.namespace, wanted, applied.clusterUid);
    return {
      status: 'done',
      note: `${applied.colour} of ${place.region} has ${wanted.replicas} replicas again.`,
    };
  },
};
