import { OPERATION_KINDS } from '../operation/kind.ts';
import { utcMinute } from '../time/utc.ts';
import { listOf } from './words.ts';

/**
 * Why somebody owes a review: an operation that waited for nobody, acts done with the console dead, or steps of a run that
 * were left undone by decision of one person.
 */
export type DebtCause = 'emergency' | 'break-glass' | 'incomplete';

/** Opened when an emergency starts; paid when a second person has reviewed it (PRODUCT.md, idea 10). */
export interface ReviewDebt {
  id: string;
  cause: DebtCause;
  operation: string;
  /** Who owes it. Tokens count as their owner. */
  personId: string;
  openedAt: string;
  dueAt: string;
  /** Null while it is unpaid. */
  reviewedAt: string | null;
}

/** Working time for a second person to look: the next day at the latest. */
const REVIEW_HOURS = 24;

/** When a debt opened then is due. Like a freeze it is not scaled by the environment: people look no faster in a lab. */
export function reviewDueAt(openedAt: Date, hours = REVIEW_HOURS): Date {
  return new Date(openedAt.getTime() + hours * 3_600_000);
}

export type DebtState = 'paid' | 'open' | 'overdue';

export function debtState(debt: Pick<ReviewDebt, 'dueAt' | 'reviewedAt'>, now: Date): DebtState {
  if (debt.reviewedAt !== null) return 'paid';
  return now.getTime() > Date.parse(debt.dueAt) ? 'overdue' : 'open';
}

export type DebtVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

/**
 * Kinds that a debt never holds up: what an emergency needs, what puts things back, and what restores the second copy.
 * Everything else of the person waits until somebody else has looked.
 */
const NEVER_HELD: ReadonlySet<string> = new Set([
  'failover',
  'evacuate',
  'traffic-revert',
  'recovery-revert',
  'rollback',
  'return',
  'rebuild',
]);

/** Kinds that a debt can hold up. */
export const HELD_KINDS = OPERATION_KINDS.filter((kind) => !NEVER_HELD.has(kind));

/**
 * Whether a person who owes reviews may request this. An unpaid debt blocks their normal changes from the start, not from
 * its due date on: the review is owed at once, the date says when it is late (issue: "blocks that person's normal changes
 * until a second person has reviewed").
 */
export function mayRequest(
  debts: readonly ReviewDebt[],
  request: { personId: string; kind: string; emergency: boolean },
  now: Date,
): DebtVerdict {
  if (request.emergency || NEVER_HELD.has(request.kind)) return { allowed: true };
  const owed = debts.filter(
    ({ personId, reviewedAt }) => personId === request.personId && reviewedAt === null,
  );
  if (owed.length === 0) return { allowed: true };
  const late = owed.some((debt) => debtState(debt, now) === 'overdue');
  const operations = listOf([...new Set(owed.map(({ operation }) => operation))].sort());
  const due = owed.map(({ dueAt }) => dueAt).sort()[0] ?? '';
  const by = utcMinute(due);
  const said = late ? `was due by ${by}` : `is due by ${by}`;
  return no(
    'review-debt',
    `${owed.every(({ cause }) => cause === 'incomplete') ? 'You left steps undone' : 'You acted in an emergency'}, and the review of ${operations} ${said}. Until somebody else has reviewed it, your changes wait; emergencies and what puts things back do not.`,
  );
}

/** Whether this person may review the debt: anybody who may review, but never who owes it, and never by a token. */
export function mayReview(
  debt: Pick<ReviewDebt, 'personId' | 'reviewedAt' | 'operation'>,
  reviewer: { personId: string; byToken: boolean },
  involved: readonly string[] = [],
): DebtVerdict {
  if (debt.reviewedAt !== null) return no('reviewed', `${debt.operation} has been reviewed already.`);
  if (reviewer.personId === debt.personId)
    return no('own-debt', 'You acted, so someone else must review it. Tokens of yours count as you.');
  if (involved.includes(reviewer.personId))
    return no(
      'took-part',
      'You took part in it: you paused, resumed or took it over. Someone who did not must review it.',
    );
  if (reviewer.byToken) return no('token', 'A review is a person’s judgement; an API token cannot give it.');
  return { allowed: true };
}

function no(code: string, reason: string): DebtVerdict {
  return { allowed: false, code, reason };
}
