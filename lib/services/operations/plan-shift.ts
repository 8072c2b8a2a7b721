import { z } from 'zod';
import { type Environment, findEnvironment } from '#lib/domain/estate/estate.ts';
import { coveringFreezes } from '#lib/domain/freeze/freeze.ts';
import { type DigestSubject, planDigest } from '#lib/domain/operation/digest.ts';
import type { Check, Plan, Price } from '#lib/domain/operation/plan.ts';
import { totalRequests } from '#lib/domain/traffic/check-load.ts';
import { largestSafePoints } from '#lib/domain/traffic/largest-step.ts';
import { preflightShift } from '#lib/domain/traffic/preflight.ts';
import { priceShift, withNodes } from '#lib/domain/traffic/price.ts';
import { type ReleasedMinimum, ShiftRequest } from '#lib/domain/traffic/request.ts';
import type { ShiftChange, ShiftFacts } from '#lib/domain/traffic/shift-facts.ts';
import { plannedShares, solveShift } from '#lib/domain/traffic/solve.ts';
import { globalShares, sameRecordWeights, touchedRegions } from '#lib/domain/traffic/weights.ts';
import { UnavailableError, ValidationError } from '../../errors.ts';
import { planShift, type ShiftKind, shiftResources } from '../../operations/traffic-shift/plan.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { readShiftFacts } from './facts.ts';
import type { PlanningContext } from './planners/planner.ts';

export const PlanShiftInput = z.strictObject({
  environment: z.string().min(1).max(40),
  params: ShiftRequest,
});

/** A shift as it would be carried out now: what the composer previews, a request stores and an approval binds to. */
export interface PlannedShift {
  plan: Plan;
  change: ShiftChange;
  checks: Check[];
  price: Price;
  digest: string;
  subject: DigestSubject;
  /** Requests a second that the rules reckoned with. */
  load: number;
  /** Most points that may move this way before capacity says no; null when all of it fits. */
  largestSafePoints: number | null;
  /** Facts it was planned from. */
  facts: ShiftFacts;
  /** Regions whose users change: the scope of grants. */
  regions: string[];
  /** Minimums of nodes that it puts back. */
  release: readonly ReleasedMinimum[];
}

/** Plans without changing anything. Needs only `read`. */
export async function previewShift(context: VerbContext, raw: unknown): Promise<PlannedShift> {
  assertPermitted(context, 'read', {});
  const input = parseInput(PlanShiftInput, raw);
  return planShiftNow({ ...context, asker: { personId: context.actor.personId } }, input.environment, {
    kind: 'traffic-shift',
    request: input.params,
  });
}

/** What is to be planned. */
export interface AskedShift {
  kind: ShiftKind;
  request: ShiftRequest;
  /** Minimums of nodes that a shift which is put back has raised. */
  release?: readonly ReleasedMinimum[];
}

/** Plans from the observations of now. Throws a ValidationError that names the field which does not fit. */
export async function planShiftNow(
  context: PlanningContext,
  environmentName: string,
  { kind, request, release: raised = [] }: AskedShift,
): Promise<PlannedShift> {
  const { estate } = context;
  const environment = findEnvironment(estate, environmentName);
  if (!environment) {
    const known = estate.environments.map(({ name }) => name).join(', ');
    throw new ValidationError(`There is no environment ${environmentName.slice(0, 40)}.`, {
      environment: `is not one of ${known}`,
    });
  }
  const facts = await readShiftFacts(context, environment);
  const records = facts.records.value;
  if (!records) {
    throw new UnavailableError(
      `The shift cannot be planned: the live DNS records have never been read (${facts.records.error ?? 'no answer'}). Wait for the collectors, or see Settings for their state.`,
    );
  }
  if (!records.targets) {
    throw new UnavailableError(
      'The shift cannot be planned: the live DNS records were last read by an earlier version, without where they lead. Wait for the collectors, or see Settings for their state.',
    );
  }
  const solved = solveShift(estate, environment.regions, records.weights, request);
  if (!solved.ok)
    throw new ValidationError(`The shift does not fit: ${solved.message}`, {
      [`params.${solved.field}`]: solved.message,
    });
  if (sameRecordWeights(records.weights, solved.matrix)) {
    throw new ValidationError('Nothing would change: the live weights are already what was asked for.', {
      params: 'asks for the weights that are live',
    });
  }
  const shares = plannedShares(estate);
  const change: ShiftChange = {
    before: records.weights,
    after: solved.matrix,
    sharesBefore: globalShares(records.weights, shares, environment.regions),
    sharesAfter: globalShares(solved.matrix, shares, environment.regions),
  };
  const preflight = preflightShift(estate, environment, facts, change, kind);
  const release = raised.filter(({ region }) => !preflight.receivers.includes(region));
  const plan = planShift({
    estate,
    environment,
    kind,
    title: shiftTitle(change, environment),
    from: records.weights,
    liveWeights: records.recordWeights,
    targets: records.targets,
    to: solved.matrix,
    ramp: request.ramp,
    receivers: preflight.receivers,
    release,
  });
  const { touched } = touchedRegions(change.before, change.after);
  const subject = digestSubject({
    environment,
    request,
    plan,
    facts,
    resources: shiftResources(estate, [...preflight.receivers, ...release.map(({ region }) => region)]),
    regions: touched,
    classes: preflight.classes,
  });
  return {
    plan,
    change,
    checks: preflight.checks,
    price: withNodes(
      estate,
      priceShift(estate, change.sharesBefore, change.sharesAfter, totalRequests(facts)),
      [...preflight.preScaled, ...release.map(({ region, nodes }) => ({ region, nodes: -nodes }))],
    ),
    digest: planDigest(subject),
    load: preflight.load,
    largestSafePoints: largestSafePoints(estate, environment, facts, change, preflight.load),
    facts,
    subject,
    regions: touched,
    release,
  };
}

function digestSubject(planned: {
  environment: Environment;
  request: ShiftRequest;
  plan: Plan;
  facts: ShiftFacts;
  resources: Record<string, string>;
  regions: readonly string[];
  classes: Record<string, string>;
}): DigestSubject {
  const { environment, request, plan, facts, resources, regions, classes } = planned;
  const target = { environment: environment.name, regions, kind: plan.kind };
  return {
    kind: plan.kind,
    environment: environment.name,
    params: request,
    steps: { steps: plan.steps, compensation: plan.compensation },
    resources,
    recordsHash: facts.records.value?.hash ?? '',
    versions: Object.fromEntries(facts.regions.map(({ code, version }) => [code, version])),
    freezes: coveringFreezes(facts.freezes, target, facts.now).map(({ id }) => id),
    classes,
  };
}

/** "us-east-1 −10.0 pt, eu-west-1 +6.0 pt, ap-southeast-1 +4.0 pt". */
function shiftTitle(change: ShiftChange, environment: Environment): string {
  const moved = environment.regions
    .map((code) => ({
      code,
      points: ((change.sharesAfter[code] ?? 0) - (change.sharesBefore[code] ?? 0)) * 100,
    }))
    .filter(({ points }) => Math.abs(points) >= 0.05);
  if (moved.length === 0) return 'Traffic shift within planned shares';
  const said = moved.map(
    ({ code, points }) => `${code} ${points > 0 ? '+' : '−'}${Math.abs(points).toFixed(1)} pt`,
  );
  return `Traffic shift: ${said.join(', ')}`;
}
