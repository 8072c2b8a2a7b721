import { z } from 'zod';
import type { Lane, PodReport, TurnedRound } from '#components/deployments/pipeline-model.ts';
import type { Status } from '#components/ui/model.ts';
import { isEnded } from '#lib/domain/operation/state.ts';
import type { Release } from '#lib/domain/release/release.ts';
import { readStoredEvidence } from '#lib/services/operations/stored.ts';
import { count } from './common.ts';
import {
  isPassed,
  isUnreachable,
  type RunFacts,
  type RunStep,
  stepOf,
  switchOf,
} from './deployment-facts.ts';
import { BACK_STAGE_OF } from './deployment-stages.ts';
import { turningLook } from './deployment-timeline.ts';

interface TurnedInput {
  facts: RunFacts;
  lanes: readonly Lane[];
  /** Why it stopped, in the run's words; null while it goes on. */
  outcome: string | null;
  /** When it began to turn round. */
  decidedAt: Date | null;
  release: Release | null;
}

const TURNED: readonly string[] = ['aborting', 'reverting', 'aborted', 'reverted', 'failed', 'incomplete'];

/** Why a deployment turned round, what stands again, and what its pods said; null while it goes forward. */
export function turnedOf({ facts, lanes, outcome, decidedAt, release }: TurnedInput): TurnedRound | null {
  if (facts.kind !== 'deployment' || facts.startedAt === null || !TURNED.includes(facts.state)) return null;
  const gate = facts.regions
    .flatMap(({ code }) => stepOf(facts, code, 'deploy.soak') ?? [])
    .map((step) => ({ step, look: turningLook(step) }))
    .find(({ look }) => look !== null);
  const metric = gate?.look?.metrics.find(({ band }) => band === 'revert');
  const decided = gate?.step.endedAt ?? decidedAt ?? facts.endedAt ?? facts.now;
  const failures = facts.steps.filter(({ state }) => state === 'failed');
  return {
    status: gate || failures.length > 0 ? 'critical' : 'held',
    why: gate?.look
      ? `${gate.look.text.replace(/\.?$/, '.')}`
      : (outcome ?? 'It was asked to put everything back.'),
    region: gate?.step.region ?? null,
    metric: metric ? `${metric.metric === 'errors' ? 'errors' : metric.metric} of ${metric.subject}` : null,
    failed: failures.some(({ action }) => !(action in BACK_STAGE_OF)),
    decidedAt: decided.toISOString(),
    backSeconds: backSeconds(facts, decided),
    back: backRows(facts, lanes),
    verdict: verdictOf(facts, release),
    diagnostics: diagnosticsOf(facts),
  };
}

/** Until the last Region was served by the version of before again; null while one is not. */
function backSeconds(facts: RunFacts, decided: Date): number | null {
  const backs = facts.steps.filter(
    ({ action, state }) => action === 'deploy.switch-back' && state !== 'skipped',
  );
  if (backs.length === 0) return isEnded(facts.state) ? 0 : null;
  const times = backs.map((step) => (isPassed(step) ? (switchOf(step)?.switchedAtMs ?? null) : null));
  if (times.some((time) => time === null)) return null;
  return Math.max(0, (Math.max(...times.flatMap((time) => time ?? [])) - decided.getTime()) / 1_000);
}

const NotUnderGate = z.object({ underGate: z.literal(false) });

function backRows(facts: RunFacts, lanes: readonly Lane[]): TurnedRound['back'] {
  return lanes.flatMap(({ region, before, after }) => {
    const back = stepOf(facts, region, 'deploy.switch-back');
    if (!back || back.state === 'skipped' || back.state === 'not-run') return [];
    return [
      {
        region,
        from: after.version ?? 'unknown',
        to: before.version ?? 'unknown',
        ...backWords(back, stepOf(facts, region, 'deploy.verify-back')),
      },
    ];
  });
}

function backWords(back: RunStep, verify: RunStep | undefined): { status: Status; word: string } {
  if (isUnreachable(back)) return { status: 'unknown', word: 'does not answer: left as it is' };
  if (!isPassed(back))
    return back.state === 'holding'
      ? { status: 'held', word: 'held, tried again' }
      : { status: back.state === 'waiting' ? 'waiting' : 'running', word: 'goes back' };
  if (!verify || verify.state === 'waiting')
    return { status: 'running', word: 'served again, not yet verified' };
  if (!isPassed(verify)) return { status: 'running', word: 'served again, being verified' };
  return NotUnderGate.safeParse(verify.output).success
    ? { status: 'warning', word: 'served again, not back under the gate' }
    : { status: 'ok', word: 'served again, verified' };
}

function verdictOf(facts: RunFacts, release: Release | null): TurnedRound['verdict'] {
  if (release === null) return null;
  const { version, bad } = release;
  if (bad !== null)
    return {
      status: 'held',
      text: `${version} is marked bad: nothing is deployed or rolled back to it until a person clears it.`,
    };
  return isEnded(facts.state)
    ? { status: 'waiting', text: `${version} is not marked bad: that is for a person to say.` }
    : null;
}

/* ---------- diagnostics ---------- */

const Trouble = z.object({
  pod: z.string(),
  phase: z.string(),
  restarts: z.number(),
  waiting: z.string().nullable(),
  events: z.array(z.object({ at: z.string(), reason: z.string(), message: z.string(), count: z.number() })),
  log: z.array(z.string()),
});

/** What was kept of pods in trouble: by the diagnosis, and by a rollout that did not get ready. Null until it was looked. */
function diagnosticsOf(facts: Pick<RunFacts, 'steps'>): TurnedRound['diagnostics'] {
  const looked = facts.steps.filter(
    ({ action, state }) => action === 'deploy.diagnose' && (state === 'done' || state === 'failed'),
  );
  const found = facts.steps.flatMap((step) =>
    readStoredEvidence(step.evidence).flatMap(({ at, data }) => {
      const trouble = Trouble.safeParse(data).data;
      return trouble && step.region !== null ? [{ at, pod: { ...trouble, region: step.region } }] : [];
    }),
  );
  if (looked.length === 0 && found.length === 0) return null;
  // The same pod may have been looked at twice: the newer look says more.
  const pods = new Map<string, { at: string; pod: PodReport }>();
  for (const one of found.toSorted((a, b) => a.at.localeCompare(b.at)))
    pods.set(`${one.pod.region} ${one.pod.pod}`, one);
  const ends = looked.flatMap(({ endedAt }) => endedAt?.toISOString() ?? []);
  return {
    at: [...ends, ...found.map(({ at }) => at)].sort().at(-1) ?? null,
    pods: [...pods.values()].map(({ pod }) => pod).toSorted(worstFirst),
    note: `${count(pods.size, 'pod')} in trouble${looked.length > 0 ? `, ${count(looked.length, 'Region')} asked` : ''}`,
  };
}

function worstFirst(a: PodReport, b: PodReport): number {
  return Number(b.waiting !== null) - Number(a.waiting !== null) || b.restarts - a.restarts;
}
