import { type Environment, findEnvironment } from '#lib/domain/estate/estate.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { DwellInput, VerifyInput } from './input.ts';
import { type Judgement, judgeLevels, judgeStep } from './judge.ts';

/** A verdict is asked again this often while it holds, real seconds. */
const RECHECK_SECONDS = 10;
/** And this often while it waits for more requests. */
const THIN_SECONDS = 5;
/** A longer dwell looks at the service levels this often, real seconds. */
const WATCH_SECONDS = 30;
/** Window of a verdict, ms: what is newer than this counts, where it is enough. */
const WINDOW_MS = 5 * 60_000;
/** Window of a verdict where there is little traffic, ms. */
const THIN_WINDOW_MS = 60 * 60_000;

/**
 * Two TTLs at least, for real; the rest of the dwell passes at the environment's time scale. A long one, between the
 * steps of a daily ramp, keeps an eye on the service levels and reverts like a verdict.
 */
export const dwell: StepAction = {
  async run(context) {
    const { seconds, minimumRealSeconds, shares } = DwellInput.parse(context.step.input);
    const total = Math.max(minimumRealSeconds, context.scaledSeconds(seconds));
    const nowMs = context.now().getTime();
    const waitedSeconds = (nowMs - context.firstStartedAtMs) / 1000;
    if (shares && waitedSeconds >= WATCH_SECONDS) {
      const failing = await watch(context, shares);
      if (failing) return failing;
    }
    const left = total - waitedSeconds;
    if (left <= 0.05)
      return { status: 'done', note: `Waited ${formatWait(total)}.`, output: { overAtMs: nowMs } };
    return {
      status: 'wait',
      note: `${formatWait(Math.ceil(left))} to wait.`,
      seconds: shares && total > WATCH_SECONDS ? Math.min(left, WATCH_SECONDS) : left,
    };
  },
};

/** A revert when a Region that serves is beyond a limit; a wait is no time to hold. */
async function watch(context: StepContext, shares: Record<string, number>): Promise<StepOutcome | undefined> {
  const { estate } = context;
  const toMs = context.now().getTime();
  const fromMs = Math.max(context.firstStartedAtMs, toMs - WINDOW_MS);
  const traffic = await context.aws.measureTraffic({ fromMs, toMs });
  const verdicts = judgeLevels({ estate, environment: requireEnvironment(context), shares, traffic });
  const failing = verdicts.filter(({ band }) => band === 'revert');
  if (failing.length === 0) return undefined;
  const note = failing.map(({ message }) => message).join('; ');
  await context.evidence({
    kind: 'gate',
    text: note,
    data: { band: 'revert', verdicts, windowSeconds: Math.round((toMs - fromMs) / 1000) },
  });
  return { status: 'revert', note };
}

/**
 * Measured share and service levels over all requests since the dwell ended: the last five minutes, or the last hour
 * where that is too few. Holds while either is in doubt; reverts when an SLI is beyond its limit.
 */
export const verify: StepAction = {
  async run(context) {
    const { shares, since } = VerifyInput.parse(context.step.input);
    const environment = requireEnvironment(context);
    const sinceMs = Number(context.outputs[since]?.overAtMs ?? context.firstStartedAtMs);
    const toMs = context.now().getTime();
    let fromMs = Math.max(sinceMs, toMs - WINDOW_MS);
    const judge = async () =>
      judgeStep({
        estate: context.estate,
        environment,
        shares,
        traffic: await context.aws.measureTraffic({ fromMs, toMs }),
      });
    let judgement = await judge();
    if (judgement.status === 'thin' && fromMs > sinceMs) {
      fromMs = Math.max(sinceMs, toMs - THIN_WINDOW_MS);
      judgement = await judge();
    }
    const outcome = outcomeOf(judgement, environment, toMs - sinceMs >= WINDOW_MS);
    await context.evidence({
      kind: 'gate',
      text: judgement.share.message,
      data: {
        band: BANDS[outcome.status],
        shares: judgement.share.differences,
        verdicts: judgement.verdicts,
        windowSeconds: Math.round((toMs - fromMs) / 1000),
      },
    });
    return outcome;
  },
};

const BANDS = {
  done: 'pass',
  skipped: 'pass',
  wait: 'hold',
  hold: 'hold',
  revert: 'revert',
  fail: 'revert',
} as const satisfies Record<StepOutcome['status'], string>;

/** Little traffic is waited for; after a full window it is for people to see, or passes where the estate says so. */
function outcomeOf(judgement: Judgement, environment: Environment, windowFull: boolean): StepOutcome {
  const { status, note } = judgement;
  switch (status) {
    case 'pass':
      return { status: 'done', note };
    case 'revert':
      return { status: 'revert', note };
    case 'hold':
      return { status: 'hold', note, seconds: RECHECK_SECONDS };
    case 'thin': {
      const thin = `Too few requests to judge yet: ${note}`;
      if (!windowFull) return { status: 'wait', note: thin, seconds: THIN_SECONDS };
      if (environment.onThinTraffic === 'pass-with-note')
        return {
          status: 'done',
          note: `Passed with little traffic, as ${environment.name} is set to: ${note}`,
        };
      return { status: 'hold', note: thin, seconds: RECHECK_SECONDS };
    }
    default:
      return status satisfies never;
  }
}

function formatWait(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}

function requireEnvironment(context: StepContext): Environment {
  const environment = findEnvironment(context.estate, context.operation.environment);
  if (!environment)
    throw new Error(
      `Environment ${context.operation.environment} is not in the estate any more. Import the estate that has it.`,
    );
  return environment;
}
