import { z } from 'zod';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { type DetectionTime, detectionTime, type RegionDetection } from '#lib/domain/recovery/detection.ts';
import { preemptionWords } from '#lib/domain/recovery/emergency.ts';
import { type Loss, lossOf } from '#lib/domain/recovery/loss.ts';
import { type RecoveryOption, recoveryOptions } from '#lib/domain/recovery/options.ts';
import { rankTargets, type Target } from '#lib/domain/recovery/targets.ts';
import { ValidationError } from '../../errors.ts';
import { planRecovery } from '../../operations/recovery/plan.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { readStepHistory, type StepDurationsByName } from './history.ts';
import {
  bestTarget,
  detectionOf,
  downSince,
  LOOKED_AT,
  planFacts,
  readSituation,
  type Situation,
} from './situation.ts';

export const RecoveryOptionsInput = z.strictObject({
  environment: z.string().min(1).max(40).default('production'),
  lost: z.string().min(1).max(40),
  /** Region that a person prefers to the best ranked. */
  target: z.string().min(1).max(40).optional(),
});

/** Everything that the decision about a lost Region is made from, on one screen. */
export interface RecoveryDecision {
  environment: string;
  lost: string;
  /** What is seen of the Region, by whom; null while no worker looks. */
  detection: RegionDetection | null;
  /** More than one Region seems to fail at once. */
  correlated: boolean;
  detectionTime: DetectionTime;
  /** Wait, reads only, full: in this order. */
  options: RecoveryOption[];
  targets: Target[];
  loss: Loss;
  /** What becomes of the operation that holds the environment; null where none does. */
  preempts: string | null;
}

/** What can be done about a lost Region, each way with its clocks from own history, its loss, capacity, residency and price. */
export async function readRecoveryOptions(context: VerbContext, raw: unknown): Promise<RecoveryDecision> {
  assertPermitted(context, 'read', {});
  const { environment, ...question } = parseInput(RecoveryOptionsInput, raw);
  const situation = await readSituation(context, environment);
  return decisionOf(situation, await readStepHistory(context.database, environment), question);
}

/** The same, from what was read before. Throws a ValidationError for a Region that the environment does not have. */
export function decisionOf(
  situation: Situation,
  history: StepDurationsByName,
  { lost, target }: { lost: string; target?: string | undefined },
): RecoveryDecision {
  assertRegion(situation, 'lost', lost);
  if (target !== undefined) assertRegion(situation, 'target', target);
  const { outlook, detection } = situation;
  return {
    environment: outlook.environment.name,
    lost,
    detection: detectionOf(detection, lost) ?? null,
    correlated: detection?.correlated ?? false,
    detectionTime: detectionTime(outlook, lost),
    options: recoveryOptions(outlook, {
      lost,
      detection,
      plans: plansFor(situation, lost, target),
      history,
      ...(target === undefined ? {} : { target }),
    }),
    targets: rankTargets(outlook, [lost], { writesEndedAt: downSince(detection, lost) }),
    loss: lossOf(outlook, [lost]),
    preempts: preemptionWords(outlook),
  };
}

function assertRegion({ outlook }: Situation, field: string, code: string): void {
  const { regions, name } = outlook.environment;
  if (regions.includes(code)) return;
  throw new ValidationError(`${code} is not a Region of ${name}.`, {
    [field]: `is not one of ${regions.join(', ')}`,
  });
}

function plansFor(
  situation: Situation,
  lost: string,
  preferred: string | undefined,
): { evacuate: readonly PlannedStep[]; failover: readonly PlannedStep[] } {
  const facts = planFacts(situation);
  const target = preferred ?? bestTarget(situation, lost);
  const evacuate = planRecovery('evacuate', { region: lost }, facts);
  const failover = target ? planRecovery('failover', { lost, target, accept: LOOKED_AT }, facts) : undefined;
  return {
    evacuate: evacuate.ok ? evacuate.plan.steps : [],
    failover: failover?.ok ? failover.plan.steps : [],
  };
}
