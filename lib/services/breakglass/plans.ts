import { rankTargets, type Target } from '#lib/domain/recovery/targets.ts';
import {
  type BreakGlassPlan,
  breakGlassPlans,
  subjectDifferences,
} from '../../operations/breakglass/plan.ts';
import { recoveryTopology } from '../../operations/recovery/plan.ts';
import { type FactSource, readOutlook } from '../recovery/facts.ts';
import type { BreakGlassBundle } from './bundle.ts';

/** The plans there are now, best target first, with how each target stands. */
export interface CurrentPlans {
  /** The Region whose loss they are for; null where no single writer is known, and so no plan is. */
  writer: string | null;
  plans: { plan: BreakGlassPlan; target: Target | undefined }[];
}

/** Plans from what is stored: never asks AWS. */
export async function readBreakGlassPlans(
  source: FactSource,
  environmentName: string,
): Promise<CurrentPlans> {
  const outlook = await readOutlook(source, environmentName);
  const topology = recoveryTopology(outlook, { writesEndedAt: null, divergedAt: null });
  const { writer } = topology;
  if (writer === null) return { writer, plans: [] };
  const { estate, environment } = outlook;
  const targets = rankTargets(outlook, [writer]);
  const plans = breakGlassPlans({ estate, environment, topology }).map((plan) => ({
    plan,
    target: targets.find(({ region }) => region === plan.subject.target),
  }));
  return { writer, plans: plans.sort((a, b) => (a.target?.rank ?? 0) - (b.target?.rank ?? 0)) };
}

/** What has changed since the bundle was made, in words; nothing where it is made from what is there now. */
export async function differencesFromNow(
  source: FactSource,
  { environment, name, digest, subject }: BreakGlassBundle,
): Promise<string[]> {
  const { writer, plans } = await readBreakGlassPlans(source, environment);
  const now = plans.find(({ plan }) => plan.name === name)?.plan;
  if (now?.digest === digest) return [];
  if (now) return subjectDifferences(subject, now.subject);
  if (writer === null) return ['no single writer is known now'];
  return [
    writer === subject.lost
      ? `${subject.target} is no copy of the writer's database any more`
      : `orders are written in ${writer} now, not in ${subject.lost}`,
  ];
}
