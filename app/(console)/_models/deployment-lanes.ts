import { z } from 'zod';
import type { Lane, LaneStart, Stage, StageKey } from '#components/deployments/pipeline-model.ts';
import { formatClock, formatNumber, NBSP } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { nextInWindow, nextStart, windowWords } from '#lib/domain/deployment/schedule.ts';
import { isEnded, type OperationState } from '#lib/domain/operation/state.ts';
import { routes } from '#lib/routes.ts';
import { readStoredEvidence } from '#lib/services/operations/stored.ts';
import { duration } from './common.ts';
import {
  factOf,
  isoOf,
  isPassed,
  looksOf,
  PlannedWait,
  plannedOf,
  type RunFacts,
  type RunStep,
  stepOf,
  switchOf,
  tookSeconds,
  waitOf,
} from './deployment-facts.ts';
import { stepStatus } from './operation-steps.ts';

/** Which stage a step's action is. */
const STAGE_OF: Readonly<Record<string, StageKey>> = {
  'deploy.wait': 'wait',
  'deploy.apply': 'apply',
  'deploy.rollout': 'rollout',
  'deploy.smoke': 'smoke',
  'deploy.endpoints': 'endpoints',
  'deploy.switch': 'switch',
  'deploy.drain': 'drain',
  'deploy.soak': 'soak',
  'deploy.retire': 'retire',
};
/** Of a rollback, whose steps are these alone; of a deployment they are how it turned round, which is told elsewhere. */
const BACK_STAGE_OF: Readonly<Record<string, StageKey>> = {
  'deploy.switch-back': 'back',
  'deploy.verify-back': 'verify',
  'deploy.diagnose': 'diagnose',
};

/** Pods of the version in a Region, as last observed. */
export interface SeenPods {
  desired: number;
  ready: number;
}

interface LanesInput {
  facts: RunFacts;
  /** By Region; absent where it was not observed. */
  pods: ReadonlyMap<string, SeenPods>;
  here: { environment?: string };
}

/** One lane per Region, in the order of the run. */
export function lanesOf({ facts, pods, here }: LanesInput): Lane[] {
  return facts.regions.map(({ code, name }) => {
    const stages = stagesOf(facts, code, pods.get(code) ?? null);
    const { before, after } = versionsOf(facts, code);
    const switched = switchOf(stepOf(facts, code, 'deploy.switch'));
    const back = stepOf(facts, code, 'deploy.switch-back');
    const backAt = back && isPassed(back) ? (switchOf(back)?.switchedAtMs ?? null) : null;
    const own = facts.kind === 'rollback' ? backAt : (switched?.switchedAtMs ?? null);
    return {
      region: code,
      name,
      href: routes.region(code, here),
      before,
      after,
      ...standingOf(facts, code, after.version ?? '', before.version ?? ''),
      stages,
      switchedAt: own === null ? null : isoOf(own),
      backAt: facts.kind === 'deployment' && backAt !== null ? isoOf(backAt) : null,
      start: startOf(facts, code),
    };
  });
}

function versionsOf(facts: RunFacts, region: string): Pick<Lane, 'before' | 'after'> {
  if (facts.kind === 'rollback') {
    const put = switchOf(stepOf(facts, region, 'deploy.switch-back'));
    const input = PlannedBack.safeParse(plannedOf(facts, region, 'deploy.switch-back')?.input).data;
    return {
      before: { version: put?.from ?? input?.from ?? null, colour: put?.fromColour ?? null },
      after: { version: put?.to ?? input?.to?.version ?? null, colour: put?.colour ?? null },
    };
  }
  const switched = switchOf(stepOf(facts, region, 'deploy.switch'));
  const input = PlannedSwitch.safeParse(plannedOf(facts, region, 'deploy.switch')?.input).data;
  const applied = Applied.safeParse(stepOf(facts, region, 'deploy.apply')?.output).data;
  return {
    before: { version: switched?.from ?? input?.expect ?? null, colour: switched?.fromColour ?? null },
    after: { version: switched?.to ?? input?.version ?? null, colour: applied?.colour ?? null },
  };
}

const PlannedSwitch = z.object({ version: z.string(), expect: z.string() });
const PlannedBack = z.object({ from: z.string(), to: z.object({ version: z.string() }).optional() });
const Applied = z.object({ colour: z.string(), replicas: z.number() });

/* ---------- stages ---------- */

function stagesOf(facts: RunFacts, region: string, pods: SeenPods | null): Stage[] {
  const known = facts.kind === 'rollback' ? BACK_STAGE_OF : STAGE_OF;
  const rows = facts.steps.filter((step) => step.region === region);
  const planned = [...facts.planned.values()].filter((step) => step.region === region);
  return planned.flatMap((plannedStep) => {
    const key = known[plannedStep.action];
    if (key === undefined) return [];
    const step = rows.find((row) => row.key === plannedStep.key);
    if (step === undefined)
      return [{ key, status: 'waiting' as const, word: key === 'retire' ? retireWord(facts) : '' }];
    const detail = readStoredEvidence(step.evidence).at(-1)?.text;
    return [
      {
        key,
        status: stageStatus(step),
        word: wordOf({ facts, region, step, key, pods }),
        ...(detail === undefined ? {} : { detail }),
      },
    ];
  });
}

/** Actions that change something: only these are `reverted` because they were done and then put back. */
const CHANGES = ['deploy.apply', 'deploy.switch', 'deploy.retire'];

/** What was done and put back was done all the same, and the lane says that it went back; the rest was cut short. */
function stageStatus(step: RunStep): Status {
  return step.state === 'reverted' && CHANGES.includes(step.action) ? 'ok' : stepStatus(step);
}

interface WordInput {
  facts: RunFacts;
  region: string;
  step: RunStep;
  key: StageKey;
  pods: SeenPods | null;
}

const Smoked = z.object({ status: z.number().nullable(), ms: z.number() });
const Counted = z.object({ fresh: z.number(), live: z.number() });
const Skipped = z.object({ skipped: z.literal(true) });
const Unreachable = z.object({ unreachable: z.literal(true) });

function wordOf({ facts, region, step, key, pods }: WordInput): string {
  if (step.state === 'waiting') return key === 'retire' ? retireWord(facts) : '';
  if (step.state === 'not-run') return 'not run';
  if (step.state === 'omitted') return 'left out';
  if (Unreachable.safeParse(step.output).success) return 'no answer';
  const took = tookSeconds(step, facts.now);
  const clock = took === null ? '' : formatClock(took);
  switch (key) {
    case 'wait':
      return isPassed(step) ? clock : untilWord(waitOf(step)?.startMs);
    case 'rollout':
      return rolloutWord(facts, region, { step, pods }) ?? clock;
    case 'smoke': {
      const answer = factOf(step, Smoked);
      return answer === null ? clock : `${answer.status ?? 'nothing'}, ${formatNumber(answer.ms)}${NBSP}ms`;
    }
    case 'endpoints': {
      const counted = factOf(step, Counted);
      if (counted === null) return clock;
      return `${counted.fresh} ${counted.fresh >= counted.live ? '≥' : '<'} ${counted.live}`;
    }
    case 'soak':
      return soakWord(step) ?? clock;
    case 'retire':
      return step.state === 'done'
        ? `0${NBSP}pods`
        : step.state === 'skipped'
          ? 'none ran'
          : retireWord(facts);
    default:
      return clock;
  }
}

function untilWord(startMs: number | undefined): string {
  return startMs === undefined ? 'its time' : `until ${isoOf(startMs).slice(11, 16)}`;
}

/** Pods ready of those wanted: as observed while it rolls out, all of them when it is through. */
function rolloutWord(
  facts: RunFacts,
  region: string,
  { step, pods }: { step: RunStep; pods: SeenPods | null },
): string | null {
  const wanted = Applied.safeParse(stepOf(facts, region, 'deploy.apply')?.output).data?.replicas;
  if (wanted === undefined) return null;
  if (isPassed(step)) return `${wanted} of ${wanted}`;
  return pods === null ? null : `${Math.min(pods.ready, wanted)} of ${wanted}`;
}

function soakWord(step: RunStep): string | null {
  if (Skipped.safeParse(step.output).success) return 'skipped';
  const last = looksOf(step).at(-1);
  if (last === undefined) return null;
  if (step.state === 'failed') return 'rolled back';
  const total = last.totalSeconds ?? 0;
  return isPassed(step)
    ? formatClock(Math.max(total, last.elapsedSeconds))
    : `${formatClock(last.elapsedSeconds)} of ${formatClock(total)}`;
}

/** "T+120", what the strategy calls it. */
function retireWord(facts: RunFacts): string {
  const planned = [...facts.planned.values()].find(({ action }) => action === 'deploy.retire');
  const minutes = planned?.input.minutes;
  return typeof minutes === 'number' ? `T+${minutes}` : '';
}

/* ---------- where a lane stands ---------- */

/** What a Region does while a step of that action runs. */
const DOES: Readonly<Record<string, string>> = {
  'deploy.wait': 'waits for its time',
  'deploy.apply': 'applies',
  'deploy.rollout': 'rolls out',
  'deploy.smoke': 'is smoke-tested',
  'deploy.endpoints': 'counts endpoints',
  'deploy.switch': 'switches',
  'deploy.drain': 'drains',
  'deploy.soak': 'soaks',
  'deploy.switch-back': 'goes back',
  'deploy.verify-back': 'verifies',
  'deploy.diagnose': 'diagnoses',
};

function standingOf(
  facts: RunFacts,
  region: string,
  version: string,
  before: string,
): Pick<Lane, 'status' | 'word'> {
  const ended = isEnded(facts.state as OperationState);
  const rows = facts.steps.filter((step) => step.region === region);
  const known = facts.kind === 'rollback' ? BACK_STAGE_OF : STAGE_OF;
  const back = stepOf(facts, region, 'deploy.switch-back');
  if (facts.kind === 'deployment' && back) {
    const turned = backStanding(back, before);
    if (turned) return turned;
  }
  const own = rows.filter(({ action }) => known[action] !== undefined);
  const bad = own.find(({ state }) => ['failed', 'unknown', 'holding'].includes(state));
  if (bad) return badStanding(bad);
  const running = own.find(({ state }) => state === 'running');
  if (running && running.action !== 'deploy.retire')
    return {
      status: running.action === 'deploy.wait' ? 'waiting' : 'running',
      word: DOES[running.action] ?? 'runs',
    };
  const turning = own.find(({ action }) => action === 'deploy.switch' || action === 'deploy.switch-back');
  if (turning && isPassed(turning)) {
    const soak = own.find(({ action }) => action === 'deploy.soak');
    return !soak || isPassed(soak)
      ? { status: 'ok', word: `serves ${version}` }
      : { status: 'running', word: `serves ${version}, not yet judged` };
  }
  const begun = own.some((step) => isPassed(step) && step.action !== 'deploy.wait');
  return { status: 'waiting', word: begun && !ended ? 'goes on next' : 'not begun' };
}

function badStanding(step: RunStep): Pick<Lane, 'status' | 'word'> {
  const stage = STAGE_OF[step.action] ?? BACK_STAGE_OF[step.action] ?? 'step';
  if (step.state === 'holding')
    return { status: 'held', word: stage === 'soak' ? 'held by its gate' : `held at ${stage}` };
  if (step.state === 'unknown') return { status: 'unknown', word: `outcome of ${stage} not known` };
  return { status: 'critical', word: stage === 'soak' ? 'turned round by its gate' : `failed at ${stage}` };
}

/** Of a Region that was switched, or may have been; null where there was nothing to put back. */
function backStanding(back: RunStep, before: string): Pick<Lane, 'status' | 'word'> | null {
  if (back.state === 'skipped') return null;
  if (Unreachable.safeParse(back.output).success)
    return { status: 'unknown', word: 'does not answer, left as it is' };
  if (back.state === 'done') return { status: 'held', word: `put back to ${before}` };
  if (back.state === 'running') return { status: 'running', word: `goes back to ${before}` };
  if (back.state === 'holding' || back.state === 'unknown' || back.state === 'failed')
    return { status: 'held', word: `not back yet, tried again` };
  return null;
}

/* ---------- when it begins ---------- */

/** When a Region begins: the later of two moments, and why; null once it has begun, or where nothing keeps it. */
export function startOf(facts: RunFacts, region: string): LaneStart | null {
  if (isFirstToCome(facts, region))
    return {
      at: facts.startAt?.toISOString() ?? null,
      why: 'At the time it was asked for, once it is approved.',
    };
  const wait = stepOf(facts, region, 'deploy.wait');
  const input = PlannedWait.safeParse(plannedOf(facts, region, 'deploy.wait')?.input).data;
  if (!input || (wait && wait.state !== 'waiting' && wait.state !== 'running')) return null;
  if (isEnded(facts.state as OperationState) || facts.state === 'aborting' || facts.state === 'reverting')
    return null;
  const before = input.after.replace(/^switch-/, '');
  const bake = `${input.bakeMinutes} min`;
  const switched = switchOf(facts.steps.find(({ key }) => key === input.after))?.switchedAtMs;
  if (switched === undefined || facts.startedAt === null)
    return {
      at: null,
      why: `${bake} after ${before} is switched, or at T+${input.plannedMinutes} if that is later${quietWords(input.window)}`,
    };
  const inMs = (minutes: number) => (minutes * 60_000) / facts.timeScale;
  const times =
    waitOf(wait) ??
    nextStart({
      beganMs: facts.startedAt.getTime(),
      plannedAfterMs: inMs(input.plannedMinutes),
      switchedBeforeMs: switched,
      bakeMs: inMs(input.bakeMinutes),
    });
  const later = Math.max(times.plannedMs, times.bakedMs);
  const startMs = input.window ? nextInWindow(input.window, later) : later;
  const scaled = facts.timeScale === 1 ? '' : ` (${duration(inMs(input.bakeMinutes) / 1_000)} here)`;
  const clock = (ms: number) => isoOf(ms).slice(11, 19);
  const why =
    times.bakedMs >= times.plannedMs
      ? `${bake}${scaled} after ${before} was switched at ${clock(switched)}. Planned for T+${input.plannedMinutes}, ${clock(times.plannedMs)}, which is not later.`
      : `Planned for T+${input.plannedMinutes}, ${clock(times.plannedMs)}; ${bake}${scaled} after the switch of ${before} is ${clock(times.bakedMs)}, which is earlier.`;
  return { at: isoOf(startMs), why: startMs > later ? `${why}${quietWords(input.window)}.` : why };
}

/** The first Region of a run that was asked for a time and has not begun. */
function isFirstToCome({ regions, startedAt, startAt, state }: RunFacts, region: string): boolean {
  return (
    startAt !== null && startedAt === null && !isEnded(state as OperationState) && regions[0]?.code === region
  );
}

function quietWords(window: { fromHour: number; toHour: number } | undefined): string {
  return window === undefined ? '' : `, in its quiet hours ${windowWords(window)}`;
}
