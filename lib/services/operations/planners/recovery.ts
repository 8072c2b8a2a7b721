import { coveringFreezes } from '#lib/domain/freeze/freeze.ts';
import { type DigestSubject, planDigest } from '#lib/domain/operation/digest.ts';
import { type Plan, type PlannedStep, pointOfNoReturn } from '#lib/domain/operation/plan.ts';
import { requireDeclared } from '#lib/domain/recovery/facts.ts';
import {
  type DrillParams,
  RECOVERY_PARAMS,
  type RecoveryKind,
  RpoContract,
} from '#lib/domain/recovery/params.ts';
import { refusedOrders } from '#lib/domain/recovery/refused-orders.ts';
import { RefusedError, ValidationError } from '../../../errors.ts';
import { planRecovery } from '../../../operations/recovery/plan.ts';
import { downSince, planFacts, readSituation, type Situation } from '../../recovery/situation.ts';
import {
  type Confirmation,
  definePlanner,
  type PlannedOperation,
  type Planner,
  type PlanningContext,
  requireNamedEnvironment,
} from './planner.ts';
import { recoveryChanges } from './recovery-changes.ts';
import { type Asked, checkRecovery } from './recovery-checks.ts';
import { priceRecovery } from './recovery-price.ts';

type Params = Readonly<Record<string, unknown>>;

function recoveryPlanner(kind: RecoveryKind): Planner {
  return definePlanner(kind, RECOVERY_PARAMS[kind], (context, environment, params) =>
    planRecoveryNow(context, { kind, environment, params }),
  );
}

/** Every kind of recovery, planned by lib/operations/recovery and checked by the rules of lib/domain/recovery. */
export const recoveryPlanners: Readonly<Record<RecoveryKind, Planner>> = {
  failover: recoveryPlanner('failover'),
  switchover: recoveryPlanner('switchover'),
  evacuate: recoveryPlanner('evacuate'),
  return: recoveryPlanner('return'),
  rebuild: recoveryPlanner('rebuild'),
  failback: recoveryPlanner('failback'),
  drill: recoveryPlanner('drill'),
  'prepare-switch': recoveryPlanner('prepare-switch'),
  'connect-regions': recoveryPlanner('connect-regions'),
};

/** Plans from what was last seen. Throws as `planRecoveryIn` does. */
async function planRecoveryNow(
  context: PlanningContext,
  { kind, environment: name, params }: { kind: RecoveryKind; environment: string; params: Params },
): Promise<PlannedOperation> {
  const { name: environment, regions: known } = requireNamedEnvironment(context, name);
  assertRegions(params, known);
  return planRecoveryIn(await readSituation(context, environment), { kind, params });
}

/**
 * Plans in a situation that was read before. Throws a ValidationError for a Region that the environment does not have, and a
 * RefusedError where there is no such plan, which says what to do instead.
 */
export function planRecoveryIn(
  situation: Situation,
  { kind, params }: { kind: RecoveryKind; params: Params },
): PlannedOperation {
  const known = situation.outlook.environment.regions;
  assertRegions(params, known);
  const drilled = kind === 'drill' ? String(params.region) : undefined;
  const planned = planRecovery(kind, params, planFacts(situation, drilled));
  if (!planned.ok) throw new RefusedError(planned.code, noPlan(situation, planned));
  const regions = touchedBy(planned.plan, params, known);
  const plan: Plan = { ...planned.plan, regions };
  const asked = askedOf(kind, params);
  const { checks, classes, blocks } = checkRecovery(situation, asked, plan);
  const subject = digestSubject(situation, { plan, params, regions, classes });
  return {
    plan,
    checks,
    blocks,
    price: priceRecovery(situation, asked, plan),
    digest: planDigest(subject),
    subject,
    regions,
    changes: recoveryChanges(situation, asked, regionsIn(params)),
    change: null,
    largestSafePoints: null,
    accepted: asked.accept,
    confirm: pointOfNoReturn(plan) ? confirmationOf(situation, kind, params) : null,
    outageAt: asked.left === null ? null : downSince(situation.detection, asked.left),
  };
}

/** Where nobody takes the orders because a run has left it so, that comes first. */
function noPlan({ outlook }: Situation, { code, message }: { code: string; message: string }): string {
  const refused = code === 'no-writer' ? refusedOrders(outlook) : null;
  return `There is no plan for it: ${refused?.message ?? message}`;
}

/** The name of what cannot be got back: a Region that is given up or made anew, or the database that becomes the writer. */
function confirmationOf(situation: Situation, kind: RecoveryKind, params: Params): Confirmation | null {
  const region = String(params.region ?? '');
  switch (kind) {
    case 'failover':
      return { name: String(params.lost), why: 'the Region that is given up' };
    case 'switchover':
    case 'failback':
      return { name: databaseIn(situation, String(params.target)), why: 'it becomes the only writer' };
    case 'rebuild':
      return { name: region, why: 'what stands there is replaced' };
    case 'drill':
      return { name: databaseIn(situation, region), why: 'it becomes the only writer, for the drill' };
    case 'evacuate':
    case 'return':
    case 'prepare-switch':
    case 'connect-regions':
      return null;
    default:
      return kind satisfies never;
  }
}

/** As it stands there, else as the estate declares it. */
function databaseIn({ outlook, topology }: Situation, region: string): string {
  const standing = topology.regions.find(({ code }) => code === region)?.database?.instanceId;
  return standing ?? requireDeclared(outlook, region).database.instanceId;
}

const REGION_FIELDS = ['lost', 'target', 'region', 'from', 'to'] as const;

function regionsIn(params: Params): string[] {
  return REGION_FIELDS.flatMap((field) => (typeof params[field] === 'string' ? params[field] : []));
}

function assertRegions(params: Params, known: readonly string[]): void {
  const wrong = REGION_FIELDS.filter(
    (field) => typeof params[field] === 'string' && !known.includes(params[field]),
  );
  if (wrong.length === 0) return;
  throw new ValidationError(
    `There is no plan for it: ${wrong.map((field) => params[field]).join(' and ')} is not there.`,
    Object.fromEntries(wrong.map((field) => [`params.${field}`, `is not one of ${known.join(', ')}`])),
  );
}

/** The roles that Regions have in what was asked for. */
function askedOf(kind: RecoveryKind, params: Params): Asked {
  const of = (field: (typeof REGION_FIELDS)[number]) =>
    typeof params[field] === 'string' ? params[field] : null;
  const nobody = { kind, left: null, target: null, restored: null, accept: null };
  switch (kind) {
    case 'failover':
      return { ...nobody, left: of('lost'), target: of('target'), accept: RpoContract.parse(params.accept) };
    case 'evacuate':
      return { ...nobody, left: of('region') };
    case 'switchover':
      return { ...nobody, target: of('target') };
    case 'failback':
      return { ...nobody, restored: of('target') };
    case 'return':
    case 'rebuild':
    case 'prepare-switch':
      return { ...nobody, restored: of('region') };
    case 'drill':
      return drillAsked(nobody, RECOVERY_PARAMS.drill.parse(params));
    case 'connect-regions':
      return nobody;
    default:
      return kind satisfies never;
  }
}

/** A drill is checked as what it does for real; what it only looks at needs no check. */
function drillAsked(nobody: Asked, { level, region }: DrillParams): Asked {
  switch (level) {
    case 'evacuation':
      return { ...nobody, left: region };
    case 'switchover':
      return { ...nobody, target: region };
    case 'promotion':
    case 'readiness':
    case 'tabletop':
      return nobody;
    default:
      return level satisfies never;
  }
}

/** Regions in which any step acts, in the environment's order. */
function touchedBy({ steps, compensation }: Plan, params: Params, known: readonly string[]): string[] {
  const named = new Set([
    ...[...steps, ...compensation].flatMap(({ region }) => region ?? []),
    ...regionsIn(params),
  ]);
  return known.filter((code) => named.has(code));
}

function digestSubject(
  { outlook, topology }: Situation,
  planned: { plan: Plan; params: Params; regions: readonly string[]; classes: Record<string, string> },
): DigestSubject {
  const { plan, params, regions, classes } = planned;
  const { estate, environment, facts } = outlook;
  const target = { environment: environment.name, regions, kind: plan.kind };
  const arns = topology.regions
    .filter(({ code }) => regions.includes(code))
    .map(({ code, database }) => [`database of ${code}`, database?.arn ?? 'none']);
  return {
    kind: plan.kind,
    environment: environment.name,
    params,
    steps: { steps: plan.steps.map(boundStep), compensation: plan.compensation.map(boundStep) },
    resources: {
      'AWS account': estate.account,
      'hosted zone': estate.dns.zoneId,
      ...Object.fromEntries(arns),
    },
    recordsHash: facts.records.value?.hash ?? '',
    versions: Object.fromEntries(
      facts.regions.map(({ code, service }) => [code, service.value?.liveVersion ?? null]),
    ),
    freezes: coveringFreezes(facts.freezes, target, facts.now).map(({ id }) => id),
    classes,
  };
}

/** Digest of a plan without the bound of what may be lost: that is measured anew all the time, the rest is not. */
export function planShape(subject: DigestSubject): string {
  return planDigest(withoutBound(subject));
}

/** The bound stands in what was asked for, and in the step that holds the run to it. */
function withoutBound<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value, (name, part) => (name === 'accept' ? undefined : part))) as Value;
}

/**
 * A step as people agree to it. How many machines a share of the users comes to follows the load, which an outage shakes
 * every second: the share is agreed to, the number is not. That they are too few for good is a class of its own. What a step
 * proves of others is nobody's agreement.
 */
function boundStep({ proves: _, ...step }: PlannedStep): PlannedStep {
  const { nodes: __, ...input } = step.input;
  return { ...step, input };
}
