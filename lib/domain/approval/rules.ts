import type { Role } from '../access/access.ts';

/** Roles whose people a rule may ask to agree. Who holds none but these agrees only where a rule names theirs. */
export const RULE_ROLES = [
  'approver',
  'operator',
  'admin',
  'cost-reviewer',
  'auditor',
] as const satisfies readonly Role[];
export type RuleRole = (typeof RULE_ROLES)[number];

/** What must be met beside the number of approvers; all rules of a policy are. */
export type ApprovalRule = {
  role: RuleRole;
  count: number;
  /** So many in each Region of the plan, by a grant that covers that Region. */
  perRegion: boolean;
  /** Counts only what is agreed to while the Region’s people are on duty (its support hours). */
  onCall: boolean;
};

export const MOST_RULES = 6;

/** Whether meeting `one` meets `other` too. */
function covers(one: ApprovalRule, other: ApprovalRule): boolean {
  return (
    one.role === other.role &&
    one.perRegion === other.perRegion &&
    one.count >= other.count &&
    (one.onCall || !other.onCall)
  );
}

/** Whether these rules ask for less than those before: one of them that nothing now covers. */
export function asksLess(before: readonly ApprovalRule[], after: readonly ApprovalRule[]): boolean {
  return uncovered(before, after).length > 0;
}

/** Rules of `wanted` that none of `given` covers. */
export function uncovered(wanted: readonly ApprovalRule[], given: readonly ApprovalRule[]): ApprovalRule[] {
  return wanted.filter((rule) => !given.some((other) => covers(other, rule)));
}

/** Both lists as one, without what another rule of them covers. */
export function mergeRules(one: readonly ApprovalRule[], other: readonly ApprovalRule[]): ApprovalRule[] {
  const added = uncovered(other, one);
  return [...uncovered(one, added), ...added];
}

const ROLE_WORDS = {
  approver: ['approver', 'approvers'],
  operator: ['operator', 'operators'],
  admin: ['admin', 'admins'],
  'cost-reviewer': ['cost reviewer', 'cost reviewers'],
  auditor: ['auditor', 'auditors'],
} as const satisfies Record<RuleRole, readonly [string, string]>;

/** "2 operators" */
export function roleCount(role: RuleRole, count: number): string {
  return `${count} ${ROLE_WORDS[role][count === 1 ? 0 : 1]}`;
}

/** "1 operator", "1 approver of each Region, on duty there" */
export function ruleWords(rule: ApprovalRule): string {
  const where = rule.perRegion ? ' of each Region' : '';
  const when = rule.onCall ? (rule.perRegion ? ', on duty there' : ', while a Region of it is on duty') : '';
  return `${roleCount(rule.role, rule.count)}${where}${when}`;
}
