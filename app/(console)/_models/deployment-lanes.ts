import { z } from 'zod';
import type { Lane } from '#components/deployments/pipeline-model.ts';
import { isEnded } from '#lib/domain/operation/state.ts';
import { routes } from '#lib/routes.ts';
import {
  Applied,
  isoOf,
  isPassed,
  isUnreachable,
  plannedOf,
  type RunFacts,
  type RunStep,
  stepOf,
  switchOf,
} from './deployment-facts.ts';
import { BACK_STAGE_OF, type SeenService, STAGE_OF, stagesOf } from './deployment-stages.ts';
import { startOf } from './deployment-start.ts';

interface LanesInput {
  facts: RunFacts;
  /** By Region; absent where it was not observed. */
  services: ReadonlyMap<string, SeenService>;
  here: { environment?: string };
}

/** One lane per Region, in the order of the run. */
export function lanesOf({ facts, services, here }: LanesInput): Lane[] {
  return facts.regions.map(({ code, name }) => {
    const stages = stagesOf(facts, code, services.get(code) ?? null);
    const { before, after } = versionsOf(facts, code, services.get(code) ?? null);
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

function versionsOf(
  facts: RunFacts,
  region: string,
  seen: SeenService | null,
): Pick<Lane, 'before' | 'after'> {
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
  const from = switched?.from ?? input?.expect ?? null;
  return {
    before: {
      version: from,
      colour: switched?.fromColour ?? (from !== null && seen?.liveVersion === from ? seen.liveColour : null),
    },
    after: { version: switched?.to ?? input?.version ?? null, colour: applied?.colour ?? null },
  };
}

const PlannedSwitch = z.object({ version: z.string(), expect: z.string() });
const PlannedBack = z.object({ from: z.string(), to: z.object({ version: z.string() }).optional() });

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
  const ended = isEnded(facts.state);
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
  if (isUnreachable(back)) return { status: 'unknown', word: 'does not answer, left as it is' };
  if (back.state === 'done') return { status: 'held', word: `put back to ${before}` };
  if (back.state === 'running') return { status: 'running', word: `goes back to ${before}` };
  if (back.state === 'holding' || back.state === 'unknown' || back.state === 'failed')
    return { status: 'held', word: `not back yet, tried again` };
  return null;
}
