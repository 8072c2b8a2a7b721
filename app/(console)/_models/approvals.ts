import type { Route } from 'next';
import { z } from 'zod';
import type { ApprovalsModel, InboxItem } from '#components/approvals/model.ts';
import { formatAge } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { type ApprovalTab, routes } from '#lib/routes.ts';
import { countWaiting } from '#lib/services/approvals/count.ts';
import { type HistoryEntry, listApprovalHistory } from '#lib/services/approvals/history.ts';
import { type ApprovalSummary, listApprovals, OUTCOMES } from '#lib/services/approvals/list.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { findPersonName } from '#lib/services/people/list.ts';
import { countOpenReviews } from '#lib/services/reviews/list.ts';
import { requestModel } from './approval-request.ts';
import { listOf, STATE_STATUS, STATE_WORDS, within } from './common.ts';
import { delegationsModel } from './delegations.ts';
import { reviewsModel } from './reviews.ts';

const TABS: readonly { key: ApprovalTab; label: string }[] = [
  { key: 'waiting', label: 'Waiting' },
  { key: 'mine', label: 'Mine' },
  { key: 'closed', label: 'Closed' },
  { key: 'reviews', label: 'Reviews' },
];

const PAGE = 25;

const OUTCOME_LABELS = {
  approved: 'Approved',
  rejected: 'Rejected',
  'changes-asked': 'Changes asked',
  expired: 'Expired',
  withdrawn: 'Withdrawn',
  voided: 'Voided',
} as const satisfies Record<(typeof OUTCOMES)[number], string>;

interface ApprovalsQuery {
  tab?: string | undefined;
  operation?: string | undefined;
  review?: string | undefined;
  outcome?: string | undefined;
  person?: string | undefined;
  cursor?: string | undefined;
}

export async function approvalsModel(
  context: VerbContext,
  environment: string,
  query: ApprovalsQuery,
): Promise<ApprovalsModel> {
  const tab = TABS.find(({ key }) => key === query.tab)?.key ?? (query.review ? 'reviews' : 'waiting');
  const forMe = { requests: await countWaiting(context), reviews: await countOpenReviews(context) };
  if (tab === 'reviews') return reviewsPage(context, environment, { review: query.review, forMe });
  if (tab === 'mine') return historyPage(context, environment, { query, forMe });
  const here = within(context.estate, environment);
  const outcome = tab === 'closed' ? OUTCOMES.find((known) => known === query.outcome) : undefined;
  const kept = { ...here, tab, ...(outcome ? { outcome } : {}) };
  const page = await listApprovals(context, {
    tab,
    limit: PAGE,
    ...(outcome ? { outcome } : {}),
    ...(query.cursor ? { cursor: query.cursor } : {}),
  });
  const chosen = query.operation ?? page.items[0]?.id;
  const request = chosen ? await requestModel(context, chosen) : null;
  const items = page.items.map((item) =>
    inboxItem(context, item, {
      href: routes.approvals({
        ...kept,
        operation: item.id,
        ...(query.cursor ? { cursor: query.cursor } : {}),
      }),
      selected: item.id === request?.id,
    }),
  );
  return {
    at: context.now.toISOString(),
    ...answerOf(forMe),
    detail: detailOf(context),
    tabs: tabsOf(here, tab, forMe, page.items.length),
    filters: tab === 'closed' ? outcomeFilters(here, outcome) : [],
    inbox: tab === 'closed' ? [] : items,
    closed: tab === 'closed' ? items : [],
    emptyText: tab === 'closed' ? 'Nothing was closed so.' : null,
    request,
    reviews: null,
    delegations: null,
    older: page.nextCursor ? routes.approvals({ ...kept, cursor: page.nextCursor }) : null,
    newer: query.cursor ? routes.approvals(kept) : null,
  };
}

function outcomeFilters(
  here: { environment?: string },
  outcome: string | undefined,
): ApprovalsModel['filters'] {
  const of = (label: string, key: string | undefined) => ({
    label,
    href: routes.approvals({ ...here, tab: 'closed', ...(key ? { outcome: key } : {}) }),
    current: key === outcome,
  });
  return [of('All', undefined), ...OUTCOMES.map((key) => of(OUTCOME_LABELS[key], key))];
}

/** What somebody asked for and decided, newest first, and who decides in whose name; one's own by default. */
async function historyPage(
  context: VerbContext,
  environment: string,
  { query, forMe }: { query: ApprovalsQuery; forMe: ForMe },
): Promise<ApprovalsModel> {
  const here = within(context.estate, environment);
  const { personId } = context.actor;
  const asked = z.uuid().safeParse(query.person).data;
  const person = asked ?? personId;
  const kept = { ...here, tab: 'mine' as const, ...(asked ? { person: asked } : {}) };
  const page = person
    ? await listApprovalHistory(context, {
        person,
        limit: PAGE,
        ...(query.cursor ? { cursor: query.cursor } : {}),
      })
    : { items: [], nextCursor: null };
  const chosen = query.operation ?? page.items[0]?.operation.id;
  const request = chosen ? await requestModel(context, chosen) : null;
  const isOther = person !== null && person !== personId;
  const name = isOther ? await findPersonName(context, person) : null;
  return {
    at: context.now.toISOString(),
    ...(isOther
      ? { status: 'ok' as const, answer: `What ${name ?? 'they'} asked for and decided.` }
      : answerOf(forMe)),
    detail: isOther ? 'Newest first; nothing of it is ever removed.' : detailOf(context),
    tabs: tabsOf(here, 'mine', forMe, 0),
    filters: [],
    inbox: page.items.map((entry) =>
      historyItem(entry, {
        href: routes.approvals({
          ...kept,
          operation: entry.operation.id,
          ...(query.cursor ? { cursor: query.cursor } : {}),
        }),
        selected: entry.operation.id === request?.id,
      }),
    ),
    closed: [],
    emptyText: isOther
      ? 'They have asked for nothing and decided nothing.'
      : 'What you ask for and decide stands here for good.',
    request,
    reviews: null,
    delegations: person ? await delegationsModel(context, person) : null,
    older: page.nextCursor ? routes.approvals({ ...kept, cursor: page.nextCursor }) : null,
    newer: query.cursor ? routes.approvals(kept) : null,
  };
}

const DID = {
  requested: { status: 'waiting', word: 'requested' },
  approve: { status: 'ok', word: 'approved' },
  reject: { status: 'held', word: 'rejected' },
  'ask-changes': { status: 'held', word: 'changes asked' },
} as const satisfies Record<HistoryEntry['what'], { status: Status; word: string }>;

function historyItem(
  { id, at, what, reason, by, inNameOf, operation }: HistoryEntry,
  { href, selected }: Pick<InboxItem, 'href' | 'selected'>,
): InboxItem {
  const { status, word } = DID[what];
  const state = STATE_WORDS[operation.state as OperationState] ?? operation.state;
  return {
    id,
    href,
    status,
    title: operation.title.replace(/^Traffic shift: /, ''),
    who: `${operation.id}, ${word}${inNameOf ? ` by ${by.name} for ${inNameOf.name}` : ''}`,
    note: reason === '' ? state : `${state}: “${reason}”`,
    at: at.toISOString(),
    selected,
  };
}

interface ForMe {
  requests: number;
  reviews: number;
}

async function reviewsPage(
  context: VerbContext,
  environment: string,
  { review, forMe }: { review: string | undefined; forMe: ForMe },
): Promise<ApprovalsModel> {
  return {
    at: context.now.toISOString(),
    ...answerOf(forMe),
    detail:
      'Whoever starts an emergency owes a review by somebody else; until then their normal changes are held.',
    tabs: tabsOf(within(context.estate, environment), 'reviews', forMe, 0),
    filters: [],
    inbox: [],
    closed: [],
    emptyText: null,
    delegations: null,
    request: null,
    reviews: await reviewsModel(context, environment, review),
    older: null,
    newer: null,
  };
}

function answerOf({ requests, reviews }: ForMe): Pick<ApprovalsModel, 'status' | 'answer'> {
  const parts = [
    requests > 0 ? `${requests === 1 ? 'one request' : `${requests} requests`}` : null,
    reviews > 0 ? `${reviews === 1 ? 'one review' : `${reviews} reviews`}` : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return { status: 'ok', answer: 'Nothing waits for you.' };
  const words = listOf(parts);
  return {
    status: reviews > 0 ? 'warning' : 'waiting',
    answer: `${words.charAt(0).toUpperCase()}${words.slice(1)} ${requests + reviews === 1 ? 'waits' : 'wait'} for you.`,
  };
}

function detailOf(context: VerbContext): string {
  return permits(context.actor.grants, 'operation.approve').allowed
    ? 'You may approve what you did not request. An approval is bound to the plan’s digest.'
    : 'You do not hold the role approver; you see what waits and what was decided.';
}

function tabsOf(
  here: { environment?: string },
  current: ApprovalTab,
  forMe: ForMe,
  shown: number,
): ApprovalsModel['tabs'] {
  const counts: Partial<Record<ApprovalTab, number>> = {
    ...(current === 'waiting' ? { waiting: shown } : {}),
    ...(forMe.reviews > 0 ? { reviews: forMe.reviews } : {}),
  };
  return TABS.map(({ key, label }) => ({
    label: counts[key] === undefined ? label : `${label} ${counts[key]}`,
    href: routes.approvals({ ...here, tab: key }),
    current: key === current,
  }));
}

function inboxItem(
  context: VerbContext,
  item: ApprovalSummary,
  { href, selected }: { href: Route; selected: boolean },
): InboxItem {
  const left = (item.expiresAt.getTime() - context.now.getTime()) / 1_000;
  const waiting = item.state === 'awaiting-approval';
  const open = item.requirements.filter(({ met }) => !met);
  const [only] = open;
  const needs =
    open.length === 1 && only?.key === 'approvers'
      ? `${only.have} of ${only.need}`
      : listOf(open.map(({ words }) => words));
  return {
    id: item.id,
    href,
    status: waiting && item.voided ? 'warning' : STATE_STATUS[item.state as OperationState],
    title: item.title.replace(/^Traffic shift: /, ''),
    who: `${item.id}, ${item.requester.name}${item.risk === 'high' ? ', high risk' : ''}`,
    note: waiting
      ? left <= 0
        ? 'expired unanswered'
        : `${item.voided ? 'approvals are void, ' : ''}needs ${needs || 'nothing more'}, expires in ${formatAge(left)}`
      : (item.outcome ?? STATE_WORDS[item.state as OperationState]),
    at: item.requestedAt.toISOString(),
    selected,
  };
}
