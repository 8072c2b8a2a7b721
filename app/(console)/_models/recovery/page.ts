import type { RecoveryContent, RecoveryModel } from '#components/recovery/model.ts';
import { plural } from '#components/ui/format.ts';
import { drillCalendar } from '#lib/domain/recovery/drills.ts';
import type { ReadinessCell, ScenarioReadiness } from '#lib/domain/recovery/readiness.ts';
import { writerOf } from '#lib/domain/recovery/topology.ts';
import { verdictRank } from '#lib/domain/recovery/verdict.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import { type RecoveryTab, routes } from '#lib/routes.ts';
import { findingsOf } from '#lib/services/findings/list.ts';
import { findEvaluatedAt } from '#lib/services/recovery/read.ts';
import { readinessOf } from '#lib/services/recovery/situation.ts';
import { drillsModel } from './drills.ts';
import { type Frame, readSection } from './frame.ts';
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

/** Evaluated at least each 60 s by the elected worker; beyond this it is late, s. */
const EVALUATED_WITHIN_SECONDS = 75;

export type RecoveryPageQuery = Readonly<
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
    decide: decideOf(frame),
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
  const failing = detection?.regions.find(({ state }) => state === 'failing');
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
  const suspect = detection?.regions.find(({ state }) => state === 'suspect');
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
  return readyAnswer(scenarios);
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
    return { status: 'warning', answer: `Ready, but for ${plural(gaps.length, 'gap')}; ${why}` };
  if (unknown.length > 0)
    return {
      status: 'unknown',
      answer: `Not known to be ready, ${plural(unknown.length, 'check')} in doubt; ${why}`,
    };
  return { status: 'ok', answer: 'Ready: no check stands in the way of a recovery.' };
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

/** The way to the decision, while a Region fails or is suspected and nothing runs that decides it already. */
function decideOf({ here, situation }: Frame): RecoveryModel['decide'] {
  const { detection, outlook } = situation;
  const troubled =
    detection?.regions.find(({ state }) => state === 'failing') ??
    detection?.regions.find(({ state }) => state === 'suspect');
  if (!troubled || outlook.facts.holder?.leaves === troubled.region) return null;
  return {
    label: `Decide about ${troubled.region}`,
    href: routes.decide({ ...here, lost: troubled.region }),
    permission: { allowed: true },
  };
}
