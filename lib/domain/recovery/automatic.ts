import type { Check } from '../operation/plan.ts';
import { openChecks } from '../traffic/preflight.ts';

/** What Meridian does by itself when a Region is seen failing. It never promotes: that asks people, always. */
export const ON_FAILING = ['recommend', 'evacuate-reads'] as const;
export type OnFailing = (typeof ON_FAILING)[number];

/** What a policy may accept ahead, because nobody is there to be asked when it acts. */
export const ACCEPTED_AHEAD = ['capacity', 'residency'] as const;
export type AcceptedAhead = (typeof ACCEPTED_AHEAD)[number];

export interface RecoveryPolicy {
  environment: string;
  onFailing: OnFailing;
  accepts: readonly AcceptedAhead[];
}

/** An environment without a policy of its own: people are told, and decide. */
export function defaultRecoveryPolicy(environment: string): RecoveryPolicy {
  return { environment, onFailing: 'recommend', accepts: [] };
}

/** Whether a policy lets Meridian do more by itself than the one in force. */
export function loosensRecovery(
  before: Pick<RecoveryPolicy, 'onFailing' | 'accepts'>,
  after: Pick<RecoveryPolicy, 'onFailing' | 'accepts'>,
): boolean {
  if (after.onFailing === 'recommend') return false;
  return before.onFailing === 'recommend' || after.accepts.some((code) => !before.accepts.includes(code));
}

/** Codes of the checks that a policy accepted ahead; what readiness doubts is never among them. */
export function acceptedAhead(checks: readonly Check[], accepts: readonly AcceptedAhead[]): string[] {
  return checks
    .filter(({ verdict, code }) => {
      const family = familyOf(code);
      return verdict === 'accept' && family !== null && accepts.includes(family);
    })
    .map(({ code }) => code);
}

function familyOf(code: string): AcceptedAhead | null {
  if (code === 'residency') return 'residency';
  return code.startsWith('capacity-') ? 'capacity' : null;
}

export type AutomaticVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

export interface Incident {
  region: string;
  /** Every Region of the environment that is seen failing now. */
  failing: readonly string[];
  /** Regions that were left: switched off, or left by the policy and not serving since. */
  left: readonly string[];
  /** Regions that would get its readers and are not seen serving, or that people have emptied. */
  unfit: readonly string[];
  /** Whether one Region, and one alone, is known to take the orders. */
  hasWriter: boolean;
  /** A recovery, or a shift of its users, that a person started since it began to fail. */
  person: { id: string; title: string } | null;
  /** The operation that holds the environment. */
  holder: { id: string; title: string } | null;
}

/** A person took it in hand: the policy leaves this incident to people. */
export const STANDS_DOWN = 'person-acts';

/**
 * Whether the policy may leave this Region now, before anything is planned: one Region at a time, to Regions that serve, never
 * while another operation has the environment, and never again once a person has acted (aws-facts 2.5, R-05).
 */
export function mayActByItself(incident: Incident): AutomaticVerdict {
  const { region, failing, left, unfit, hasWriter, person, holder } = incident;
  if (person)
    return no(
      STANDS_DOWN,
      `${person.id}, ${person.title}, was started by a person since; what else is done about ${region} is decided by people.`,
    );
  const others = failing.filter((code) => code !== region);
  if (others.length > 0)
    return no('several', `${others.join(' and ')} fails too: more than one Region is never left by itself.`);
  const out = left.filter((code) => code !== region);
  if (out.length > 0)
    return no(
      'one-region',
      `${out.join(' and ')} was left and has no readers yet: a second Region is never left by itself.`,
    );
  if (!hasWriter)
    return no(
      'no-single-writer',
      'It is not known which one Region takes the orders: readers could be sent to a copy that nobody writes to.',
    );
  if (unfit.length > 0)
    return no(
      'receiver-unfit',
      `${unfit.join(' and ')} would get its readers, and is not seen serving or was emptied by people.`,
    );
  if (holder)
    return no(
      'one-at-a-time',
      `${holder.id}, ${holder.title}, holds the environment, and a policy takes it from nobody.`,
    );
  return { allowed: true };
}

/** Whether what was planned may be started with nobody to accept anything but what was accepted ahead. */
export function mayStartPlanned(
  checks: readonly Check[],
  accepts: readonly AcceptedAhead[],
): AutomaticVerdict {
  const [open] = openChecks(checks, acceptedAhead(checks, accepts));
  if (!open) return { allowed: true };
  const family = familyOf(open.code);
  const ahead =
    open.verdict === 'accept'
      ? family === null
        ? ' Somebody would have to accept it, and a policy does not.'
        : ` Somebody would have to accept it; the policy could, by accepting ${family} ahead.`
      : '';
  return no(open.code, `${open.message}${ahead}`);
}

function no(code: string, reason: string): AutomaticVerdict {
  return { allowed: false, code, reason };
}
