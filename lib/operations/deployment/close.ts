import { SwitchOutput } from '#lib/domain/deployment/switched.ts';
import { utcSecond } from '#lib/domain/time/utc.ts';
import type { StepAction } from '../action.ts';
import { ParityInput, RetireInput } from './input.ts';
import { liveColour, readShop } from './shop.ts';

const HOLD_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 600;

/** Mixed versions are for the time of a deployment: now every Region serves one (aws-facts C-12). */
export const parity: StepAction = {
  async run(context) {
    const { regions, namespace, version } = ParityInput.parse(context.step.input);
    const found = await Promise.all(
      regions.map(async (region) => ({
        region,
        live: (await readShop(context, { region, namespace })).live.version,
      })),
    );
    const said = found.map(({ region, live }) => `${region} ${live}`).join(', ');
    await context.evidence({
      kind: 'fact',
      text: `Versions: ${said}`,
      data: Object.fromEntries(found.map(({ region, live }) => [region, live])),
    });
    if (found.every(({ live }) => live === version)) return { status: 'done', note: `${said}.` };
    return {
      status: 'hold',
      note: `The Regions do not all serve ${version}: ${said}. Somebody changed a Service; point it back, or revert.`,
      seconds: HOLD_SECONDS,
    };
  },
};

/** The old colour to zero, 120 minutes after the first switch; its objects stay until the next release (aws-facts C-13). */
export const retire: StepAction = {
  async run(context) {
    const { region, namespace, version, minutes, since } = RetireInput.parse(context.step.input);
    const first = SwitchOutput.parse(context.outputs[since]);
    const dueMs = first.switchedAtMs + context.scaledSeconds(minutes * 60) * 1_000;
    const left = (dueMs - context.now().getTime()) / 1_000;
    if (left > 0.05)
      return {
        status: 'wait',
        note: `The old colour stays until ${utcSecond(new Date(dueMs).toISOString())}: until then a rollback takes seconds.`,
        seconds: Math.min(left, LONGEST_WAIT_SECONDS),
      };
    const place = { region, namespace };
    const shop = await readShop(context, place);
    if (shop.live.version !== version)
      return {
        status: 'hold',
        note: `Somebody changed the Service of ${region}: it selects ${shop.live.version} instead of ${version}. No pods are taken away.`,
        seconds: HOLD_SECONDS,
      };
    const live = liveColour(shop);
    const old = shop.colours.filter(({ colour, replicas }) => colour !== live?.colour && replicas > 0);
    if (!live || live.readyReplicas === 0)
      return {
        status: 'hold',
        note: `${version} has no ready pod in ${region}: nothing is taken away.`,
        seconds: HOLD_SECONDS,
      };
    if (old.length === 0) return { status: 'skipped', note: `Nothing of before runs in ${region}.` };
    for (const { colour } of old) {
      await context.aws.scaleColour(region, namespace, { colour, replicas: 0 }, shop.clusterUid);
    }
    const said = old.map(({ colour, version: was }) => `${colour} ${was}`).join(', ');
    return { status: 'done', note: `${said} of ${region} is at zero, and kept until the next release.` };
  },
};
