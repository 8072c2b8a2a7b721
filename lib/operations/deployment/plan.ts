import type { LowTrafficWindow } from '#lib/domain/deployment/schedule.ts';
import type { Environment } from '#lib/domain/estate/estate.ts';
import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';
import { makeStep, together } from '../recovery/plans/step.ts';

/** The seed's clean-up (L360), minutes after the first switch. */
export const RETIRE_MINUTES = 120;
/** A load balancer's usual deregistration delay: old connections stay on old pods as long (aws-facts R-20). */
const DRAIN_SECONDS = 300;
/** What the smoke test asks of the preview Service: a page that reads the database. */
const SMOKE_PATH = '/products';

/** Real seconds that steps get: limits, not expectations. */
const DEADLINES = {
  look: 60,
  write: 60,
  /** `kubectl rollout status` (aws-facts 2.2 step 3), and a moment to say what it found. */
  rollout: 11 * 60,
  smoke: 3 * 60,
  /** Pods of the version of before may have to start again (aws-facts C-13). */
  back: 15 * 60,
  diagnose: 2 * 60,
} as const;

export interface DeploymentPlanInput {
  environment: Environment;
  version: string;
  digest: string;
  repository: string;
  /** In the order of the deployment, with the version that each serves now. */
  regions: readonly { code: string; live: string; window: LowTrafficWindow | null }[];
  soakMinutes: number;
  /** Whether each Region waits for its quiet hours. */
  inLowTraffic: boolean;
}

/**
 * The steps of a deployment (aws-facts 2.2): the same image everywhere, then Region after Region the idle colour, its smoke
 * test, the switch and the soak, and at the end parity and the old colour to zero. What was switched is put back in every
 * Region at once, for all of them share one schema (aws-facts C-12).
 */
export function planDeployment(given: DeploymentPlanInput): Plan {
  const { environment, version, regions } = given;
  const codes = regions.map(({ code }) => code);
  return {
    version: 1,
    kind: 'deployment',
    environment: environment.name,
    title: `Deploy ${version} to ${codes.join(', ')}`,
    regions: codes,
    steps: [
      makeStep(
        { key: 'images', title: 'The same image in every Region', action: 'deploy.images' },
        {
          input: { repository: given.repository, version, digest: given.digest, regions: codes },
          deadlineSeconds: DEADLINES.look,
          needsRegions: codes,
          precondition: 'The release is registered.',
          postcondition: 'Every Region’s registry has its digest, and its tag names no other.',
        },
      ),
      ...regions.flatMap((_, i) => regionSteps(given, i)),
      ...closingSteps(given),
    ],
    compensation: backSteps(given),
  };
}

function regionSteps(given: DeploymentPlanInput, i: number): PlannedStep[] {
  const region = given.regions[i];
  if (!region) return [];
  return [...waitStep(given, i), ...idleSteps(given, region), ...liveSteps(given, region, i)];
}

function waitStep({ regions, soakMinutes, inLowTraffic }: DeploymentPlanInput, i: number): PlannedStep[] {
  const [region, before] = [regions[i], regions[i - 1]];
  if (!region || !before) return [];
  const { code, window } = region;
  return [
    makeStep(
      { key: `wait-${code}`, title: `Until ${code} may begin`, action: 'deploy.wait' },
      {
        region: code,
        input: {
          region: code,
          after: `switch-${before.code}`,
          plannedMinutes: i * soakMinutes,
          bakeMinutes: soakMinutes,
          ...(inLowTraffic && window ? { window: { fromHour: window.fromHour, toHour: window.toHour } } : {}),
        },
        deadlineSeconds: DEADLINES.look,
        precondition: `${before.code} has passed its soak.`,
        postcondition: `The planned time has come, and ${soakMinutes} min have passed since the switch of ${before.code}.`,
      },
    ),
  ];
}

/** Everything that users do not see yet. */
function idleSteps(
  { environment, version, digest }: DeploymentPlanInput,
  { code, live }: { code: string; live: string },
): PlannedStep[] {
  const place = { region: code, namespace: environment.namespace };
  return [
    makeStep(
      { key: `apply-${code}`, title: `${version} into the idle colour`, action: 'deploy.apply' },
      {
        region: code,
        input: { ...place, version, digest, expect: live },
        deadlineSeconds: DEADLINES.write,
        needsRegions: [code],
        precondition: 'The Service says which colour is idle.',
        postcondition: 'The idle Deployment has the image, and as many replicas as the live one.',
      },
    ),
    makeStep(
      { key: `rollout-${code}`, title: 'All pods ready', action: 'deploy.rollout' },
      {
        region: code,
        input: { ...place, version },
        deadlineSeconds: DEADLINES.rollout,
        needsRegions: [code],
        precondition: 'The idle Deployment was applied.',
        postcondition:
          'Observed generation, updated, ready and available replicas are those that were asked for.',
      },
    ),
    makeStep(
      { key: `smoke-${code}`, title: 'Smoke test by the preview Service', action: 'deploy.smoke' },
      {
        region: code,
        input: { ...place, version, path: SMOKE_PATH },
        deadlineSeconds: DEADLINES.smoke,
        needsRegions: [code],
        precondition: 'Its pods are ready.',
        postcondition: `The preview Service answers 200, and with ${version}.`,
      },
    ),
    makeStep(
      { key: `endpoints-${code}`, title: 'No fewer ready endpoints than now', action: 'deploy.endpoints' },
      {
        region: code,
        input: { ...place, version },
        deadlineSeconds: DEADLINES.look,
        needsRegions: [code],
        precondition: 'The preview Service selects the idle colour.',
        postcondition: 'The new version has at least as many ready endpoints as the old one.',
      },
    ),
  ];
}

function liveSteps(
  given: DeploymentPlanInput,
  { code, live }: { code: string; live: string },
  i: number,
): PlannedStep[] {
  const { environment, version, soakMinutes, regions } = given;
  const place = { region: code, namespace: environment.namespace };
  const switched = regions.slice(0, i + 1).map((region) => region.code);
  return [
    makeStep(
      { key: `switch-${code}`, title: `${code} serves ${version}`, action: 'deploy.switch' },
      {
        region: code,
        input: { ...place, version, expect: live },
        deadlineSeconds: DEADLINES.write,
        needsRegions: [code],
        precondition: `The Service still selects ${live}, unchanged since it was read.`,
        postcondition: `The Service selects ${version}, and its endpoints are ready.`,
      },
    ),
    makeStep(
      { key: `drain-${code}`, title: 'Old connections end', action: 'deploy.drain' },
      {
        region: code,
        input: { ...place, version, seconds: DRAIN_SECONDS },
        deadlineSeconds: DEADLINES.look,
        needsRegions: [code],
        precondition: 'The Service was switched.',
        postcondition: 'Keep-alive connections to the old pods had time to end.',
      },
    ),
    makeStep(
      { key: `soak-${code}`, title: `Soak ${soakMinutes} min under the gate`, action: 'deploy.soak' },
      {
        region: code,
        input: {
          region: code,
          version,
          seconds: soakMinutes * 60,
          since: `switch-${code}`,
          baseline: environment.regions.filter((other) => !switched.includes(other)),
        },
        deadlineSeconds: DEADLINES.look,
        needsRegions: [code],
        precondition: `${code} serves ${version}.`,
        postcondition: 'The time is over, and the last verdict passes.',
      },
    ),
  ];
}

function closingSteps({ environment, version, regions }: DeploymentPlanInput): PlannedStep[] {
  const codes = regions.map(({ code }) => code);
  const retire = regions.map(({ code }) =>
    makeStep(
      { key: `retire-${code}`, title: 'The old colour to zero, and kept', action: 'deploy.retire' },
      {
        region: code,
        input: {
          region: code,
          namespace: environment.namespace,
          version,
          minutes: RETIRE_MINUTES,
          since: `switch-${codes[0]}`,
        },
        deadlineSeconds: DEADLINES.write,
        needsRegions: [code],
        precondition: `${RETIRE_MINUTES} min have passed since the first switch.`,
        postcondition: 'The old Deployment has no replicas; its objects stay until the next release.',
      },
    ),
  );
  return [
    makeStep(
      { key: 'parity', title: 'One version in every Region', action: 'deploy.parity' },
      {
        input: { regions: codes, namespace: environment.namespace, version },
        deadlineSeconds: DEADLINES.look,
        needsRegions: codes,
        precondition: 'Every Region has passed its soak.',
        postcondition: `Every Region serves ${version}.`,
      },
    ),
    ...together('retire', retire),
  ];
}

/** Every Region that was switched, all at once; then what was seen there is kept, and the new colour goes to zero. */
function backSteps({ environment, version, regions }: DeploymentPlanInput): PlannedStep[] {
  const places = regions.map(({ code }) => ({ region: code, namespace: environment.namespace }));
  return [
    ...together(
      'back',
      places.map((place) =>
        backStep(
          place,
          { switched: `switch-${place.region}`, from: version },
          'Serve the version of before again',
        ),
      ),
    ),
    ...checkSteps(places, version),
    ...together(
      'clear',
      places.map((place) =>
        makeStep(
          {
            key: `clear-${place.region}`,
            title: `${version} out of the idle colour`,
            action: 'deploy.clear',
          },
          {
            region: place.region,
            input: { ...place, version, apply: `apply-${place.region}` },
            deadlineSeconds: DEADLINES.write,
            needsRegions: [place.region],
            precondition: 'The Service does not select it.',
            postcondition: 'It has as many replicas as before it was applied; its objects stay.',
          },
        ),
      ),
    ),
  ];
}

function backStep(
  place: { region: string; namespace: string },
  how: Record<string, unknown>,
  title: string,
): PlannedStep {
  return makeStep(
    { key: `back-${place.region}`, title, action: 'deploy.switch-back' },
    {
      region: place.region,
      input: { ...place, ...how },
      deadlineSeconds: DEADLINES.back,
      needsRegions: [place.region],
      precondition: 'The version of before has as many ready endpoints as the one that serves.',
      postcondition: 'The Service selects it, and its endpoints are ready.',
    },
  );
}

function checkSteps(
  places: readonly { region: string; namespace: string }[],
  version: string,
): PlannedStep[] {
  return [
    ...together(
      'back-verify',
      places.map(({ region }) =>
        makeStep(
          { key: `back-verify-${region}`, title: 'Back under the gate', action: 'deploy.verify-back' },
          {
            region,
            input: { region, back: `back-${region}` },
            deadlineSeconds: DEADLINES.look,
            needsRegions: [region],
            precondition: 'The Service was switched back.',
            postcondition:
              'Errors and latency are under the gate again, or it is on record that they are not.',
          },
        ),
      ),
    ),
    ...together(
      'diagnose',
      places.map((place) =>
        makeStep(
          { key: `diagnose-${place.region}`, title: `What ${version} did there`, action: 'deploy.diagnose' },
          {
            region: place.region,
            input: { ...place, version },
            deadlineSeconds: DEADLINES.diagnose,
            needsRegions: [place.region],
            precondition: 'Its pods still run.',
            postcondition: 'Pods, events, last lines and use of the nodes are kept as evidence.',
          },
        ),
      ),
    ),
  ];
}

export interface RollbackPlanInput {
  environment: Environment;
  regions: readonly { code: string; from: string; to: string; digest: string | null }[];
}

/** A rollback as an operation of its own: every Region at once, each to the version that it recorded. Nothing puts it back. */
export function planRollback({ environment, regions }: RollbackPlanInput): Plan {
  const codes = regions.map(({ code }) => code);
  const targets = [...new Set(regions.map(({ to }) => to))].join(', ');
  const places = regions.map(({ code }) => ({ region: code, namespace: environment.namespace }));
  return {
    version: 1,
    kind: 'rollback',
    environment: environment.name,
    title: `Roll back ${codes.join(', ')} to ${targets}`,
    regions: codes,
    steps: [
      ...together(
        'back',
        regions.map(({ code, from, to, digest }) =>
          backStep(
            { region: code, namespace: environment.namespace },
            { from, to: { version: to, digest } },
            `${code} serves ${to} again`,
          ),
        ),
      ),
      ...together(
        'back-verify',
        checkSteps(places, '').filter(({ action }) => action === 'deploy.verify-back'),
      ),
      ...together(
        'diagnose',
        regions.flatMap(({ code, from }) =>
          checkSteps([{ region: code, namespace: environment.namespace }], from).filter(
            ({ action }) => action === 'deploy.diagnose',
          ),
        ),
      ),
    ],
    compensation: [],
  };
}
