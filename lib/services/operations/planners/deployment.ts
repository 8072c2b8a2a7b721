import { checkDeployment, livePods } from '#lib/domain/deployment/checks.ts';
import type { DeployedRegion, DeploymentFacts, WantedRelease } from '#lib/domain/deployment/facts.ts';
import { repositoryOf } from '#lib/domain/deployment/image.ts';
import { DeploymentParams } from '#lib/domain/deployment/params.ts';
import { nextInWindow } from '#lib/domain/deployment/schedule.ts';
import type { Environment, Estate } from '#lib/domain/estate/estate.ts';
import { coveringFreezes } from '#lib/domain/freeze/freeze.ts';
import { type DigestSubject, planDigest } from '#lib/domain/operation/digest.ts';
import type { Plan, PlannedStep, Price } from '#lib/domain/operation/plan.ts';
import { UnavailableError, ValidationError } from '../../../errors.ts';
import { planDeployment, RETIRE_MINUTES } from '../../../operations/deployment/plan.ts';
import { readDeploymentFacts } from '../../deployments/facts.ts';
import { readWantedRelease } from '../../deployments/wanted.ts';
import {
  definePlanner,
  type PlanChange,
  type PlannedOperation,
  type PlanningContext,
  requireNamedEnvironment,
} from './planner.ts';

/** A release, Region after Region: lib/operations/deployment carries it out, lib/domain/deployment checks it. */
export const deployment = definePlanner('deployment', DeploymentParams, planDeploymentNow);

interface Planning {
  estate: Estate;
  environment: Environment;
  params: DeploymentParams;
  facts: DeploymentFacts;
  wanted: WantedRelease;
  /** In the order of the deployment. */
  regions: DeployedRegion[];
}

/**
 * Plans from what was last seen. Throws a ValidationError for a Region that the environment does not have or a release that
 * serves everywhere already, an UnavailableError where what serves was never seen.
 */
async function planDeploymentNow(
  context: PlanningContext,
  name: string,
  params: DeploymentParams,
): Promise<PlannedOperation> {
  const { estate } = context;
  const environment = requireNamedEnvironment(context, name);
  const facts = await readDeploymentFacts(context, environment);
  const wanted = await readWantedRelease(context, environment, params.version);
  const regions = chosenRegions(environment, facts, params.regions);
  const planning: Planning = { estate, environment, params, facts, wanted, regions };
  assertNew(planning);
  const plan = makePlan(planning);
  const { checks, classes } = checkDeployment(planning);
  const subject = digestSubject(planning, plan, classes);
  return {
    plan,
    checks,
    price: priceOverlap(planning),
    digest: planDigest(subject),
    subject,
    regions: regions.map(({ code }) => code),
    changes: regions.flatMap((region) => regionChanges(region, wanted)),
    change: null,
    largestSafePoints: null,
    accepted: null,
    confirm: null,
    outageAt: null,
    author: wanted.release?.author ?? null,
    startAt: startAtOf(planning),
    blocks: [],
  };
}

/** When it starts, where not at once: at the time asked for, or as the first Region comes to its quiet hours. ISO. */
function startAtOf({ params, facts, regions }: Planning): string | null {
  const nowMs = facts.now.getTime();
  const atMs =
    params.schedule.kind === 'at'
      ? Date.parse(params.schedule.at)
      : params.schedule.kind === 'low-traffic' && regions[0]?.window
        ? nextInWindow(regions[0].window, nowMs)
        : nowMs;
  return atMs > nowMs ? new Date(atMs).toISOString() : null;
}

/** The Regions asked for, in that order. */
export function chosenRegions(
  { regions: known }: Environment,
  { regions }: DeploymentFacts,
  asked: readonly string[] | undefined,
): DeployedRegion[] {
  const wrong = asked?.filter((code) => !known.includes(code)) ?? [];
  if (wrong.length > 0)
    throw new ValidationError(`There is no plan for it: ${wrong.join(' and ')} is not there.`, {
      'params.regions': `is not of ${known.join(', ')}`,
    });
  return (asked ?? known).flatMap((code) => regions.find((region) => region.code === code) ?? []);
}

function assertNew({ params, regions }: Planning): void {
  const left = regions.filter(({ service }) => service.value?.liveVersion !== params.version);
  if (left.length === regions.length) return;
  const served = regions.filter((region) => !left.includes(region)).map(({ code }) => code);
  throw new ValidationError(
    left.length === 0
      ? `Nothing would change: ${served.join(', ')} ${served.length === 1 ? 'serves' : 'serve'} ${params.version} already.`
      : `${served.join(', ')} ${served.length === 1 ? 'serves' : 'serve'} ${params.version} already. Ask for ${left.map(({ code }) => code).join(', ')}.`,
    { 'params.regions': `names what serves ${params.version} already` },
  );
}

function makePlan({ estate, environment, params, wanted, regions }: Planning): Plan {
  return planDeployment({
    environment,
    version: params.version,
    digest: wanted.release?.digest ?? '',
    repository: estate.registry?.repository ?? repositoryIn(regions),
    regions: regions.map((region) => ({ code: region.code, live: liveOf(region), window: region.window })),
    soakMinutes: params.soakMinutes,
    inLowTraffic: params.schedule.kind === 'low-traffic',
  });
}

/** The version that a Region serves; a plan rests on it. */
function liveOf({ code, service }: DeployedRegion): string {
  const live = service.value?.liveVersion;
  if (live) return live;
  throw new UnavailableError(
    `It cannot be planned: what ${code} serves is not known (${service.error ?? 'its Service selects no version'}). Wait for the collectors, or see Settings for their state.`,
  );
}

function repositoryIn(regions: readonly DeployedRegion[]): string {
  const observed = regions.flatMap(({ registry }) => registry.value?.repository ?? [])[0];
  const image = regions.flatMap(({ service }) => service.value?.deployments[0]?.image ?? [])[0];
  const repository = observed ?? (image && repositoryOf(image));
  if (repository) return repository;
  throw new UnavailableError(
    'It cannot be planned: neither the registries nor the Deployments were ever seen. Wait for the collectors, or see Settings for their state.',
  );
}

function digestSubject(planning: Planning, plan: Plan, classes: Record<string, string>): DigestSubject {
  const { estate, environment, params, facts, wanted } = planning;
  const target = { environment: environment.name, regions: plan.regions ?? [], kind: plan.kind };
  return {
    kind: plan.kind,
    environment: environment.name,
    params,
    steps: { steps: plan.steps.map(boundStep), compensation: plan.compensation.map(boundStep) },
    resources: {
      'AWS account': estate.account,
      namespace: environment.namespace,
      [`image of ${params.version}`]: wanted.release?.digest ?? 'not registered',
    },
    recordsHash: '',
    versions: Object.fromEntries(
      facts.regions.map(({ code, service }) => [code, service.value?.liveVersion ?? null]),
    ),
    freezes: coveringFreezes(facts.freezes, target, facts.now).map(({ id }) => id),
    classes,
  };
}

/** A step as people agree to it: that it waits for the quiet hours is agreed to, which hours those are is measured anew. */
function boundStep(step: PlannedStep): PlannedStep {
  const { window: _, ...input } = step.input;
  return { ...step, input };
}

function regionChanges(region: DeployedRegion, { version, release }: WantedRelease): PlanChange[] {
  const { code, service } = region;
  const live = service.value?.liveVersion ?? 'unknown';
  const image = service.value?.deployments.find((deployment) => deployment.version === live)?.image;
  const pods = livePods(region);
  const after = image && release ? `${repositoryOf(image)}@${short(release.digest)}` : `of ${version}`;
  return [
    { label: `Version in ${code}`, before: live, after: version },
    {
      label: `Pods in ${code}`,
      before: `${pods}`,
      after: `${pods}, and ${2 * pods} until ${RETIRE_MINUTES} min after the first switch`,
    },
    { label: `Image in ${code}`, before: image ? shortImage(image) : 'unknown', after },
  ];
}

function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

function shortImage(image: string): string {
  const [source = image, digest] = image.split('@');
  return digest ? `${repositoryOf(image)}@${short(digest)}` : source;
}

const HOURS_PER_MONTH = 730;

/** Both colours run until the old one is retired: the Regions' planned compute once more for so long. Nothing afterwards. */
function priceOverlap({ estate, regions, params }: Planning): Price {
  const minutes = Math.max(RETIRE_MINUTES, regions.length * params.soakMinutes);
  const hours = minutes / 60;
  const once = regions.reduce((sum, { code }) => {
    const compute = estate.regions.find((region) => region.code === code)?.plan.compute ?? 0;
    return sum + (compute * hours) / HOURS_PER_MONTH;
  }, 0);
  return {
    monthlyDollars: 0,
    lines: [{ label: 'as many pods as before, once the old colour is retired', monthlyDollars: 0 }],
    basis: `both colours run for ${hours.toFixed(1)} h: $${once.toFixed(2)} once, at the Regions' planned cost of compute, if the nodes for it have to be added`,
  };
}
