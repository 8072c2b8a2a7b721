import type { Plan, Price } from '#lib/domain/operation/plan.ts';
import { lossOf } from '#lib/domain/recovery/loss.ts';
import { priceShift } from '#lib/domain/traffic/price.ts';
import type { Situation } from '../../recovery/situation.ts';
import type { Asked } from './recovery-checks.ts';

/** Route 53, dollars a month: a check of something in AWS, and each feature such as string matching. List price; verify. */
const CHECK_DOLLARS = 0.5;
const FEATURE_DOLLARS = 1;

/** Change of monthly cost if the result were kept. */
export function priceRecovery({ outlook }: Situation, { kind, left }: Asked, plan: Plan): Price {
  if (left !== null) {
    const { sharesBefore, sharesAfter, load } = lossOf(outlook, [left]);
    return priceShift(outlook.estate, sharesBefore, sharesAfter, load);
  }
  if (kind === 'prepare-switch') return priceOfSwitch(plan);
  if (kind === 'drill')
    return nothing('a drill leaves the estate as it was; a throw-away replica is paid for while it stands');
  return nothing('the same instances, peerings and copies as the plan of the estate counts');
}

function nothing(basis: string): Price {
  return { monthlyDollars: 0, lines: [], basis };
}

function priceOfSwitch({ steps }: Plan): Price {
  const checks = steps.filter(({ action }) => action === 'recovery.create-switch-check').length;
  const lines = [
    {
      label: `${checks} health checks that match a string`,
      monthlyDollars: checks * (CHECK_DOLLARS + FEATURE_DOLLARS),
    },
    { label: 'one calculated health check', monthlyDollars: CHECK_DOLLARS },
  ];
  return {
    monthlyDollars: lines.reduce((sum, { monthlyDollars }) => sum + monthlyDollars, 0),
    lines,
    basis: `$${CHECK_DOLLARS} a health check and $${FEATURE_DOLLARS} a feature, each month (list price, verify)`,
  };
}
