import type { RecoveryContent, RecoveryModel } from '#components/recovery/model.ts';
import { plural } from '#components/ui/format.ts';
import type { RegionDetection } from '#lib/domain/recovery/detection.ts';
import { drillCalendar } from '#lib/domain/recovery/drills.ts';
import {
  READINESS_CHECKS,
  type ReadinessCell,
  type ScenarioReadiness,
} from '#lib/domain/recovery/readiness.ts';
import { refusedOrders } from '#lib/domain/recovery/refused-orders.ts';
import { awaitsRebuild } from '#lib/domain/recovery/returned.ts';
import { writerOf } from '#lib/domain/recovery/topology.ts';
import { verdictRank } from '#lib/domain/recovery/verdict.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import { type RecoveryTab, routes } from '#lib/routes.ts';
import { findingsOf } from '#lib/services/findings/list.ts';
import { findEvaluatedAt } from '#lib/services/recovery/read.ts';
import { readinessOf } from '#lib/services/recovery/situation.ts';
import { listOf } from '../common.ts';
import { readSection } from '../sections.ts';
import { decideLink, worstRegion } from './acts.ts';
import { drillsModel } from './drills.ts';
import { EVALUATED_WITHIN_SECONDS, type Frame } from './frame.ts';
import { nowModel } from './now.ts';
import { plansModel } from './plans.ts';
import { readinessModel } from './readiness.ts';
import { reportsModel } from './reports.ts';
import { askedInQuery, requestModel } from './request.ts';
import { runbookModel } from './runbook.ts';

const TABS: readonly { key: RecoveryTab; label: string }[] = [
  { key: 'now', label: 'Now' },
  { key: 'readiness', label: 'Readiness' },
  { key: 'plans', label: 'Plans' },
  { key: 'runbook', label: 'Runbook' },
  { key: 'drills', label: 'Drills' },
  { key: 'reports', label: 'Reports' },
];

type RecoveryPageQuery = Readonly<
  Partial<
    Record<
      | 'tab'
      | 'region'
      | 'scenario'
      | 'check'
      | 'plan'
      | 'verdict'
      | 'cursor'
      | 'act'
      | 'target'
      | 'from'
      | 'to'
      | 'level',
      string
    >
  >
>;

/** What fails, what can be done, how ready we are, and when that was last proven. */
export async function recoveryModel(frame: Frame, query: RecoveryPageQuery): Promise<RecoveryModel> {
  const { context, environment, situation, here } = frame;
  const tab = TABS.find(({ key }) => key === query.tab)?.key ?? 'now';
  const { scenarios } = readinessOf(situation);
  const findings = await findingsOf(context, situation.outlook);
  const open = findings.items.filter(({ state, dismissal }) => state !== 'gone' && dismissal === null);
  const page = pageOf(tab, query);
  const asked = askedInQuery(query);
  return {
    at: context.now.toISOString(),
    ...answerOf(frame, scenarios),
    detail: detailOf(frame, scenarios),
    decide: decideLink(frame),
    tabs: TABS.map(({ key, label }) => ({
      key,
      label,
      href: routes.recovery({ ...here, tab: key }),
      current: key === tab,
    })),
    findings: {
      href: routes.findings(here),
      open: open.length,
      status: open.some(({ severity, state }) => severity === 'block' && state === 'open')
        ? 'critical'
        : 'warning',
    },
    evaluatedAt: (await findEvaluatedAt(context, environment))?.toISOString() ?? null,
    evaluatedWithinSeconds: EVALUATED_WITHIN_SECONDS,
    content: await contentOf(frame, tab, query),
    request: asked ? await requestModel(frame, asked, { page }) : null,
    closeHref: routes.recovery({ ...here, ...page }),
  };
}

/** What the address keeps when a sheet over the page is closed. */
function pageOf(tab: RecoveryTab, { scenario, check, plan, region, act }: RecoveryPageQuery) {
  return { tab, scenario, check, plan, ...(tab === 'now' && act === undefined ? { region } : {}) };
}

async function contentOf(frame: Frame, tab: RecoveryTab, query: RecoveryPageQuery): Promise<RecoveryContent> {
  switch (tab) {
    case 'now':
      return {
        tab,
        section: await readSection(frame, 'What is going on could not be read', () =>
          nowModel(frame, query.region),
        ),
      };
    case 'readiness':
      return {
        tab,
        section: await readSection(frame, 'Readiness could not be read', () => readinessModel(frame, query)),
      };
    case 'plans':
      return {
        tab,
        section: await readSection(frame, 'Plans could not be read', () => plansModel(frame, query.plan)),
      };
    case 'runbook':
      return {
        tab,
        section: await readSection(frame, 'The runbook could not be read', () =>
          runbookModel(frame, query.verdict),
        ),
      };
    case 'drills':
      return { tab, section: await readSection(frame, 'Drills could not be read', () => drillsModel(frame)) };
    case 'reports':
      return {
        tab,
        section: await readSection(frame, 'Reports could not be read', () =>
          reportsModel(frame, query.cursor),
        ),
      };
    default:
      return tab satisfies never;
  }
}

/* ---------- the answer, worst first ---------- */

function answerOf(
  frame: Frame,
  scenarios: readonly ScenarioReadiness[],
): Pick<RecoveryModel, 'status' | 'answer'> {
  const { outlook, detection, topology } = frame.situation;
  const writer = writerOf(outlook);
  if (writer.kind === 'several') return { status: 'critical', answer: writer.message };
  const refused = refusedOrders(outlook);
  if (refused) return { status: 'critical', answer: refused.message };
  const failing = worstRegion(frame.situation, 'failing');
  if (failing && awaitsRebuild(outlook, failing.region)) return rebuildAnswer(frame, failing);
  if (failing) {
    const { region, reason, since } = failing;
    const seen = reason.startsWith(`${region} is seen down by `)
      ? `, seen by ${reason.slice(`${region} is seen down by `.length)}`
      : '.';
    return {
      status: 'critical',
      answer: [`${region} has been failing for `, { since }, `${seen} ${orderWords(frame, region)}`],
    };
  }
  const suspect = worstRegion(frame.situation, 'suspect');
  if (suspect && awaitsRebuild(outlook, suspect.region)) return rebuildAnswer(frame, suspect);
  if (suspect)
    return { status: 'warning', answer: ['For ', { since: suspect.since }, `: ${suspect.reason}`] };
  if (writer.kind === 'none') return { status: 'critical', answer: writer.message };
  if (detection === null)
    return {
      status: 'unknown',
      answer: 'Nobody says which Regions serve: no worker folds what is seen, or it stopped.',
    };
  if (topology.writer === null || writer.kind === 'unknown')
    return { status: 'unknown', answer: writer.message };
  if (detection.orders.state === 'down' || detection.orders.state === 'partly')
    return {
      status: detection.orders.state === 'down' ? 'critical' : 'warning',
      answer: ['For ', { since: detection.orders.since }, `: ${detection.orders.reason}`],
    };
  return readyAnswer(scenarios);
}

/** It answers again and is kept out by a fence: what mends it is a rebuild, and nobody is in a hurry. */
function rebuildAnswer(
  { situation }: Frame,
  { region }: RegionDetection,
): Pick<RecoveryModel, 'status' | 'answer'> {
  const { holder } = situation.outlook.facts;
  const next = holder ? `${holder.id} runs: ${holder.title}.` : 'Rebuild it.';
  return {
    status: 'held',
    answer: `${region} answers again and is fenced: it serves nobody until it is rebuilt from ${situation.topology.writer ?? 'the writer'}. ${next}`,
  };
}

/** Where orders go while a Region fails. */
function orderWords({ situation }: Frame, failing: string): string {
  const { outlook, topology, detection } = situation;
  const { holder } = outlook.facts;
  if (holder) return `${holder.id} runs: ${holder.title}.`;
  if (topology.writer !== failing)
    return `Orders are written in ${topology.writer ?? 'no Region that is known'}.`;
  return detection?.orders.state === 'down'
    ? 'Orders fail everywhere: they are written there.'
    : 'Orders are written there.';
}

function readyAnswer(scenarios: readonly ScenarioReadiness[]): Pick<RecoveryModel, 'status' | 'answer'> {
  const cells = scenarios.flatMap((scenario) => scenario.cells.map((cell) => ({ cell, scenario })));
  const gaps = cells.filter(({ cell }) => cell.verdict === 'blocked');
  const unknown = cells.filter(({ cell }) => cell.verdict === 'unknown');
  const [worst] = [...cells].sort((a, b) => verdictRank(a.cell.verdict) - verdictRank(b.cell.verdict));
  if (!worst) return { status: 'unknown', answer: 'Readiness has not been evaluated yet.' };
  const why = `if ${worst.scenario.title}: ${worst.cell.message}`;
  if (gaps.length > 0)
    return {
      status: 'warning',
      answer: `Ready, but for ${plural(gaps.length, 'gap')}: ${gapWords(scenarios)}`,
    };
  if (unknown.length > 0)
    return {
      status: 'unknown',
      answer: `Not known to be ready, ${plural(unknown.length, 'check')} in doubt; ${why}`,
    };
  return { status: 'ok', answer: 'Ready: no check stands in the way of a recovery.' };
}

/** The scenario with most of them, by what is missing in it: the matrix says the rest. */
function gapWords(scenarios: readonly ScenarioReadiness[]): string {
  const blocked = ({ cells }: ScenarioReadiness) => cells.filter(({ verdict }) => verdict === 'blocked');
  const [worst] = [...scenarios].sort((a, b) => blocked(b).length - blocked(a).length);
  if (!worst) return '';
  const titles = blocked(worst).map(({ check }) => READINESS_CHECKS[check].title.toLowerCase());
  return `${listOf(titles)}, if ${worst.title}.`;
}

function detailOf(frame: Frame, scenarios: readonly ScenarioReadiness[]): string {
  const { outlook } = frame.situation;
  const cells = scenarios.flatMap((scenario) => scenario.cells);
  const of = (verdict: ReadinessCell['verdict']) => cells.filter((cell) => cell.verdict === verdict).length;
  const late = drillCalendar(outlook).filter(({ state }) => state === 'never' || state === 'overdue').length;
  const [last] = outlook.facts.drills.runs;
  const drilled = last
    ? `Last drill or real run ${durationWords((frame.context.now.getTime() - Date.parse(last.at)) / 1_000)} ago`
    : 'No drill was ever held';
  return `${writerOf(outlook).message} ${of('ok')} of ${cells.length} checks pass, ${of('warning')} warn, ${of('blocked')} fail, ${of('unknown')} are not known. ${drilled}; ${plural(late, 'drill')} due.`;
}
