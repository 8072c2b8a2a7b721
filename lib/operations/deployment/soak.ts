import { z } from 'zod';
import {
  type AlertClock,
  type GateLook,
  judgeGate,
  QUIET,
  runAlertClock,
  untilRollbackMs,
} from '#lib/domain/deployment/gate.ts';
import { SwitchOutput } from '#lib/domain/deployment/switched.ts';
import type { TrafficMeasurement } from '../../ports/aws.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { requireEnvironment } from '../recovery/place.ts';
import { SoakInput, VerifyBackInput } from './input.ts';
import { readShop } from './shop.ts';

/** A soak looks this often, real seconds; a short one a dozen times in all. */
const LOOK_SECONDS = 10;
const LOOKS_AT_LEAST = 12;
const LEAST_LOOK_SECONDS = 1;
/** Window of a verdict, real ms; longer where that is too little to judge. */
const WINDOW_MS = 5 * 60_000;
const THIN_WINDOW_MS = 60 * 60_000;

/** What one look hands to the next. */
const Watched = z.object({
  errorsSinceMs: z.number().nullable(),
  p95SinceMs: z.number().nullable(),
});

/**
 * The gate at work: looks again and again since the switch. A limit of a rollback that is passed for as long as an alert needs
 * turns the deployment round; anything else that is not a pass holds, and prolongs. Over when its time is, with a last look
 * that passes.
 */
export const soak: StepAction = {
  async run(context) {
    const input = SoakInput.parse(context.step.input);
    const { switchedAtMs } = SwitchOutput.parse(context.outputs[input.since]);
    const moved = await movedAway(context, input);
    if (moved) return moved;
    const nowMs = context.now().getTime();
    const totalSeconds = context.scaledSeconds(input.seconds);
    const elapsedSeconds = (nowMs - switchedAtMs) / 1_000;
    const look = await lookAt(context, {
      region: input.region,
      sinceMs: switchedAtMs,
      baseline: input.baseline,
    });
    await context.evidence({
      kind: 'gate',
      text: look.message,
      data: {
        band: look.band,
        elapsedSeconds: Math.round(elapsedSeconds),
        totalSeconds: Math.round(totalSeconds),
        declaredSeconds: input.seconds,
        metrics: look.metrics,
      },
    });
    const lookSeconds = Math.max(LEAST_LOOK_SECONDS, Math.min(LOOK_SECONDS, totalSeconds / LOOKS_AT_LEAST));
    const clock = await keepClock(context, look, nowMs);
    return verdictOf(context, {
      look,
      clock,
      nowMs,
      lookSeconds,
      leftSeconds: totalSeconds - elapsedSeconds,
      totalSeconds,
    });
  },
};

/** Somebody pointed the Service elsewhere while it soaks: what is measured is not the release any more. */
async function movedAway(
  context: StepContext,
  { region, version }: { region: string; version: string },
): Promise<StepOutcome | undefined> {
  const { namespace } = requireEnvironment(context);
  const { live } = await readShop(context, { region, namespace });
  if (live.version === version) return undefined;
  return {
    status: 'hold',
    note: `Somebody changed the Service of ${region}: it selects ${live.version} instead of ${version}. Point it back to go on, or revert.`,
    seconds: LOOK_SECONDS,
  };
}

async function keepClock(context: StepContext, look: GateLook, nowMs: number): Promise<AlertClock> {
  const before = Watched.safeParse(context.outputs[context.step.key]).data ?? QUIET;
  const clock = runAlertClock(before, look.metrics, nowMs);
  await context.keep({ ...clock });
  return clock;
}

interface Looked {
  look: GateLook;
  clock: AlertClock;
  nowMs: number;
  lookSeconds: number;
  leftSeconds: number;
  totalSeconds: number;
}

async function verdictOf(context: StepContext, looked: Looked): Promise<StepOutcome> {
  const { look, clock, nowMs, lookSeconds, leftSeconds, totalSeconds } = looked;
  const { errorMinutes, p95Minutes } = context.estate.thresholds.alert;
  const inMs = (minutes: number) => context.scaledSeconds(minutes * 60) * 1_000;
  const untilMs = untilRollbackMs(clock, { errorsMs: inMs(errorMinutes), p95Ms: inMs(p95Minutes) }, nowMs);
  if (look.band === 'revert' && untilMs !== null) {
    if (untilMs <= 0) return { status: 'revert', note: look.message };
    const seconds = Math.max(0.1, Math.min(lookSeconds, untilMs / 1_000));
    return {
      status: 'hold',
      note: `${look.message}. Rolls back if that goes on for ${Math.ceil(untilMs / 1_000)} s more.`,
      seconds,
    };
  }
  const skipped = await context.decided({ kind: 'skipping', stepKey: context.step.key });
  if (skipped && look.band !== 'revert')
    return {
      status: 'done',
      note: `Skipped by ${skipped.person} with ${Math.max(0, Math.round(leftSeconds))} s to go: ${skipped.reason}${look.band === 'pass' ? '' : ` It held: ${look.message}`}`,
      output: { skipped: true, band: look.band },
    };
  const over = leftSeconds <= 0.05;
  if (look.band === 'pass') {
    if (over) return { status: 'done', note: look.message, output: { band: look.band } };
    return {
      status: 'wait',
      note: `${Math.ceil(leftSeconds)} s to go. ${look.message}`,
      seconds: Math.min(lookSeconds, leftSeconds),
    };
  }
  // A quiet Region soaks on until it has its sample; people are called when as long again was not enough.
  if (look.thin && leftSeconds > -totalSeconds)
    return {
      status: 'wait',
      note: `Too little to judge yet: ${look.message}`,
      seconds: over ? lookSeconds : Math.min(lookSeconds, leftSeconds),
    };
  return { status: 'hold', note: look.message, seconds: lookSeconds };
}

/** Over the last minutes since then, longer where they hold too few requests. */
async function lookAt(
  context: StepContext,
  { region, sinceMs, baseline }: { region: string; sinceMs: number; baseline: readonly string[] },
): Promise<GateLook> {
  const toMs = context.now().getTime();
  const judge = async (fromMs: number) => {
    const window = { fromMs: Math.max(sinceMs, fromMs), toMs };
    const [traffic, [use]] = await Promise.all([
      context.aws.measureTraffic(window, [region, ...baseline]),
      context.aws.measureUse(window, [region]),
    ]);
    return judgeGate({
      estate: context.estate,
      environment: requireEnvironment(context),
      region,
      traffic: of(traffic, region),
      use,
      baseline: baseline.flatMap((code) => of(traffic, code) ?? []),
      windowSeconds: (window.toMs - window.fromMs) / 1_000,
    });
  };
  const look = await judge(toMs - WINDOW_MS);
  return look.thin && sinceMs < toMs - WINDOW_MS ? judge(toMs - THIN_WINDOW_MS) : look;
}

function of(traffic: readonly TrafficMeasurement[], region: string): TrafficMeasurement | undefined {
  return traffic.find((measured) => measured.region === region);
}

/** Thresholds are back under the gate for 5 min, within 10 (aws-facts 2.3 step 4), scaled. */
const VERIFY = { passMinutes: 5, mostMinutes: 10 } as const;
const VERIFY_LOOK_SECONDS = 2;
const Passing = z.object({ passSinceMs: z.number().nullable() });

/** Whether the version of before serves as it should. That it does not is put on record, and holds nothing up: it is back. */
export const verifyBack: StepAction = {
  async run(context) {
    const { region, back } = VerifyBackInput.parse(context.step.input);
    const switched = SwitchOutput.safeParse(context.outputs[back]).data;
    if (!switched) return { status: 'skipped', note: `${region} was not switched back.` };
    const nowMs = context.now().getTime();
    const look = await lookAt(context, { region, sinceMs: switched.switchedAtMs, baseline: [] });
    const before = Passing.safeParse(context.outputs[context.step.key]).data?.passSinceMs ?? null;
    // Fewer requests than a gate wants will do here, none will not: unknown is not safe.
    const measured = look.metrics.some(({ samples }) => samples !== null && samples > 0);
    const passSinceMs = look.band === 'pass' || (look.thin && measured) ? (before ?? nowMs) : null;
    await context.keep({ passSinceMs });
    await context.evidence({
      kind: 'gate',
      text: look.message,
      data: {
        band: look.band,
        elapsedSeconds: Math.round((nowMs - switched.switchedAtMs) / 1_000),
        metrics: look.metrics,
      },
    });
    const inMs = (minutes: number) => context.scaledSeconds(minutes * 60) * 1_000;
    if (passSinceMs !== null && nowMs - passSinceMs >= inMs(VERIFY.passMinutes))
      return { status: 'done', note: `Back under the gate. ${look.message}` };
    if (passSinceMs === null && nowMs - context.firstStartedAtMs >= inMs(VERIFY.mostMinutes))
      return {
        status: 'done',
        note: `Not back under the gate within ${VERIFY.mostMinutes} min, with ${switched.to} serving: ${look.message}`,
        output: { underGate: false },
      };
    return { status: 'wait', note: look.message, seconds: VERIFY_LOOK_SECONDS };
  },
};
