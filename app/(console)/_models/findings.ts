import type { FindingDetail, FindingRow, FindingsModel } from '#components/findings/model.ts';
import type { Status } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import type { Severity } from '#lib/domain/recovery/statements.ts';
import type { Remedy } from '#lib/domain/recovery/verdict.ts';
import { type FindingTab, routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type FindingSummary, findingsOf } from '#lib/services/findings/list.ts';
import { readinessOf, type Situation } from '#lib/services/recovery/situation.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { actHref, actLabel } from './act-words.ts';
import { count, within } from './common.ts';

const PAGE = 25;
/** Readiness cells that rest on one finding: these many are named, the rest is counted. */
const MOST_AFFECTED = 6;

const TABS: readonly { key: FindingTab; label: string }[] = [
  { key: 'open', label: 'Open' },
  { key: 'dismissed', label: 'Dismissed' },
  { key: 'gone', label: 'Gone' },
];

const FILTERS: readonly { key: string; label: string; holds: (finding: FindingSummary) => boolean }[] = [
  { key: '', label: 'All', holds: () => true },
  { key: 'block', label: 'Cannot work', holds: ({ severity }) => severity === 'block' },
  {
    key: 'wrong',
    label: 'Wrong',
    holds: ({ severity }) => severity === 'wrong' || severity === 'contradiction',
  },
  { key: 'risk', label: 'Risk', holds: ({ severity }) => severity === 'risk' },
  { key: 'unknown', label: 'Not known', holds: ({ state }) => state === 'unknown' },
];

const SEVERITY_WORDS = {
  block: 'cannot work as written',
  wrong: 'wrong',
  contradiction: 'contradicts itself',
  risk: 'at risk',
} as const satisfies Record<Severity, string>;

const SEVERITY_STATUS = {
  block: 'critical',
  wrong: 'warning',
  contradiction: 'warning',
  risk: 'warning',
} as const satisfies Record<Severity, Status>;

interface Wanted {
  tab?: string | undefined;
  severity?: string | undefined;
  finding?: string | undefined;
  cursor?: string | undefined;
}

/** What the strategy document says and the estate, or AWS, does not bear out: a page of it, and one in full. */
export async function findingsModel(
  context: VerbContext,
  environment: string,
  wanted: Wanted,
): Promise<FindingsModel> {
  const situation = await pageSituation(environment);
  const found = await findingsOf(context, situation.outlook);
  const here = within(context.estate, environment);
  const asked = found.items.find(({ code }) => code === wanted.finding);
  const tab = TABS.find(({ key }) => key === wanted.tab)?.key ?? (asked ? tabOf(asked) : 'open');
  const inTab = found.items.filter((finding) => tabOf(finding) === tab);
  const filter = FILTERS.find(({ key }) => key === wanted.severity) ?? FILTERS[0];
  const shown = inTab.filter((finding) => filter?.holds(finding) ?? true);
  const after = shown.findIndex(({ code }) => code === wanted.cursor) + 1;
  const page = shown.slice(after, after + PAGE);
  const chosen = (asked && tabOf(asked) === tab ? asked : undefined) ?? page[0];
  const query = { ...here, tab: tab === 'open' ? undefined : tab, severity: filter?.key };
  const open = found.items.filter((finding) => tabOf(finding) === 'open');
  return {
    at: context.now.toISOString(),
    ...answerOf(open),
    detail:
      'Each is a statement of the strategy document. What is observed proves it or refutes it; what nothing observed can tell stands as the document has it.',
    tabs: TABS.map(({ key, label }) => ({
      label: `${label} ${found.items.filter((finding) => tabOf(finding) === key).length}`,
      href: routes.findings({ ...here, tab: key }),
      current: key === tab,
    })),
    severities: FILTERS.map(({ key, label, holds }) => ({
      label: `${label} ${inTab.filter(holds).length}`,
      href: routes.findings({ ...query, severity: key }),
      current: key === filter?.key,
    })),
    items: page.map((finding) => ({
      ...rowOf(finding),
      href: routes.findings({ ...query, cursor: wanted.cursor, finding: finding.code }),
      selected: finding === chosen,
    })),
    summary: `${after + 1} to ${after + page.length} of ${count(shown.length, 'finding')}`,
    newer: after > 0 ? routes.findings(query) : null,
    older: after + PAGE < shown.length ? routes.findings({ ...query, cursor: page.at(-1)?.code }) : null,
    none: NONE[tab],
    chosen: chosen ? detailOf(context, situation, chosen, here) : null,
  };
}

const NONE: Record<FindingTab, FindingsModel['none']> = {
  open: {
    title: 'No finding is open here.',
    text: 'What the strategy says and the estate does not bear out stands here.',
  },
  dismissed: {
    title: 'Nothing is dismissed.',
    text: 'A finding that may stand, with the reason and who said so, is kept here.',
  },
  gone: {
    title: 'None is gone.',
    text: 'What the estate shows to be put right stands here, and comes back by itself if it returns.',
  },
};

function tabOf({ state, dismissal }: FindingSummary): FindingTab {
  if (state === 'gone') return 'gone';
  return dismissal === null ? 'open' : 'dismissed';
}

function answerOf(open: readonly FindingSummary[]): Pick<FindingsModel, 'status' | 'answer'> {
  const blocking = open.filter(({ severity, state }) => severity === 'block' && state === 'open').length;
  const unknown = open.filter(({ state }) => state === 'unknown').length;
  if (open.length === 0) return { status: 'ok', answer: 'No finding is open.' };
  const parts = [
    blocking > 0 ? `${blocking} cannot work as written` : null,
    unknown > 0 ? `${unknown} are not known now` : null,
  ].filter((part) => part !== null);
  return {
    status: blocking > 0 ? 'critical' : unknown === open.length ? 'unknown' : 'warning',
    answer: `${count(open.length, 'finding')} ${open.length === 1 ? 'is' : 'are'} open${parts.length > 0 ? `; ${parts.join(', ')}` : ''}.`,
  };
}

export function findingStatus({ state, severity, dismissal }: FindingSummary): Status {
  if (state === 'gone') return 'ok';
  if (dismissal !== null) return 'held';
  return state === 'unknown' ? 'unknown' : SEVERITY_STATUS[severity];
}

/** What is seen of it, in a line: observations where they tell, else the words of the strategy that are wrong. */
export function findingText({ evidence, says, severity }: FindingSummary): string {
  if (evidence.kind === 'live') return evidence.text;
  const what = SEVERITY_WORDS[severity];
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
  return says
    ? `${sentence}: “${says.quote}” (${says.line}).`
    : `${sentence}: the strategy says nothing of it.`;
}

function rowOf(finding: FindingSummary): Omit<FindingRow, 'href' | 'selected'> {
  const { code, title, evidence, dismissal } = finding;
  return {
    id: code,
    status: findingStatus(finding),
    title,
    text: dismissal ? `${dismissal.dismissedBy.name}: “${dismissal.reason}”` : findingText(finding),
    at: dismissal ? dismissal.dismissedAt.toISOString() : evidence.observedAt,
  };
}

function detailOf(
  context: VerbContext,
  situation: Situation,
  finding: FindingSummary,
  here: { environment?: string },
): FindingDetail {
  const { code, title, severity, state, says, evidence, remedy, dismissal } = finding;
  const may = permits(context.actor.grants, 'finding.dismiss');
  return {
    id: code,
    title,
    status: findingStatus(finding),
    severity: state === 'gone' ? 'the estate does not show it any more' : SEVERITY_WORDS[severity],
    live: evidence.kind === 'live',
    observedAt: evidence.observedAt,
    withinSeconds: staleAfterSeconds('zone', context.estate.metrics.periodSeconds),
    statement: says && { text: says.quote, line: says.line },
    reality: evidence.text,
    affects: affectedBy(situation, code, here),
    remedy: remedy.text,
    operation: state === 'gone' ? null : operationOf(context, remedy, here),
    dismissed: dismissal && {
      who: dismissal.dismissedBy.name,
      at: dismissal.dismissedAt.toISOString(),
      reason: dismissal.reason,
    },
    decide:
      state === 'gone' && dismissal === null
        ? { allowed: false, reason: 'The estate does not show it any more, so there is nothing to dismiss.' }
        : may,
  };
}

/** Cells of the readiness matrix that rest on the same row of the AWS facts. */
function affectedBy(
  situation: Situation,
  code: string,
  here: { environment?: string },
): FindingDetail['affects'] {
  const cells = readinessOf(situation)
    .scenarios.flatMap(({ cells: all, title }) => all.map((cell) => ({ ...cell, title })))
    .filter(({ source, verdict }) => source === code && verdict !== 'ok');
  return cells.slice(0, MOST_AFFECTED).map(({ title, scenario, check }) => ({
    label: `${title}: ${check.replaceAll('-', ' ')}`,
    href: routes.recovery({ ...here, tab: 'readiness', scenario, check }),
  }));
}

function operationOf(
  { actor }: VerbContext,
  { operation }: Remedy,
  here: { environment?: string },
): FindingDetail['operation'] {
  if (!operation) return null;
  return {
    label: actLabel(operation.kind, operation.params),
    href: actHref(here, operation.kind, operation.params),
    permission: permits(actor.grants, 'operation.request'),
  };
}
