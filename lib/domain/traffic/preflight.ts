import { reckonLoad } from '../capacity/load.ts';
import type { Environment, Estate } from '../estate/estate.ts';
import type { Check } from '../operation/plan.ts';
import { checkCapacity, checkPeak } from './check-capacity.ts';
import { checkAlarms, checkHealth } from './check-health.ts';
import { checkLag } from './check-lag.ts';
import { checkLoad } from './check-load.ts';
import { checkResidency } from './check-residency.ts';
import { checkFreeze, checkHolder, checkRecords } from './check-start.ts';
import { checkSurvivability } from './check-survivability.ts';
import type { ShiftChange, ShiftFacts } from './shift-facts.ts';
import { touchedRegions } from './weights.ts';

export interface Preflight {
  checks: Check[];
  /** Classes of preconditions, for the digest. */
  classes: Record<string, string>;
  /** Regions that get users they did not have. */
  receivers: string[];
  /** Nodes that receivers need before their users arrive and do not have ready. */
  preScaled: { region: string; nodes: number }[];
  /** Load the rules reckon with, requests a second; see `steadyLoad`. */
  load: number;
}

/** Everything that could go wrong with a shift, with reasons, in the order a tired person should read it. */
export function preflightShift(
  estate: Estate,
  environment: Environment,
  facts: ShiftFacts,
  change: ShiftChange,
  kind = 'traffic-shift',
): Preflight {
  const { receiving } = touchedRegions(change.before, change.after);
  const receivers = environment.regions.filter((code) => receiving.includes(code));
  const reckoned = reckonLoad(estate, facts.regions);
  const { load } = reckoned;
  const classes: Record<string, string> = {};
  const checks: Check[] = [];
  const preScaled: Preflight['preScaled'] = [];

  checks.push(
    checkHolder(facts),
    ...checkFreeze(environment, facts, change, kind),
    checkRecords(estate, facts),
    checkLoad(estate, facts, reckoned),
  );
  for (const code of receivers) {
    const region = facts.regions.find((candidate) => candidate.code === code);
    if (!region) continue;
    const capacity = checkCapacity(estate, facts, region, change, load);
    const health = checkHealth(estate, facts, region);
    checks.push(capacity.check, health.check, checkAlarms(estate, facts, region));
    if (capacity.preScale > 0) preScaled.push({ region: code, nodes: capacity.preScale });
    classes[`capacity of ${code}`] = capacity.class;
    classes[`health of ${code}`] = health.class;
  }
  for (const region of facts.regions) {
    if (!region.lag) continue;
    const lag = checkLag(estate, facts, region, receivers.includes(region.code));
    checks.push(lag.check);
    classes[`database lag of ${region.code}`] = lag.class;
  }
  checks.push(
    checkSurvivability(estate, facts, change, load),
    checkPeak(estate, environment, change),
    ...checkResidency(estate, change),
  );
  return { checks, classes, receivers, preScaled, load };
}

/** Codes of the checks that the requester may accept. */
export function acceptable(checks: readonly Check[]): string[] {
  return checks.filter(({ verdict }) => verdict === 'accept').map(({ code }) => code);
}

/** Whether every check passes or was accepted; otherwise the checks that stop the request. */
export function openChecks(checks: readonly Check[], acknowledged: readonly string[]): Check[] {
  return checks.filter(
    ({ code, verdict }) =>
      verdict === 'refuse' || verdict === 'unknown' || (verdict === 'accept' && !acknowledged.includes(code)),
  );
}
