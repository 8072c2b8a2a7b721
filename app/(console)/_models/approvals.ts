import type { ApprovalRequest, ApprovalsModel, InboxItem } from '#components/approvals/model.ts';
import { formatMoney, formatShare, formatSigned } from '#components/ui/format.ts';
import type { Check, Status } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { pointOfNoReturn } from '#lib/domain/operation/plan.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { isRecoveryKind } from '#lib/domain/recovery/params.ts';
import { toRecordWeights } from '#lib/domain/traffic/weights.ts';
import { type ApprovalTab, routes } from '#lib/routes.ts';
import { countWaiting } from '#lib/services/approvals/count.ts';
import type { VerbContext } from '#lib/services/context.ts';
import {
  getOperation,
  listOperations,
  type OperationDetail,
  type OperationSummary,
} from '#lib/services/operations/read.ts';
import {
  readStoredOperation,
  readStoredPrice,
  type StoredOperation,
} from '#lib/services/operations/stored.ts';
import { countOpenReviews } from '#lib/services/reviews/list.ts';
import { proofNeed } from '#lib/web/prove.ts';
import { askedLoss } from './asked-rpo.ts';
import { checkModel, count, duration, inOrder, listOf, STATE_STATUS, within } from './common.ts';
import { reviewsModel } from './reviews.ts';

const TABS: readonly { key: ApprovalTab; label: string }[] = [
  { key: 'waiting', label: 'Waiting' },
  { key: 'mine', label: 'Mine' },
  { key: 'closed', label: 'Closed' },
  { key: 'reviews', label: 'Reviews' },
];

export async function approvalsModel(
  context: VerbContext,
  environment: string,
  query: { tab?: string; operation?: string; review?: string; cursor?: string },
): Promise<ApprovalsModel> {
  const tab = TABS.find(({ key }) => key === query.tab)?.key ?? (query.review ? 'reviews' : 'waiting');
  const here = within(context.estate, environment);
  const forMe = { requests: await countWaiting(context), reviews: await countOpenReviews(context) };
  if (tab === 'reviews') return reviewsPage(context, environment, { review: query.review, forMe });
  const page = await listOperations(context, {
    ...filterOf(context, tab),
    ...(query.cursor ? { cursor: query.cursor } : {}),
  });
  const chosen = query.operation ?? page.items[0]?.id;
  const request = chosen ? await requestModel(context, chosen) : null;
  const items = page.items.map((item) =>
    inboxItem(context, item, {
      href: routes.approvals({ ...here, tab, operation: item.id }),
      selected: item.id === request?.id,
    }),
  );
  return {
    at: context.now.toISOString(),
    ...answerOf(forMe),
    detail: detailOf(context),
    tabs: tabsOf(here, tab, forMe, page.items.length),
    inbox: tab === 'closed' ? [] : items,
    closed: tab === 'closed' ? items : [],
    request,
    reviews: null,
    older: page.nextCursor ? routes.approvals({ ...here, tab, cursor: page.nextCursor }) : null,
    newer: query.cursor ? routes.approvals({ ...here, tab }) : null,
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
    inbox: [],
    closed: [],
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

function filterOf(context: VerbContext, tab: ApprovalTab) {
  if (tab === 'mine') return { requestedBy: context.actor.personId ?? undefined };
  return tab === 'closed' ? { state: 'ended' as const } : { state: 'awaiting-approval' as const };
}

function inboxItem(
  context: VerbContext,
  item: OperationSummary,
  { href, selected }: Pick<InboxItem, 'href' | 'selected'>,
): InboxItem {
  const approvals = item.decisions.filter(
    ({ decision, digest }) => decision === 'approve' && digest === item.digest,
  ).length;
  const left = (item.expiresAt.getTime() - context.now.getTime()) / 1_000;
  const waiting = item.state === 'awaiting-approval';
  return {
    id: item.id,
    href,
    status: STATE_STATUS[item.state as OperationState],
    title: item.title.replace(/^Traffic shift: /, ''),
    who: `${item.id}, ${item.requester.name}`,
    note: waiting
      ? `needs ${approvals} of ${item.needed}, expires in ${duration(left)}`
      : (item.outcome ?? item.state),
    at: item.createdAt.toISOString(),
    selected,
  };
}

async function requestModel(context: VerbContext, id: string): Promise<ApprovalRequest | null> {
  const detail = await getOperation(context, id);
  const { operation, may } = detail;
  const plan = readStoredOperation(operation.plan);
  const price = readStoredPrice(operation.price);
  const waiting = operation.state === 'awaiting-approval';
  const loss = waiting ? await askedLoss(context, operation) : null;
  const irreversible = plan && pointOfNoReturn(plan);
  return {
    id,
    environment: operation.environment,
    title: operation.title,
    requestedAt: operation.createdAt.toISOString(),
    requestedBy: operation.requester.name,
    reason: operation.reason,
    changes: changesOf(
      plan,
      context.estate.regions.map(({ code }) => code),
    ),
    irreversible:
      plan && irreversible
        ? `Step ${plan.steps.indexOf(irreversible) + 1}, “${irreversible.title}”: from there it goes forward, and nothing is put back.`
        : null,
    changeNote: count(operation.steps.length, 'step'),
    records: plan?.change ? recordDiff(context, plan.change) : [],
    checks: (plan?.checks ?? []).map((check) => checkModel(check, 86_400)),
    recheckedAt: operation.createdAt.toISOString(),
    price: price
      ? [
          ...price.lines.map(({ label, monthlyDollars }) => ({
            term: label,
            description: formatMoney(monthlyDollars),
          })),
          { term: 'If kept a month', description: formatMoney(price.monthlyDollars), strong: true },
        ]
      : [],
    agreement: agreementOf(context, detail, irreversible?.title ?? null),
    rpo: loss?.rpo ?? null,
    proof: irreversible ? proofNeed(context.actor) : null,
    digest: operation.digest,
    bound: boundTo(operation),
    decide: may.decide.allowed && loss?.worse ? { allowed: false, reason: loss.worse } : may.decide,
    closed: waiting ? null : (operation.outcome ?? `It is ${operation.state}.`),
  };
}

/** Shares before and after; of another kind, what it changes in its own words. */
function changesOf(plan: StoredOperation | null, order: readonly string[]): ApprovalRequest['changes'] {
  const { change, changes = [] } = plan ?? {};
  if (!change) return changes.map(({ label, before, after }) => ({ label, now: before, after }));
  return inOrder(change.sharesAfter, order).map((code) => {
    const before = change.sharesBefore[code] ?? 0;
    const after = change.sharesAfter[code] ?? 0;
    const points = (after - before) * 100;
    return {
      label: `${code}, global share`,
      now: `${formatShare(before)} %`,
      after: `${formatShare(after)} %`,
      difference: `${formatSigned(points, 1)} pt`,
      same: Math.abs(points) < 0.05,
    };
  });
}

function recordDiff(
  context: VerbContext,
  change: NonNullable<StoredOperation['change']>,
): ApprovalRequest['records'] {
  const order = context.estate.regions.map(({ code }) => code);
  const line = (row: Record<string, number>) => {
    const weights = toRecordWeights(row);
    return inOrder(weights, order)
      .map((region) => `${region} ${weights[region] ?? 0}`)
      .join('  ');
  };
  return Object.keys(change.after).flatMap((geography) => {
    const removed = line(change.before[geography] ?? {});
    const added = line(change.after[geography] ?? {});
    if (removed === added) return [];
    return [
      { kind: 'context' as const, text: `${geography}.${context.estate.dns.originName}  A  alias` },
      { kind: 'removed' as const, text: removed },
      { kind: 'added' as const, text: added },
    ];
  });
}

function agreementOf(
  context: VerbContext,
  { operation }: OperationDetail,
  irreversible: string | null,
): ApprovalRequest['agreement'] {
  const word = (decision: string, digest: string) =>
    digest !== operation.digest ? 'approved another plan' : decision === 'approve' ? 'approved' : 'rejected';
  const mine = operation.decisions.find(({ personId }) => personId === context.actor.personId);
  return {
    rule:
      operation.needed === 0
        ? 'nobody, by policy'
        : `${count(operation.needed, 'approver')}, not the requester`,
    you: mine
      ? { status: mine.decision === 'approve' ? 'ok' : 'held', word: word(mine.decision, mine.digest) }
      : {
          status: 'waiting',
          word: operation.requestedBy === context.actor.personId ? 'requested it' : 'not decided',
        },
    others: operation.decisions
      .filter(({ personId }) => personId !== context.actor.personId)
      .map((made) => ({
        who: made.person.name,
        status: (made.decision === 'approve' ? 'ok' : 'held') as Status,
        word: word(made.decision, made.digest),
      })),
    expiresAt: operation.expiresAt.toISOString(),
    undo: undoWords(context, operation.kind, irreversible),
  };
}

function undoWords({ estate }: VerbContext, kind: string, irreversible: string | null): string {
  if (irreversible !== null) return `until “${irreversible}” begins, by an abort; not after it`;
  return isRecoveryKind(kind)
    ? 'by an abort while it runs'
    : `one click, about ${2 * estate.dns.ttlSeconds + 5} s, at any step`;
}

/** Classes of preconditions that are not well; a class that is a name, such as the writer's Region, is neither. */
const CLASS_STATUS: Readonly<Record<string, Status>> = {
  unknown: 'unknown',
  warning: 'warning',
  critical: 'critical',
  unhealthy: 'critical',
  'pre-scale': 'warning',
  short: 'warning',
};

/** What the digest covers, in words. */
function boundTo({ kind, params }: { kind: string; params: unknown }): Check[] {
  const { subject } = params as {
    subject?: {
      classes?: Record<string, string>;
      versions?: Record<string, string | null>;
      freezes?: string[];
    };
  };
  if (!subject) return [];
  const versions = [
    ...new Set(Object.values(subject.versions ?? {}).map((version) => version ?? 'unknown version')),
  ];
  return [
    {
      id: 'records',
      status: 'ok',
      text: isRecoveryKind(kind)
        ? 'every step, the databases it acts on, and the live DNS records'
        : 'the live DNS records and every step',
    },
    {
      id: 'versions',
      status: 'ok',
      text: `${versions.join(', ')} in ${count(Object.keys(subject.versions ?? {}).length, 'Region')}`,
    },
    {
      id: 'freezes',
      status: 'ok',
      text:
        (subject.freezes ?? []).length === 0
          ? 'no freeze in force'
          : `${count((subject.freezes ?? []).length, 'freeze')} in force`,
    },
    ...Object.entries(subject.classes ?? {}).map(
      ([name, value]): Check => ({
        id: name,
        status: CLASS_STATUS[value] ?? 'ok',
        text: `${name}: ${value}`,
      }),
    ),
  ];
}
