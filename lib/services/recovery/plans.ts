import type { Plan, RecoveryClock } from '#lib/domain/operation/plan.ts';
import { type ClockProjection, projectClocks } from '#lib/domain/recovery/clocks.ts';
import { proofOf, type StepProof } from '#lib/domain/recovery/drills.ts';
import { declaredRegions } from '#lib/domain/recovery/facts.ts';
import { lintPlan, type Trap } from '#lib/domain/recovery/lint.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import type { Scenario } from '#lib/domain/recovery/scenario.ts';
import { pathBetween } from '#lib/domain/recovery/topology.ts';
import { planRecovery } from '../../operations/recovery/plan.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';
import { readStepHistory, type StepDurations, type StepDurationsByName } from './history.ts';
import { bestTarget, LOOKED_AT, planFacts, readSituation, type Situation } from './situation.ts';

/** A plan that could be asked for as things stand, looked at before anybody needs it. */
export interface PlanOverview {
  /** `failover-us-east-1-eu-west-1` */
  id: string;
  kind: RecoveryKind;
  params: Record<string, string>;
  /** Null where there is no such plan now. */
  plan: Plan | null;
  /** Why there is none, and what to do instead. */
  refusal: { code: string; message: string } | null;
  /** Steps that cannot work in the loss that it answers. */
  traps: Trap[];
  /** When each step last ran. */
  proof: StepProof[];
  /** By step key; null where it never ran. */
  usual: Record<string, StepDurations | null>;
  clocks: Record<RecoveryClock, ClockProjection> | null;
}

/** Every plan that recovery may need: a loss of each Region, a move of the writer to each other one, and what prepares them. */
export async function listRecoveryPlans(context: VerbContext, environment: string): Promise<PlanOverview[]> {
  assertPermitted(context, 'read', {});
  const situation = await readSituation(context, environment);
  return plansOf(situation, await readStepHistory(context.database, environment));
}

/** The same, from what was read before. */
export function plansOf(situation: Situation, history: StepDurationsByName): PlanOverview[] {
  return candidates(situation).map((candidate) => overview(situation, history, candidate));
}

/** The plan that answers what was asked for, by its id among those there are now; null where it is none of them. */
export function findPlanId(
  situation: Situation,
  kind: RecoveryKind,
  asked: Readonly<Record<string, string | null>>,
): string | null {
  const found = candidates(situation).find(
    (candidate) =>
      candidate.kind === kind &&
      Object.entries(candidate.params).every(([name, value]) => asked[name] === value),
  );
  return found ? planId(found) : null;
}

function planId({ kind, params }: Pick<Candidate, 'kind' | 'params'>): string {
  return [kind, ...Object.values(params)].join('-');
}

interface Candidate {
  kind: RecoveryKind;
  params: Record<string, string>;
  /** What is lost when it is needed. */
  lost?: string;
}

function candidates(situation: Situation): Candidate[] {
  const { outlook, topology } = situation;
  const { regions } = outlook.environment;
  const { writer } = topology;
  const others = regions.filter((region) => region !== writer);
  const home = declaredRegions(outlook).filter(
    ({ code, database }) => database.role === 'primary' && code !== writer,
  );
  const pairs = regions.flatMap((from, i) => regions.slice(i + 1).map((to) => ({ from, to })));
  return [
    ...regions.map((lost): Candidate => {
      const target = bestTarget(situation, lost);
      return target
        ? { kind: 'failover', params: { lost, target }, lost }
        : { kind: 'evacuate', params: { region: lost }, lost };
    }),
    ...others.map((target): Candidate => ({ kind: 'switchover', params: { target } })),
    ...home.map(({ code }): Candidate => ({ kind: 'failback', params: { target: code } })),
    ...others.map((region): Candidate => ({ kind: 'rebuild', params: { region } })),
    ...topology.regions
      .filter(({ switchedOff }) => switchedOff)
      .map(({ code }): Candidate => ({ kind: 'return', params: { region: code } })),
    ...topology.regions
      .filter(({ switchIn }) => switchIn.length === 0)
      .map(({ code }): Candidate => ({ kind: 'prepare-switch', params: { region: code } })),
    ...pairs
      .filter(({ from, to }) => pathBetween(outlook, from, to).state === 'missing')
      .map((pair): Candidate => ({ kind: 'connect-regions', params: pair })),
  ];
}

function overview(situation: Situation, history: StepDurationsByName, candidate: Candidate): PlanOverview {
  const { outlook } = situation;
  const { kind, params, lost } = candidate;
  const asked = kind === 'failover' ? { ...params, accept: LOOKED_AT } : params;
  const planned = planRecovery(kind, asked, planFacts(situation));
  const base = { id: planId(candidate), kind, params };
  if (!planned.ok) {
    const { code, message } = planned;
    return { ...base, plan: null, refusal: { code, message }, traps: [], proof: [], usual: {}, clocks: null };
  }
  const { steps } = planned.plan;
  const scenario: Scenario | null = lost === undefined ? null : { kind: 'region', region: lost };
  return {
    ...base,
    plan: planned.plan,
    refusal: null,
    traps: scenario ? lintPlan(outlook, steps, scenario) : [],
    proof: proofOf(steps, outlook.facts.drills.steps, outlook.facts.now),
    usual: Object.fromEntries(steps.map(({ key, action }) => [key, history[key] ?? history[action] ?? null])),
    clocks: projectClocks(steps, history, 0),
  };
}

/** A step that nobody should lean on before somebody has tried it. */
export interface UnprovenStep extends StepProof {
  plans: string[];
}

/** Steps of all these plans that never ran, or not since a quarter, each once; what never ran first. */
export function unprovenSteps(plans: readonly PlanOverview[]): UnprovenStep[] {
  const byKey = new Map<string, UnprovenStep>();
  for (const { plan, proof } of plans) {
    for (const step of proof) {
      if (!step.unproven || !plan) continue;
      const known = byKey.get(step.key);
      if (known) known.plans.push(plan.title);
      else byKey.set(step.key, { ...step, plans: [plan.title] });
    }
  }
  return [...byKey.values()].sort((a, b) => (a.lastRunAt ?? '').localeCompare(b.lastRunAt ?? ''));
}
