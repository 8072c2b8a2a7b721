import type { Check, PlannedStep } from '../operation/plan.ts';
import type { Outlook } from './facts.ts';
import {
  checkCapacityMaximum,
  checkCapacityNow,
  checkCapacityPeak,
  checkResidency,
} from './readiness-capacity.ts';
import { type Case, caseOf, type Found, lastProof } from './readiness-case.ts';
import { checkCache, checkQueue, checkStorage } from './readiness-copies.ts';
import { checkCopy, checkCopyBackups, checkCopyLag, checkCopyParity, checkWriter } from './readiness-data.ts';
import {
  checkAcceleratedRecovery,
  checkDetection,
  checkHealthChecks,
  checkNetwork,
  checkSwitch,
} from './readiness-network.ts';
import {
  checkApprovers,
  checkCredentials,
  checkFreezes,
  checkHome,
  checkVersions,
} from './readiness-people.ts';
import { checkPlan, checkProof } from './readiness-plan.ts';
import { type Scenario, scenarioId, scenariosOf, scenarioTitle } from './scenario.ts';
import { type Verdict, worstVerdict } from './verdict.ts';

interface CheckDefinition {
  title: string;
  group: 'data' | 'capacity' | 'network' | 'copies' | 'people' | 'proof';
  /** Null where the scenario does not raise the question. */
  run(given: Case): Found | null;
}

/** Every check of the matrix, in the order of its rows. */
export const READINESS_CHECKS = {
  writer: { title: 'One writer', group: 'data', run: checkWriter },
  replica: { title: 'A copy to promote', group: 'data', run: checkCopy },
  lag: { title: 'Replica lag', group: 'data', run: checkCopyLag },
  backups: { title: 'Backups', group: 'data', run: checkCopyBackups },
  parity: { title: 'Parity with the primary', group: 'data', run: checkCopyParity },
  'capacity-now': { title: 'Ready nodes', group: 'capacity', run: checkCapacityNow },
  'capacity-maximum': { title: 'Nodes at most', group: 'capacity', run: checkCapacityMaximum },
  'capacity-peak': { title: 'Nodes at peak', group: 'capacity', run: checkCapacityPeak },
  residency: { title: 'Residency', group: 'capacity', run: checkResidency },
  network: { title: 'Network paths', group: 'network', run: checkNetwork },
  'health-checks': { title: 'Health checks on records', group: 'network', run: checkHealthChecks },
  detection: { title: 'Time to notice', group: 'network', run: checkDetection },
  switch: { title: 'Switch prepared', group: 'network', run: checkSwitch },
  'accelerated-recovery': { title: 'Accelerated recovery', group: 'network', run: checkAcceleratedRecovery },
  cache: { title: 'Cache', group: 'copies', run: checkCache },
  queue: { title: 'Queue', group: 'copies', run: checkQueue },
  storage: { title: 'Storage', group: 'copies', run: checkStorage },
  versions: { title: 'One version', group: 'people', run: checkVersions },
  approvers: { title: 'Approvers', group: 'people', run: checkApprovers },
  freezes: { title: 'Freezes', group: 'people', run: checkFreezes },
  credentials: { title: 'Credentials', group: 'people', run: checkCredentials },
  home: { title: 'Where the console runs', group: 'people', run: checkHome },
  plan: { title: 'Traps of the plan', group: 'proof', run: checkPlan },
  proof: { title: 'Proven', group: 'proof', run: checkProof },
} as const satisfies Record<string, CheckDefinition>;
export type ReadinessCheck = keyof typeof READINESS_CHECKS;

const CHECKS = Object.keys(READINESS_CHECKS) as ReadinessCheck[];

/** One cell of the matrix. A cell that is not there does not apply. */
export interface ReadinessCell extends Found {
  /** `lose-us-east-1/network`: typed to override it in an emergency. */
  id: string;
  scenario: string;
  check: ReadinessCheck;
}

export interface ScenarioReadiness {
  id: string;
  title: string;
  scenario: Scenario;
  /** Region that would take over, where one has to. */
  target: string | null;
  verdict: Verdict;
  /** 0–100. */
  score: number;
  cells: ReadinessCell[];
}

export interface Readiness {
  /** ISO. */
  at: string;
  verdict: Verdict;
  /** That of the scenario that is least ready: a chain breaks at its weakest link. 0–100. */
  score: number;
  scenarios: ScenarioReadiness[];
}

/**
 * The readiness matrix: what can be lost × what has to hold. Pure in its facts, so it may be evaluated on every change. Plans,
 * by the scenario's id, are linted and their proof is looked at where they are given.
 */
export function evaluateReadiness(
  outlook: Outlook,
  plans: Readonly<Record<string, readonly PlannedStep[]>> = {},
): Readiness {
  const scenarios = scenariosOf(outlook).map((scenario) =>
    evaluateScenario(outlook, scenario, plans[scenarioId(scenario)]),
  );
  return {
    at: outlook.facts.now.toISOString(),
    verdict: worstVerdict(scenarios.map(({ verdict }) => verdict)),
    score: Math.min(100, ...scenarios.map(({ score }) => score)),
    scenarios,
  };
}

/** The matrix in a line. */
export interface ReadinessSummary {
  scenarios: number;
  /** Cells of that verdict, over all scenarios. */
  blocked: number;
  unknown: number;
  warnings: number;
  /** Title of the scenario with most blocked cells, then with most that are unknown, then of the lowest score. */
  worst: string | null;
}

export function summariseReadiness({ scenarios }: Pick<Readiness, 'scenarios'>): ReadinessSummary {
  const of = ({ cells }: ScenarioReadiness, wanted: Verdict) =>
    cells.filter(({ verdict }) => verdict === wanted).length;
  const sum = (wanted: Verdict) => scenarios.reduce((total, scenario) => total + of(scenario, wanted), 0);
  const [worst] = scenarios.toSorted(
    (a, b) => of(b, 'blocked') - of(a, 'blocked') || of(b, 'unknown') - of(a, 'unknown') || a.score - b.score,
  );
  return {
    scenarios: scenarios.length,
    blocked: sum('blocked'),
    unknown: sum('unknown'),
    warnings: sum('warning'),
    worst: worst?.title ?? null,
  };
}

/** One column of the matrix. */
export function evaluateScenario(
  outlook: Outlook,
  scenario: Scenario,
  plan?: readonly PlannedStep[],
): ScenarioReadiness {
  const given = caseOf(outlook, scenario, plan);
  const id = scenarioId(scenario);
  const cells = CHECKS.flatMap((check): ReadinessCell[] => {
    const found = READINESS_CHECKS[check].run(given);
    return found ? [{ id: `${id}/${check}`, scenario: id, check, ...found }] : [];
  });
  const proof = lastProof(given);
  return {
    id,
    title: scenarioTitle(scenario),
    scenario,
    target: given.target?.region ?? null,
    verdict: worstVerdict(cells.map(({ verdict }) => verdict)),
    score: readinessScore(
      cells.map(({ verdict }) => verdict),
      proof ? (outlook.facts.now.getTime() - Date.parse(proof.at)) / DAY_MS : null,
    ),
    cells,
  };
}

const DAY_MS = 86_400_000;
/** Two quarters: a drill is due each quarter (L761), and one missed halves what the last one proved. */
const HALF_LIFE_DAYS = 2 * 91.3125;
/** What is worth half: it works with something to mind. What nobody knows is worth nothing. */
const WORTH = { ok: 1, warning: 0.5, unknown: 0, blocked: 0 } as const satisfies Record<Verdict, number>;
/** With a single red check a recovery would fail or harm, however well the rest stands. */
const MOST_WHEN_BLOCKED = 49;

/**
 * How ready, 0–100: the checks' mean worth, of which half has to be proven. Proof is 1 on the day of a drill and halves every
 * two quarters (0.71 when the next is due, 0.5 when one was missed, 0.25 after a year); what was never tried has none
 * (PRODUCT.md, idea 12). A blocked check keeps the score under 50.
 */
export function readinessScore(verdicts: readonly Verdict[], drillAgeDays: number | null): number {
  if (verdicts.length === 0) return 0;
  const worth = verdicts.reduce((sum, verdict) => sum + WORTH[verdict], 0) / verdicts.length;
  const score = Math.round(100 * worth * (0.5 + proofLeft(drillAgeDays) / 2));
  return verdicts.includes('blocked') ? Math.min(MOST_WHEN_BLOCKED, score) : score;
}

/** What is left of a drill's proof after so many days, 0–1. */
export function proofLeft(ageDays: number | null): number {
  return ageDays === null ? 0 : 0.5 ** (Math.max(0, ageDays) / HALF_LIFE_DAYS);
}

/**
 * Cells as checks of a plan that is asked for in the ordinary way: what is red or not known is accepted by the cell's id, by
 * requester and approver alike, and is part of what they agree to. Nothing of it is refused: a Region is not left because all is
 * ready, but because it has to be (DECISIONS: readiness never blocks an emergency).
 */
export function checksOf(cells: readonly ReadinessCell[]): Check[] {
  return cells.map(({ id, check: row, verdict, message, observedAt }): Check => {
    const check = { code: id, message, observedAt };
    switch (verdict) {
      case 'ok':
        return { ...check, verdict: 'pass' };
      case 'warning':
        return { ...check, verdict: 'warn' };
      case 'blocked':
      case 'unknown':
        return {
          ...check,
          verdict: 'accept',
          acceptance: `I go on in spite of it: ${READINESS_CHECKS[row].title.toLowerCase()}`,
        };
      default:
        return verdict satisfies never;
    }
  });
}
