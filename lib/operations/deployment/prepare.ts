import { nextInWindow, nextStart } from '#lib/domain/deployment/schedule.ts';
import { SwitchOutput } from '#lib/domain/deployment/switched.ts';
import { utcSecond } from '#lib/domain/time/utc.ts';
import type { RegistryImage } from '../../ports/deployment.ts';
import type { StepAction, StepContext } from '../action.ts';
import { ImagesInput, WaitInput } from './input.ts';

/** A wait looks round this often, so that a window that people moved is heeded, real seconds. */
const LONGEST_WAIT_SECONDS = 600;

/** The registered digest in every Region's registry, and its tag on no other image (aws-facts 2.2 step 1, R-18). */
export const images: StepAction = {
  async run(context) {
    const { repository, version, digest, regions } = ImagesInput.parse(context.step.input);
    const found = await Promise.all(
      regions.map(async (region) => ({
        region,
        images: await context.aws.findImages(region, repository, { digest, tags: [version] }),
      })),
    );
    const problems = found.flatMap(
      ({ region, images: there }) => imageProblem(region, version, digest, there) ?? [],
    );
    if (problems.length > 0)
      return {
        status: 'fail',
        note: `${problems.join('; ')}. Nothing was changed. Push the registered image, then ask again.`,
      };
    await context.evidence({
      kind: 'fact',
      text: `${repository}@${digest} is in the registries of ${regions.join(', ')}`,
      data: { digest, regions },
    });
    return {
      status: 'done',
      note: `Every registry has ${digest.slice(0, 19)}….`,
      output: { startedAtMs: context.firstStartedAtMs },
    };
  },
};

function imageProblem(
  region: string,
  version: string,
  digest: string,
  there: readonly RegistryImage[],
): string | undefined {
  const moved = there.find((image) => image.tags.includes(version) && image.digest !== digest);
  if (moved)
    return `${region}: the tag ${version} names ${moved.digest.slice(0, 19)}…, which is another image`;
  return there.some((image) => image.digest === digest)
    ? undefined
    : `${region} lacks ${digest.slice(0, 19)}…`;
}

/**
 * Until the planned time and the bake after the Region before are both over (aws-facts C-10); where asked for, until the
 * Region's quiet hours by the real clock. Somebody who promotes the release to all that remain ends the wait.
 */
export const wait: StepAction = {
  async run(context) {
    const input = WaitInput.parse(context.step.input);
    const times = startTimes(context, input);
    await context.keep({ ...times });
    const promoted = await context.decided({ kind: 'promoting' });
    if (promoted)
      return {
        status: 'done',
        note: `Did not wait: ${promoted.person} promoted it to all that remain: ${promoted.reason}`,
        output: { ...times },
      };
    const left = (times.startMs - context.now().getTime()) / 1_000;
    if (left <= 0.05) return { status: 'done', note: waitWords(times), output: { ...times } };
    return { status: 'wait', note: waitWords(times), seconds: Math.min(left, LONGEST_WAIT_SECONDS) };
  },
};

function startTimes(context: StepContext, input: WaitInput) {
  const switched = SwitchOutput.parse(context.outputs[input.after]);
  const beganMs = Number(context.outputs.images?.startedAtMs ?? context.firstStartedAtMs);
  const inMs = (minutes: number) => context.scaledSeconds(minutes * 60) * 1_000;
  const times = nextStart({
    beganMs,
    plannedAfterMs: inMs(input.plannedMinutes),
    switchedBeforeMs: switched.switchedAtMs,
    bakeMs: inMs(input.bakeMinutes),
  });
  return input.window ? { ...times, startMs: nextInWindow(input.window, times.startMs) } : times;
}

function waitWords({ plannedMs, bakedMs, startMs }: ReturnType<typeof startTimes>): string {
  const clock = (ms: number) => utcSecond(new Date(ms).toISOString());
  return `Begins at ${clock(startMs)}: planned for ${clock(plannedMs)}, and the Region before has baked at ${clock(bakedMs)}.`;
}
