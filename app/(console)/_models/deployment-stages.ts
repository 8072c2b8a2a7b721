import { z } from 'zod';
import type { Stage, StageKey } from '#components/deployments/pipeline-model.ts';
import { formatClock, formatNumber, NBSP } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { utcClock } from '#lib/domain/time/utc.ts';
import { readStoredEvidence } from '#lib/services/operations/stored.ts';
import {
  Applied,
  factOf,
  isoOf,
  isPassed,
  isUnreachable,
  type RunFacts,
  type RunStep,
  stepOf,
  tookSeconds,
  waitOf,
} from './deployment-facts.ts';
import { stepStatus } from './operation-steps.ts';

/** Which stage a step's action is. */
export const STAGE_OF: Readonly<Record<string, StageKey>> = {
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
export const BACK_STAGE_OF: Readonly<Record<string, StageKey>> = {
  'deploy.switch-back': 'back',
  'deploy.verify-back': 'verify',
  'deploy.diagnose': 'diagnose',
};

/** A Region’s Service and its pods, as last observed while the run goes on. */
export interface SeenService {
  liveVersion: string | null;
  liveColour: string | null;
  /** Ready pods of the version that the run brings; null where it has none. */
  ready: number | null;
}

/** The stages of a Region that its plan has, with what each came to. */
export function stagesOf(facts: RunFacts, region: string, seen: SeenService | null): Stage[] {
  const known = facts.kind === 'rollback' ? BACK_STAGE_OF : STAGE_OF;
  const rows = facts.steps.filter((step) => step.region === region);
  const planned = facts.planned.filter((step) => step.region === region);
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
        word: wordOf({ facts, region, step, key, seen }),
        ...(detail === undefined ? {} : { detail }),
      },
    ];
  });
}

/** Actions that change something: only these are `reverted` because they were done and then put back. */
const CHANGES = ['deploy.apply', 'deploy.smoke', 'deploy.switch', 'deploy.retire'];

/** What was done and put back was done all the same, and the lane says that it went back; the rest was cut short. */
function stageStatus(step: RunStep): Status {
  return step.state === 'reverted' && CHANGES.includes(step.action) ? 'ok' : stepStatus(step);
}

interface WordInput {
  facts: RunFacts;
  region: string;
  step: RunStep;
  key: StageKey;
  seen: SeenService | null;
}

const Smoked = z.object({ status: z.number().nullable(), ms: z.number() });
const Counted = z.object({ fresh: z.number(), live: z.number() });
const Skipped = z.object({ skipped: z.literal(true) });

function wordOf({ facts, region, step, key, seen }: WordInput): string {
  if (step.state === 'waiting') return key === 'retire' ? retireWord(facts) : '';
  if (step.state === 'not-run') return 'not run';
  if (step.state === 'omitted') return 'left out';
  if (isUnreachable(step)) return 'no answer';
  const took = tookSeconds(step, facts.now);
  const clock = took === null ? '' : formatClock(took);
  switch (key) {
    case 'wait':
      return isPassed(step) ? clock : untilWord(waitOf(step)?.startMs);
    case 'rollout':
      return rolloutWord(facts, region, { step, seen }) ?? clock;
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
  return startMs === undefined ? 'its time' : `until ${utcClock(isoOf(startMs))}`;
}

/** Pods ready of those wanted: as observed while it rolls out, all of them when it is through. */
function rolloutWord(
  facts: RunFacts,
  region: string,
  { step, seen }: { step: RunStep; seen: SeenService | null },
): string | null {
  const wanted = Applied.safeParse(stepOf(facts, region, 'deploy.apply')?.output).data?.replicas;
  if (wanted === undefined) return null;
  if (isPassed(step)) return `${wanted} of ${wanted}`;
  return seen?.ready == null ? null : `${Math.min(seen.ready, wanted)} of ${wanted}`;
}

function soakWord(step: RunStep): string | null {
  if (Skipped.safeParse(step.output).success) return 'skipped';
  const last = step.looks.at(-1);
  if (last === undefined) return null;
  if (step.state === 'failed') return 'rolled back';
  const total = last.totalSeconds ?? 0;
  return isPassed(step)
    ? formatClock(Math.max(total, last.elapsedSeconds))
    : `${formatClock(last.elapsedSeconds)} of ${formatClock(total)}`;
}

/** "T+120", what the strategy calls it. */
function retireWord(facts: RunFacts): string {
  const planned = facts.planned.find(({ action }) => action === 'deploy.retire');
  const minutes = planned?.input.minutes;
  return typeof minutes === 'number' ? `T+${minutes}` : '';
}
