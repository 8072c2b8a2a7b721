import type { Check, PlannedStep } from '../operation/plan.ts';

export const RISKS = ['ordinary', 'high'] as const;
export type Risk = (typeof RISKS)[number];

export interface RiskVerdict {
  risk: Risk;
  /** Why it is high, a sentence each; empty where it is ordinary. */
  reasons: readonly string[];
}

/** Checks whose very warning makes a plan risky, by what their code begins with: unproven releases, schemas, records. */
const RISKY_WARNINGS = ['staging', 'schema', 'contract'] as const;

/** What goes round a rule names the exception it goes by, or is a check of its own whose code ends so. */
const EXCEPTION = /(^|-)exception$/;

/** How risky a plan is, and why: what cannot be put back, what somebody had to accept, what goes round a rule. */
export function riskOf(plan: {
  steps: readonly Pick<PlannedStep, 'title' | 'irreversible'>[];
  checks: readonly Pick<Check, 'code' | 'verdict' | 'message' | 'exceptions'>[];
  /** Codes that the requester accepted. */
  acknowledged: readonly string[];
}): RiskVerdict {
  const forGood = plan.steps.find(({ irreversible }) => irreversible);
  const reasons = [
    ...(forGood ? [`“${forGood.title}” cannot be undone.`] : []),
    ...plan.checks.flatMap((check) => riskOfCheck(check, plan.acknowledged)),
  ];
  return { risk: reasons.length > 0 ? 'high' : 'ordinary', reasons };
}

function riskOfCheck(
  { code, verdict, message, exceptions = [] }: Pick<Check, 'code' | 'verdict' | 'message' | 'exceptions'>,
  acknowledged: readonly string[],
): string[] {
  if (exceptions.length > 0 || (EXCEPTION.test(code) && verdict !== 'pass'))
    return [`An exception: ${message}`];
  if (verdict === 'accept' && acknowledged.includes(code)) return [`Accepted: ${message}`];
  if (verdict === 'warn' && RISKY_WARNINGS.some((family) => code === family || code.startsWith(`${family}-`)))
    return [message];
  return [];
}
