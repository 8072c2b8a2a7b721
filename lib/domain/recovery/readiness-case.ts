import type { PlannedStep } from '../operation/plan.ts';
import type { DrillRun, Outlook } from './facts.ts';
import { type Loss, lossOf } from './loss.ts';
import type { Scenario } from './scenario.ts';
import { rankTargets, type Target } from './targets.ts';
import { type Writer, writerOf, writerRegion } from './topology.ts';
import type { Reason, Remedy, Verdict } from './verdict.ts';
import { verdictRank, worstVerdict } from './verdict.ts';

/** A scenario with what every check of it asks again and again. */
export interface Case {
  outlook: Outlook;
  scenario: Scenario;
  writer: Writer;
  /** Region that takes the orders, or took them when it was last seen. */
  writing: string | null;
  /** Region that is lost in this scenario; null where none is. */
  lost: string | null;
  /** Of a lost writer, the best of those that could take over. */
  target: Target | null;
  /** Users and nodes when the Region is lost, or when readers leave the far end of a cut link. */
  loss: Loss | null;
  /** Regions that go on. */
  survivors: string[];
  /** Steps of the plan that would be run; undefined where none was given. */
  plan: readonly PlannedStep[] | undefined;
}

export function caseOf(outlook: Outlook, scenario: Scenario, plan: readonly PlannedStep[] | undefined): Case {
  const writer = writerOf(outlook);
  const writing = writerRegion(writer);
  const lost = scenario.kind === 'region' ? scenario.region : null;
  const left = lost ?? farEnd(scenario, writing);
  return {
    outlook,
    scenario,
    writer,
    writing,
    lost,
    target: lost !== null && lost === writing ? (rankTargets(outlook, [lost])[0] ?? null) : null,
    loss: left === null ? null : lossOf(outlook, [left]),
    survivors: outlook.environment.regions.filter((code) => code !== lost),
    plan,
  };
}

/** The end of a cut link that does not write: its orders fail, so its users are sent elsewhere. Null where orders do not cross it. */
export function farEnd(scenario: Scenario, writing: string | null): string | null {
  if (scenario.kind !== 'link' || writing === null) return null;
  const [a, b] = scenario.between;
  if (a === writing) return b;
  return b === writing ? a : null;
}

/** Whether a writer is lost, so that another Region has to be promoted. */
export function losesWriter({ lost, writing }: Case): boolean {
  return lost !== null && lost === writing;
}

/** What a check found; its place in the matrix is added by the matrix. */
export interface Found {
  verdict: Verdict;
  message: string;
  source: string;
  observedAt: string | null;
  remedy: Remedy | null;
}

/** Most sentences that a cell says; thirty Regions may each have one. */
const SENTENCES = 3;

/**
 * One finding of several: the worst verdict, and only the sentences that are not well, the worst first. `well` is said when
 * all are; absent: what each of them says.
 */
export function together(parts: readonly Found[], source: string, well?: string): Found {
  const verdict = worstVerdict(parts.map((part) => part.verdict));
  const open = parts
    .filter((part) => part.verdict !== 'ok')
    .sort((a, b) => verdictRank(a.verdict) - verdictRank(b.verdict));
  const said = (open.length > 0 ? open : parts).map(({ message }) => message);
  const more = said.length > SENTENCES ? ` And ${said.length - SENTENCES} more.` : '';
  return {
    verdict,
    message: open.length === 0 && well ? well : `${said.slice(0, SENTENCES).join(' ')}${more}`,
    source: open[0]?.source ?? source,
    observedAt: parts.flatMap(({ observedAt }) => observedAt ?? []).sort()[0] ?? null,
    remedy: open.find(({ remedy }) => remedy)?.remedy ?? null,
  };
}

export function fromReason({ verdict, message, source, observedAt }: Reason, remedy: Remedy | null): Found {
  return { verdict, message, source, observedAt, remedy: verdict === 'ok' ? null : remedy };
}

/**
 * The newest drill that proves what the scenario asks for; null where none was ever held. Of the loss of a writer that is a
 * tabletop drill of the lost Region, or a promotion or switchover of the one that would take over.
 */
export function lastProof({ outlook, scenario, target, lost }: Case): DrillRun | null {
  const proves = ({ level, region }: DrillRun) => {
    if (level === 'readiness') return false;
    if (scenario.kind !== 'region') return level === 'evacuation' || level === 'switchover';
    if (level === 'tabletop') return region === lost;
    if (target) return level !== 'evacuation' && region === target.region;
    return level === 'evacuation' && region === lost;
  };
  const held = outlook.facts.drills.runs.filter(proves);
  return [...held].sort((a, b) => b.at.localeCompare(a.at))[0] ?? null;
}
