import type { Environment, Estate } from '#lib/domain/estate/estate.ts';
import type { RecordTargets } from '#lib/domain/observation/kinds.ts';
import type { OperationKind } from '#lib/domain/operation/kind.ts';
import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';
import type { RaisedMinimum } from '#lib/domain/traffic/raised.ts';
import { rampSteps } from '#lib/domain/traffic/ramp.ts';
import type { Ramp, ReleasedMinimum } from '#lib/domain/traffic/request.ts';
import { plannedShares } from '#lib/domain/traffic/solve.ts';
import {
  changedGeographies,
  globalShares,
  toRecordWeights,
  touchedRegions,
  type WeightMatrix,
} from '#lib/domain/traffic/weights.ts';
import type { RecordWeights } from './input.ts';

/** Where Route 53's control plane lives: a change of records needs it to answer (aws-facts B-06). */
const ROUTE53_CONTROL_PLANE = 'us-east-1';

/** A revert is a shift back to what was; it is never frozen and by default waits for nobody. */
export type ShiftKind = Extract<OperationKind, 'traffic-shift' | 'traffic-revert'>;

export interface ShiftPlanInput {
  kind: ShiftKind;
  estate: Estate;
  environment: Environment;
  title: string;
  from: WeightMatrix;
  /** Live integer weights: what the first change expects to find, and what a revert puts back. */
  liveWeights: RecordWeights;
  /** What stands beside the weights in the same records; a change of these behind our back ends the run. */
  targets: RecordTargets;
  to: WeightMatrix;
  ramp: Ramp;
  /** Regions that get users they did not have. */
  receivers: readonly string[];
  /** Minimums of nodes that the shift which is put back has raised, of Regions that receive nobody now. */
  release?: readonly ReleasedMinimum[];
}

/**
 * The steps of a shift (aws-facts 2.1): check again, capacity of the receivers, then for each step of the ramp one atomic
 * change of records, a dwell, and a verdict on measured share and SLIs. Compensation puts the snapshot back. What puts a
 * finished shift back gives up at last the nodes that this one kept ready.
 */
export function planShift(input: ShiftPlanInput): Plan {
  const { estate, environment, from, to, receivers } = input;
  const ramp = rampSteps(estate, input.ramp, from, to);
  const changed = changedGeographies(from, to);
  const targets = pick(input.targets, changed);
  const sharesAfter = globalShares(to, plannedShares(estate), environment.regions);
  const steps: PlannedStep[] = [
    step('recheck', 'Check again that nothing has changed', 'traffic.recheck', {
      input: { expect: pick(input.liveWeights, changed), targets },
      deadlineSeconds: 30,
      needsRegions: [ROUTE53_CONTROL_PLANE],
    }),
    ...receivers.map((region) =>
      step(`capacity-${region}`, `Enough ready nodes in ${region}`, 'capacity.ensure', {
        region,
        input: { region, share: round(sharesAfter[region] ?? 0) },
        deadlineSeconds: 20 * 60,
        needsRegions: [region],
      }),
    ),
  ];
  let expected = pick(input.liveWeights, changed);
  for (const [i, rampStep] of ramp.entries()) {
    const weights = Object.fromEntries(
      changed.map((geography) => [geography, toRecordWeights(rampStep.matrix[geography] ?? {})]),
    );
    const shares = roundedShares(globalShares(rampStep.matrix, plannedShares(estate), environment.regions));
    const part = ramp.length === 1 ? '' : `, ${Math.round(rampStep.fraction * 100)} % of the way`;
    const number = i + 1;
    steps.push(
      step(`weights-${number}`, `Set weights${part}`, 'traffic.set-weights', {
        input: { expect: expected, weights, targets },
        deadlineSeconds: 10 * 60,
        needsRegions: [ROUTE53_CONTROL_PLANE],
      }),
      step(`dwell-${number}`, 'Wait for resolvers to follow', 'traffic.dwell', {
        input: { seconds: rampStep.dwellSeconds, minimumRealSeconds: 2 * estate.dns.ttlSeconds, shares },
        deadlineSeconds: 60,
      }),
      step(`verify-${number}`, 'Measured share and service levels', 'traffic.verify', {
        input: { shares, since: `dwell-${number}` },
        deadlineSeconds: 60,
        needsRegions: environment.regions,
      }),
    );
    expected = weights;
  }
  for (const { region, minimumBefore, minimumSet } of input.release ?? [])
    steps.push(releaseStep(region, { raised: { minimumBefore, minimumSet } }));
  const everyTarget = steps.flatMap((planned) =>
    planned.action === 'traffic.set-weights' ? [planned.input.weights] : [],
  );
  return {
    version: 1,
    kind: input.kind,
    environment: environment.name,
    title: input.title,
    regions: touchedRegions(from, to).touched,
    steps,
    compensation: [
      step('restore-weights', 'Put the former weights back', 'traffic.restore-weights', {
        input: { weights: pick(input.liveWeights, changed), known: everyTarget, targets },
        deadlineSeconds: 10 * 60,
        needsRegions: [ROUTE53_CONTROL_PLANE],
      }),
      step('restore-dwell', 'Wait for resolvers to follow back', 'traffic.dwell', {
        input: { seconds: 0, minimumRealSeconds: 2 * estate.dns.ttlSeconds },
        deadlineSeconds: 60,
      }),
      ...receivers.map((region) => releaseStep(region, { raisedBy: `capacity-${region}` })),
    ],
  };
}

/**
 * What the steps act on, by what people call it, for the digest: the estate names it, and may be imported anew between a
 * request and its start.
 */
export function shiftResources(estate: Estate, receivers: readonly string[]): Record<string, string> {
  const nodeGroups = estate.regions
    .filter(({ code }) => receivers.includes(code))
    .map(({ code, cluster }) => [`node group of ${code}`, `${cluster.name}/${cluster.nodegroup}`]);
  return {
    'AWS account': estate.account,
    'hosted zone': estate.dns.zoneId,
    ...Object.fromEntries(nodeGroups),
  };
}

function releaseStep(region: string, raised: { raisedBy: string } | { raised: RaisedMinimum }): PlannedStep {
  return step(`release-${region}`, `Former minimum of nodes in ${region}`, 'capacity.release', {
    region,
    input: { region, ...raised },
    deadlineSeconds: 60,
    needsRegions: [region],
  });
}

function step(
  key: string,
  title: string,
  action: string,
  options: {
    input: Record<string, unknown>;
    deadlineSeconds: number;
    region?: string;
    needsRegions?: readonly string[];
  },
): PlannedStep {
  return {
    key,
    title,
    action,
    region: options.region ?? null,
    input: options.input,
    deadlineSeconds: options.deadlineSeconds,
    irreversible: false,
    needsRegions: options.needsRegions ?? [],
  };
}

function pick<Row extends object>(
  rows: Record<string, Row>,
  geographies: readonly string[],
): Record<string, Row | Record<string, never>> {
  return Object.fromEntries(geographies.map((geography) => [geography, rows[geography] ?? {}]));
}

function roundedShares(shares: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(shares).map(([region, share]) => [region, round(share)]));
}

/** Shares enter the digest: four places are enough and the same on every machine. */
function round(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
