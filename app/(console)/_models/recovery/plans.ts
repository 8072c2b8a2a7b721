import type { PlanDetail, PlanRow, PlanStep, PlansModel } from '#components/recovery/model.ts';
import { plural } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { pointOfNoReturn } from '#lib/domain/operation/plan.ts';
import { DRILL_EVERY_MONTHS } from '#lib/domain/recovery/drills.ts';
import { NotFoundError } from '#lib/errors.ts';
import { routes } from '#lib/routes.ts';
import { getBundle } from '#lib/services/breakglass/read.ts';
import { type RunHistory, readRunHistory, readStepHistory } from '#lib/services/recovery/history.ts';
import { type PlanOverview, plansOf } from '#lib/services/recovery/plans.ts';
import { listUnpaidDebts } from '#lib/services/reviews/debts.ts';
import { kindName } from '../kind-words.ts';
import { requestPermission, tryPlan } from './acts.ts';
import { type Frame, requestHref } from './frame.ts';

/** A quarter: after that a step has to be tried again before anybody leans on it (L761), s. */
const PROOF_LASTS_SECONDS = (DRILL_EVERY_MONTHS * 365.25 * 86_400) / 12;

/** Every plan as it would run now, and the steps of one. */
export async function plansModel(frame: Frame, wanted: string | undefined): Promise<PlansModel> {
  const { context, environment, situation } = frame;
  const plans = plansOf(situation, await readStepHistory(context.database, environment));
  const runs = await readRunHistory(context.database, environment);
  const chosen = plans.find(({ id }) => id === wanted) ?? plans.find(({ plan }) => plan !== null);
  return {
    plans: plans.map((plan) => planRow(frame, plan, { runs, selected: plan.id === chosen?.id })),
    chosen: chosen ? await planDetail(frame, chosen) : null,
  };
}

function planRow(
  frame: Frame,
  overview: PlanOverview,
  { runs, selected }: { runs: RunHistory; selected: boolean },
): PlanRow {
  const { id, kind, plan } = overview;
  return {
    id,
    href: routes.recovery({ ...frame.here, tab: 'plans', plan: id }),
    kind: kindName(kind),
    what: whatOf(overview),
    selected,
    ...stateOf(overview),
    steps: plan?.steps.length ?? 0,
    typicalSeconds: runs[kind]?.p50Seconds ?? null,
    provenAt: provenAt(overview),
  };
}

function whatOf({ kind, params }: PlanOverview): string {
  switch (kind) {
    case 'failover':
      return `${params.lost} lost, to ${params.target}`;
    case 'switchover':
      return `writer to ${params.target}`;
    case 'failback':
      return `writer back to ${params.target}`;
    case 'evacuate':
      return `readers out of ${params.region}`;
    case 'return':
      return `readers back to ${params.region}`;
    case 'rebuild':
      return `${params.region} from the writer`;
    case 'prepare-switch':
      return `the switch of ${params.region}`;
    case 'connect-regions':
      return `${params.from} and ${params.to}`;
    case 'drill':
      return `${params.level} of ${params.region}`;
    default:
      return kind satisfies never;
  }
}

function stateOf({ plan, proof, traps }: PlanOverview): { status: Status; word: string } {
  if (!plan) return { status: 'held', word: 'not now' };
  const refused = traps.filter(({ severity }) => severity === 'refused').length;
  if (refused > 0) return { status: 'critical', word: `${refused} refused` };
  const unproven = proof.filter((step) => step.unproven).length;
  if (unproven === proof.length) return { status: 'unknown', word: 'unproven' };
  return unproven > 0 ? { status: 'warning', word: `${unproven} unproven` } : { status: 'ok', word: 'sound' };
}

/** As old as its oldest step; null while one of them never ran. */
function provenAt({ proof }: PlanOverview): string | null {
  const times = proof.map(({ lastRunAt }) => lastRunAt);
  if (times.length === 0 || times.includes(null)) return null;
  return times.flatMap((at) => at ?? []).sort()[0] ?? null;
}

async function planDetail(frame: Frame, overview: PlanOverview): Promise<PlanDetail> {
  const { id, kind, params, plan, refusal } = overview;
  const irreversible = plan && pointOfNoReturn(plan);
  const note =
    refusal?.message ??
    `${plural(plan?.steps.length ?? 0, 'step')}, made now from what was observed; an approval is bound to its digest.${irreversible ? ` From “${irreversible.title}” on it goes forward only.` : ''}`;
  return {
    id,
    title: plan?.title ?? `${kindName(kind)}: ${whatOf(overview)}`,
    note,
    steps: stepsOf(overview),
    bundle: await bundleOf(frame, overview),
    act: await actOf(frame, { kind, params }),
  };
}

/** The bundle that a worker keeps on this machine for it; null where it has none, as for every plan but a failover. */
async function bundleOf(frame: Frame, { kind, params }: PlanOverview): Promise<PlanDetail['bundle']> {
  if (kind !== 'failover') return null;
  const plan = `failover-${params.lost}-to-${params.target}`;
  try {
    const { current, madeAt, scriptSha256 } = await getBundle(frame.context, {
      environment: frame.environment,
      plan,
    });
    return {
      href: routes.api.breakGlass({ plan, environment: frame.environment }),
      writtenAt: madeAt,
      sha256: scriptSha256,
      status: current ? 'ok' : 'warning',
      word: current ? 'current' : 'of an earlier plan',
    };
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

async function actOf(frame: Frame, asked: Pick<PlanOverview, 'kind' | 'params'>): Promise<PlanDetail['act']> {
  const { context } = frame;
  if (asked.kind === 'failover')
    return { label: 'Decide', href: requestHref(frame, asked), permission: { allowed: true } };
  const debts = context.actor.personId ? await listUnpaidDebts(context.database, context.actor.personId) : [];
  return {
    label: 'Request',
    href: requestHref(frame, asked, {
      tab: 'plans',
      plan: [asked.kind, ...Object.values(asked.params)].join('-'),
    }),
    permission: requestPermission(frame, { kind: asked.kind, debts }, tryPlan(frame, asked)),
  };
}

function stepsOf({ plan, proof, traps, usual }: PlanOverview): PlanStep[] {
  return (plan?.steps ?? []).map((step, index): PlanStep => {
    const trap = traps.find(({ stepKey, severity }) => stepKey === step.key && severity === 'refused');
    return {
      number: index + 1,
      title: step.title,
      region: step.region,
      needsRegions: step.needsRegions,
      irreversible: step.irreversible,
      group: step.group ?? null,
      postcondition: step.postcondition ?? null,
      typicalSeconds: usual[step.key]?.p75Seconds ?? null,
      runs: usual[step.key]?.runs ?? 0,
      provenAt: proof.find(({ key }) => key === step.key)?.lastRunAt ?? null,
      provenWithinSeconds: PROOF_LASTS_SECONDS,
      refusal: trap ? { reason: `${trap.message} ${trap.correction}`, row: trap.source } : null,
    };
  });
}
