import { type Grant, permits, type Role } from '../access/access.ts';
import type { Duty } from '../recovery/support.ts';
import { type ApprovalRule, roleCount } from './rules.ts';
import { seatPeople } from './seats.ts';

/** A person as rules look at them: who they are, and what they hold now. */
export interface Holder {
  personId: string;
  name: string;
  email: string;
  /** False once their account is disabled. */
  active: boolean;
  grants: readonly Grant[];
}

/** A decision with the person whose approval it is: who made it, or in whose name a delegate did. */
export interface CountedDecision {
  decision: string;
  digest: string;
  at: Date;
  by: Holder;
  /** Who made it: `by` themselves, or their delegate. */
  actorId: string;
}

export interface ApprovalQuestion {
  digest: string;
  requestedBy: string;
  /** Who wrote what is deployed, as its release says: an e-mail address, or a name. Null where nobody did. */
  author: string | null;
  /** Regions that the plan changes. */
  regions: readonly string[];
  needed: number;
  rules: readonly ApprovalRule[];
}

export interface DutyRoster {
  regions: readonly { code: string; duty: (at: Date) => Duty }[];
}

/** One thing that has to be met. */
export interface Requirement {
  key: string;
  /** "2 approvers", "1 approver of eu-west-1, on duty there" */
  words: string;
  need: number;
  have: number;
  met: boolean;
  /** Names of people who may meet it, where it is open. */
  mayMeet: readonly string[];
  /** Nobody may meet it now, because of support hours: who is on duty instead, and until when. Null otherwise. */
  offDuty: string | null;
}

export interface ApprovalProgress {
  met: boolean;
  /** Approvals that count: one a person. */
  approvals: number;
  requirements: readonly Requirement[];
}

/** Somebody who may meet what is open: themselves, or as the delegate of `holder`. */
export interface Candidate {
  /** "Tomas Rehn", "Ji-woo Han for Tomas Rehn" */
  label: string;
  holder: Holder;
  /** Who would act. */
  actor: Holder;
}

interface Demand extends Requirement {
  /** Whether that person's agreement counts for it at that time. */
  fits: (holder: Holder, at: Date) => boolean;
  /** Whether it would, were it not for support hours. */
  wouldFit: (holder: Holder) => boolean;
  /** Regions of which one has to be on duty for an agreement to count; empty where the hour does not matter. */
  onDuty: readonly string[];
  /** One person takes one seat among all that are exclusive; a Region's seat uses nobody up. */
  exclusive: boolean;
}

/**
 * What of a request is met by the approvals given so far, what is open, and who may meet it. Approvals count for this very
 * digest, one a person, of people who may still give them, never of the requester or the author. Of the people who agree, one
 * takes one seat: an approver who is an operator too is either, not both.
 */
export function approvalProgress(
  question: ApprovalQuestion,
  decisions: readonly CountedDecision[],
  roster: DutyRoster,
  now: Date,
  candidates: readonly Candidate[] = [],
): ApprovalProgress {
  const demands = demandsOf(question, roster);
  const counted = countedDecisions(question, demands, decisions);
  const seated = seatPeople(
    demands.filter(({ exclusive }) => exclusive),
    counted,
    ({ fits }, { by, at }) => fits(by, at),
  );
  const decided = new Set(
    decisions
      .filter(({ digest }) => digest === question.digest)
      .flatMap(({ by, actorId }) => [by.personId, actorId]),
  );
  const able = candidates.filter(({ holder, actor }) =>
    [holder, actor].every(
      (person) => person.active && !decided.has(person.personId) && !isExcluded(question, person),
    ),
  );
  const requirements = demands.map((demand): Requirement => {
    const have = demand.exclusive
      ? (seated.get(demand.key) ?? 0)
      : counted.filter(({ by, at }) => demand.fits(by, at)).length;
    const met = have >= demand.need;
    return {
      key: demand.key,
      words: demand.words,
      need: demand.need,
      have: Math.min(have, demand.need),
      met,
      mayMeet: met ? [] : able.filter(({ holder }) => demand.wouldFit(holder)).map(({ label }) => label),
      offDuty: met ? null : offDutyNow(demand, roster, now),
    };
  });
  return {
    met: requirements.every(({ met }) => met),
    approvals: counted.length,
    requirements,
  };
}

/** Whether a decision, also one against it, is of this plan and by somebody whose agreement the request asks for. */
export function counts(question: ApprovalQuestion, made: CountedDecision, roster: DutyRoster): boolean {
  return (
    countedDecisions(question, demandsOf(question, roster), [{ ...made, decision: 'approve' }]).length > 0
  );
}

export type StandingVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

/** Whether this person's agreement would count for anything now; a refusal says why not. Own requests are not looked at. */
export function mayAgree(
  question: ApprovalQuestion,
  holder: Holder,
  roster: DutyRoster,
  now: Date,
): StandingVerdict {
  const demands = demandsOf(question, roster);
  const mine = demands.filter(({ wouldFit }) => wouldFit(holder));
  if (mine.length === 0) {
    const permission = permits(holder.grants, 'operation.approve', { regions: question.regions });
    return permission.allowed ? { allowed: true } : permission;
  }
  if (mine.some(({ fits }) => fits(holder, now))) return { allowed: true };
  return {
    allowed: false,
    code: 'off-duty',
    reason:
      mine.flatMap((demand) => offDutyNow(demand, roster, now) ?? [])[0] ??
      'Their support hours are over; what is agreed to now would not count.',
  };
}

/** Whether that person must not decide, because the release is theirs: by e-mail address, or by name where it holds none. */
export function isAuthor(author: string | null, person: Pick<Holder, 'name' | 'email'>): boolean {
  if (author === null) return false;
  const email = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/.exec(author)?.[0];
  return email === undefined
    ? same(author, person.name) || same(author, person.email)
    : same(email, person.email);
}

const same = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase();

function isExcluded({ requestedBy, author }: ApprovalQuestion, holder: Holder): boolean {
  return holder.personId === requestedBy || isAuthor(author, holder);
}

/** Approvals that count for something, the first of each person. */
function countedDecisions(
  question: ApprovalQuestion,
  demands: readonly Demand[],
  decisions: readonly CountedDecision[],
): CountedDecision[] {
  const byPerson = new Map<string, CountedDecision>();
  for (const made of decisions) {
    const { by, decision, digest, at } = made;
    if (decision !== 'approve' || digest !== question.digest || !by.active) continue;
    if (isExcluded(question, by) || byPerson.has(by.personId)) continue;
    if (demands.length === 0 ? isApprover(question, by) : demands.some(({ fits }) => fits(by, at)))
      byPerson.set(by.personId, made);
  }
  return [...byPerson.values()];
}

function isApprover({ regions }: Pick<ApprovalQuestion, 'regions'>, { grants }: Holder): boolean {
  return permits(grants, 'operation.approve', { regions }).allowed;
}

function demandsOf(question: ApprovalQuestion, roster: DutyRoster): Demand[] {
  const { regions, rules } = question;
  const plain = rules.filter(({ role, perRegion, onCall }) => role === 'approver' && !perRegion && !onCall);
  const needed = Math.max(question.needed, ...plain.map(({ count }) => count));
  // Where each Region has an approver of its own, who approves for one of them is an approver of the plan.
  const regional = rules.some(({ role, perRegion }) => role === 'approver' && perRegion);
  const approver = (holder: Holder) =>
    isApprover(question, holder) ||
    (regional && regions.some((region) => isApprover({ regions: [region] }, holder)));
  const demands: Demand[] =
    needed === 0
      ? []
      : [
          {
            ...open('approvers', roleCount('approver', needed), needed),
            fits: approver,
            wouldFit: approver,
            onDuty: [],
            exclusive: true,
          },
        ];
  const others = rules.filter((rule) => !plain.includes(rule));
  return [
    ...demands,
    ...others.flatMap((rule, index) =>
      rule.perRegion
        ? regionDemands(rule, index, question, roster)
        : roleDemand(rule, index, question, roster, approver),
    ),
  ];
}

const open = (key: string, words: string, need: number) => ({
  key,
  words,
  need,
  have: 0,
  met: false,
  mayMeet: [],
  offDuty: null,
});

function roleDemand(
  rule: ApprovalRule,
  index: number,
  { regions }: ApprovalQuestion,
  roster: DutyRoster,
  approver: (holder: Holder) => boolean,
): Demand[] {
  const onDuty = rule.onCall ? regions : [];
  const wouldFit = (holder: Holder) =>
    rule.role === 'approver' ? approver(holder) : holdsRole(holder, rule.role, regions);
  const words = `${roleCount(rule.role, rule.count)}${rule.onCall ? ', while a Region of it is on duty' : ''}`;
  return [
    {
      ...open(`role-${index}`, words, rule.count),
      fits: (holder, at) => wouldFit(holder) && isOnDuty(roster, onDuty, at),
      wouldFit,
      onDuty,
      // Approvers on duty are approvers: they are among the number, not beside it.
      exclusive: rule.role !== 'approver',
    },
  ];
}

function regionDemands(
  rule: ApprovalRule,
  index: number,
  { regions }: ApprovalQuestion,
  roster: DutyRoster,
): Demand[] {
  return regions.map((region) => {
    const onDuty = rule.onCall ? [region] : [];
    const wouldFit = (holder: Holder) =>
      rule.role === 'approver'
        ? isApprover({ regions: [region] }, holder)
        : holdsRole(holder, rule.role, [region]);
    const words = `${roleCount(rule.role, rule.count)} of ${region}${rule.onCall ? ', on duty there' : ''}`;
    return {
      ...open(`region-${index}-${region}`, words, rule.count),
      fits: (holder, at) => wouldFit(holder) && isOnDuty(roster, onDuty, at),
      wouldFit,
      onDuty,
      exclusive: false,
    };
  });
}

/** The role itself, whole, in every one of these Regions: a grant narrowed to one action is not the role. */
function holdsRole({ grants }: Holder, role: Role, regions: readonly string[]): boolean {
  const held = grants.filter((grant) => grant.role === role && grant.action === null);
  return (
    held.length > 0 && regions.every((code) => held.some(({ region }) => region === null || region === code))
  );
}

/** Whether one of these Regions is on duty; no Region named, and the hour does not matter. */
function isOnDuty(roster: DutyRoster, codes: readonly string[], at: Date): boolean {
  return (
    codes.length === 0 || roster.regions.some(({ code, duty }) => codes.includes(code) && duty(at).awake)
  );
}

/** Why nobody can meet it at this hour, and who is on duty instead; null where somebody could (aws-facts C-27). */
function offDutyNow({ onDuty }: Demand, roster: DutyRoster, now: Date): string | null {
  if (isOnDuty(roster, onDuty, now)) return null;
  const duties = roster.regions.map(({ code, duty }) => ({ code, duty: duty(now) }));
  const asleep = duties
    .filter(({ code }) => onDuty.includes(code))
    .map(({ code, duty }) => `${code} (it is ${duty.localTime} there, people are ${duty.hours})`);
  const awake = duties.filter(({ duty }) => duty.awake).map(({ code, duty }) => `${code} (${duty.hours})`);
  const others = awake.length === 0 ? 'No other Region is on duty.' : `On duty now: ${awake.join(', ')}.`;
  return `Nobody is on duty in ${asleep.join('; ')}. ${others}`;
}
