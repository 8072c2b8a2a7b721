import { nextDue, proofOf } from './drills.ts';
import { lintPlan } from './lint.ts';
import type { DrillLevel } from './params.ts';
import { type Case, type Found, lastProof, losesWriter } from './readiness-case.ts';
import type { Remedy } from './verdict.ts';
import { durationWords, listOf } from './words.ts';

/** The plan that would be run, searched for steps that need what is lost (PRODUCT.md, idea 4). */
export function checkPlan({ outlook, scenario, plan }: Case): Found | null {
  if (!plan) return null;
  const traps = lintPlan(outlook, plan, scenario);
  const refused = traps.filter(({ severity }) => severity === 'refused');
  const [first] = refused.length > 0 ? refused : traps;
  const found = { source: first?.source ?? '2.0', observedAt: null };
  if (!first) {
    const message =
      plan.length === 1
        ? 'Its one step does not need what is lost.'
        : `None of its ${plan.length} steps needs what is lost.`;
    return { ...found, verdict: 'ok', message, remedy: null };
  }
  const more = (refused.length > 0 ? refused : traps).length - 1;
  return {
    ...found,
    verdict: refused.length > 0 ? 'blocked' : 'warning',
    message: `${first.message}${more > 0 ? ` ${more} more ${more === 1 ? 'step has' : 'steps have'} a trap.` : ''}`,
    remedy: { text: first.correction },
  };
}

/** When the plan's steps last ran, and when somebody last tried this at all (PRODUCT.md, idea 12; L761). */
export function checkProof(given: Case): Found | null {
  const { outlook, plan } = given;
  const { now, drills } = outlook.facts;
  const last = lastProof(given);
  const unproven = plan ? proofOf(plan, drills.steps, now).filter((step) => step.unproven) : [];
  const overdue = !last || now.getTime() > nextDue(new Date(last.at)).getTime();
  const found = { source: 'L761', observedAt: last?.at ?? null };
  const said = last
    ? `Last tried ${durationWords((now.getTime() - Date.parse(last.at)) / 1_000)} ago, by ${last.operation}${overdue ? ', longer than a quarter' : ''}.`
    : 'Never tried.';
  if (!overdue && unproven.length === 0) return { ...found, verdict: 'ok', message: said, remedy: null };
  const steps =
    unproven.length === 0
      ? ''
      : ` ${unproven.length} of ${plan?.length} steps are unproven: ${listOf(unproven.slice(0, 3).map(({ title }) => `“${title}”`))}${unproven.length > 3 ? ' and more' : ''}.`;
  return {
    ...found,
    verdict: 'warning',
    message: `${said}${steps}`,
    remedy: drillFor(given, { overdue, unproven: unproven.map(({ key }) => key) }),
  };
}

/**
 * The drill that would prove what is not: of the loss of a writer first a tabletop drill of that loss. It carries nothing out,
 * so steps are proven by a promotion or a switchover of the Region that would take over.
 */
function drillFor(
  given: Case,
  { overdue, unproven }: { overdue: boolean; unproven: readonly string[] },
): Remedy {
  const { target, lost } = given;
  if (lost === null || (target === null && losesWriter(given))) return { text: 'Hold a drill.' };
  if (target === null) return remedyBy('evacuation', lost, `Hold a drill of ${lost}.`);
  if (overdue) return remedyBy('tabletop', lost, `Hold a tabletop drill of the loss of ${lost}.`);
  const { region } = target;
  return unproven.includes(`promote-${region}`)
    ? remedyBy('promotion', region, `Hold a promotion drill in ${region}: it harms nobody.`)
    : remedyBy('switchover', region, `Hold a switchover drill to ${region}: it carries these steps out.`);
}

function remedyBy(level: DrillLevel, region: string, text: string): Remedy {
  return { text, operation: { kind: 'drill', params: { level, region } } };
}
