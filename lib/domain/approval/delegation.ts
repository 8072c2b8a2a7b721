/** One person decides in the name of another, for a time. */
export interface Delegation {
  id: string;
  from: string;
  to: string;
  startsAt: Date;
  endsAt: Date;
  revokedAt: Date | null;
}

export type DelegationVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

/** Longest time to decide in another's name, days: whoever is away longer is replaced by a grant. */
const LONGEST_DELEGATION_DAYS = 90;

export function isInForce(
  { startsAt, endsAt, revokedAt }: Pick<Delegation, 'startsAt' | 'endsAt' | 'revokedAt'>,
  now: Date,
): boolean {
  return revokedAt === null && startsAt.getTime() <= now.getTime() && now.getTime() < endsAt.getTime();
}

/** Whether two spans have a moment in common. */
function overlap(
  one: Pick<Delegation, 'startsAt' | 'endsAt'>,
  other: Pick<Delegation, 'startsAt' | 'endsAt'>,
) {
  return one.startsAt < other.endsAt && other.startsAt < one.endsAt;
}

/**
 * Whether `from` may let `to` decide in their name over that span. Chains are refused from both ends: who decides for another
 * hands nothing on meanwhile, and who has handed theirs on decides for nobody.
 */
export function mayDelegate(
  wanted: Pick<Delegation, 'from' | 'to' | 'startsAt' | 'endsAt'>,
  others: readonly Delegation[],
  now: Date,
): DelegationVerdict {
  if (wanted.from === wanted.to) return no('own-delegate', 'Nobody decides in their own name by delegation.');
  if (wanted.endsAt <= now || wanted.endsAt <= wanted.startsAt)
    return no('over', 'It would have ended already. Give an end that is still to come, after its beginning.');
  const days = (wanted.endsAt.getTime() - wanted.startsAt.getTime()) / 86_400_000;
  if (days > LONGEST_DELEGATION_DAYS)
    return no(
      'too-long',
      `It would last over ${LONGEST_DELEGATION_DAYS} days. An admin grants the role instead, under Settings.`,
    );
  const meanwhile = others.filter((other) => other.revokedAt === null && overlap(wanted, other));
  if (meanwhile.some(({ from, to }) => from === wanted.from && to === wanted.to))
    return no('delegated', 'They decide in your name already over that time. Revoke that one first.');
  if (meanwhile.some(({ to }) => to === wanted.from))
    return no(
      'delegation-chain',
      'You decide in another’s name over that time; what was handed to you is not handed on.',
    );
  if (meanwhile.some(({ from }) => from === wanted.to))
    return no(
      'delegation-chain',
      'They have handed their own approvals to somebody over that time. Choose somebody who decides themselves.',
    );
  return { allowed: true };
}

function no(code: string, reason: string): DelegationVerdict {
  return { allowed: false, code, reason };
}
