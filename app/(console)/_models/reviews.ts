import type { InboxItem, ReviewDetail, ReviewsModel } from '#components/approvals/model.ts';
import { formatAge, formatClock, plural } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { CLOCK_WORDS, type Clock, clocksOf } from '#lib/domain/recovery/clocks.ts';
import { RpoContract } from '#lib/domain/recovery/params.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { getOperation, type OperationDetail } from '#lib/services/operations/read.ts';
import { readStoredOperation } from '#lib/services/operations/stored.ts';
import { runTimes } from '#lib/services/recovery/clocks.ts';
import { findFormerPromotion, type RunRecords, readRunRecords } from '#lib/services/recovery/records.ts';
import { missingSince } from '#lib/services/reports/client-report.ts';
import { findReview, listReviews, type ReviewSummary } from '#lib/services/reviews/list.ts';
import { checkModel, STATE_STATUS, within } from './common.ts';

const CLOSED_SHOWN = 10;
/** What was checked when it began is not judged by its age any more. */
const LONG_AGO_SECONDS = 86_400 * 365;

/** What was done without approval: what waits for a second person, and what was reviewed lately. */
export async function reviewsModel(
  context: VerbContext,
  environment: string,
  wanted: string | undefined,
): Promise<ReviewsModel> {
  const open = await listReviews(context, { state: 'open' });
  const closed = await listReviews(context, { state: 'paid', limit: CLOSED_SHOWN });
  const listed = [...open.items, ...closed.items];
  const chosen =
    (wanted
      ? (listed.find(({ id }) => id === wanted) ?? (await findReview(context, wanted)))
      : (open.items[0] ?? null)) ?? null;
  const item = (review: ReviewSummary) => inboxItem(context, environment, review, chosen?.id);
  return {
    open: open.items.map(item),
    closed: closed.items.map(item),
    review: chosen && (await detailOf(context, chosen)),
  };
}

function inboxItem(
  context: VerbContext,
  environment: string,
  review: ReviewSummary,
  chosen: string | undefined,
): InboxItem {
  const left = (review.dueAt.getTime() - context.now.getTime()) / 1_000;
  const due = left > 0 ? `due in ${formatAge(left)}` : 'overdue';
  return {
    id: review.id,
    href: routes.approvals({ ...within(context.estate, environment), tab: 'reviews', review: review.id }),
    status: statusOf(review),
    title: review.title,
    who: `${review.operation?.id ?? 'done with the console dead'}, ${review.owedBy.name}`,
    note:
      review.reviewedBy === null
        ? due
        : `${VERDICT_WORDS[review.verdict ?? 'accepted']}, by ${review.reviewedBy.name}`,
    at: review.openedAt.toISOString(),
    selected: review.id === chosen,
  };
}

const VERDICT_WORDS = { accepted: 'agreed', objected: 'concern raised' } as const;

function statusOf({ state, verdict }: ReviewSummary): Status {
  if (state === 'paid') return verdict === 'objected' ? 'warning' : 'ok';
  return state === 'overdue' ? 'critical' : 'warning';
}

async function detailOf(context: VerbContext, review: ReviewSummary): Promise<ReviewDetail> {
  const { estate } = context;
  const here = within(estate, review.environment);
  const run = review.operation ? await readRun(context, review.operation.id) : null;
  return {
    id: review.id,
    title: review.title,
    operation: review.operation && {
      id: review.operation.id,
      href: routes.operation(review.operation.id, here),
    },
    environment: review.environment,
    debtor: review.owedBy.name,
    declaredAt: review.openedAt.toISOString(),
    reason: review.reason,
    dueAt: review.dueAt.toISOString(),
    status: statusOf(review),
    word: review.state === 'paid' ? VERDICT_WORDS[review.verdict ?? 'accepted'] : review.state,
    holds:
      review.state === 'paid'
        ? 'It holds nothing any more.'
        : `Until it is reviewed, ${review.owedBy.name}’s normal changes are held.`,
    outcome: run ? outcomeOf(context, run) : [],
    overridden: run ? overriddenOf(run, here) : [],
    rpo: run ? await rpoOf(context, run) : null,
    links: {
      report: run?.records.report && review.operation ? routes.api.report(review.operation.id, 'html') : null,
      replay:
        run?.detail.operation.startedAt && review.operation ? routes.replay(review.operation.id, here) : null,
      audit: routes.audit(review.operation ? { ...here, operation: review.operation.id } : here),
    },
    decide: review.mayReview,
    closed:
      review.reviewedBy && review.reviewedAt
        ? {
            who: review.reviewedBy.name,
            at: review.reviewedAt.toISOString(),
            note: review.note ?? '',
          }
        : null,
  };
}

interface Run {
  detail: OperationDetail;
  records: RunRecords;
}

async function readRun(context: VerbContext, id: string): Promise<Run> {
  return { detail: await getOperation(context, id), records: await readRunRecords(context, id) };
}

function outcomeOf(context: VerbContext, { detail, records }: Run): ReviewDetail['outcome'] {
  const { operation } = detail;
  const clocks = clocksOf(runTimes(operation, operation.endedAt ?? context.now));
  const [fence] = records.fences;
  return [
    {
      term: 'Run',
      status: STATE_STATUS[operation.state as OperationState],
      text: operation.outcome ?? operation.state,
    },
    ...clocks
      .filter(({ state }) => state !== 'not-applicable')
      .map((clock) => ({
        term: capital(CLOCK_WORDS[clock.clock]),
        ...clockOutcome(clock, operation.endedAt),
      })),
    ...(fence
      ? [
          {
            term: `Database of ${fence.region}`,
            status: fence.state === 'pending' ? ('warning' as const) : ('ok' as const),
            text:
              fence.state === 'pending'
                ? `not fenced yet, ${plural(fence.attempts, 'try', 'tries')}`
                : 'fenced',
          },
        ]
      : []),
  ];
}

function clockOutcome(clock: Clock, endedAt: Date | null): { status: Status; text: string } {
  const seconds = formatClock(clock.seconds ?? 0);
  const budget = `budget ${formatClock(clock.budgetSeconds)}`;
  if (clock.state === 'stopped')
    return { status: clock.overBudget ? 'warning' : 'ok', text: `after ${seconds}, ${budget}` };
  return endedAt === null
    ? { status: 'running', text: `not yet, ${seconds}; ${budget}` }
    : { status: 'critical', text: 'not by this run' };
}

/** What stood against it when it began: typed to override it, or for an approver to accept. */
function overriddenOf({ detail, records }: Run, here: { environment?: string }): ReviewDetail['overridden'] {
  const checks = readStoredOperation(detail.operation.plan)?.checks ?? [];
  return checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map((check) => ({
      ...checkModel(check, { withinSeconds: LONG_AGO_SECONDS, here }),
      ...(records.overridden.includes(check.code) ? { reason: `Overridden: ${check.code} was typed.` } : {}),
    }));
}

async function rpoOf(context: VerbContext, { detail, records }: Run): Promise<ReviewDetail['rpo']> {
  const accepted = RpoContract.safeParse(records.accepted).data;
  if (!accepted) return null;
  const report = records.clients?.value ?? null;
  const former = report ? await findFormerPromotion(context.database, detail.operation) : null;
  const gone = report && missingSince(report, former?.toISOString() ?? null);
  if (!gone || gone.count === null) return { accepted, lost: 'not known', status: 'unknown' };
  return {
    accepted,
    lost: gone.count === 0 ? 'no acknowledged order' : plural(gone.count, 'acknowledged order'),
    status: gone.count === 0 ? 'ok' : 'warning',
  };
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
