import type { Asked, Policy } from '#lib/domain/approval/approval.ts';
import { askedThere, findPolicy, type PolicyKey } from '#lib/domain/approval/change.ts';
import { MOST_RULES, type RuleRole } from '#lib/domain/approval/rules.ts';
import type { PolicyRequest } from './model.ts';

export interface RuleValues {
  /** Tells it from the others while it is entered. */
  id: number;
  role: RuleRole;
  count: string;
  perRegion: boolean;
  onCall: boolean;
}

/** What the form holds, as it was typed. */
export interface PolicyValues {
  key: PolicyKey;
  /** What the policy for just that asked when it was chosen; null where there was none. */
  replaces: Asked | null;
  removes: boolean;
  needed: string;
  rules: readonly RuleValues[];
  expiresMinutes: string;
  tokensApprove: boolean;
}

/** The form for that: filled with what is asked there now. */
export function policyValues(set: readonly Policy[], key: PolicyKey): PolicyValues {
  const asked = askedThere(set, key);
  return {
    key,
    replaces: setThere(set, key),
    removes: false,
    needed: String(asked.needed),
    rules: asked.rules.map((rule, id) => ({ ...rule, id, count: String(rule.count) })),
    expiresMinutes: String(asked.expiresMinutes),
    tokensApprove: asked.tokensApprove,
  };
}

/** What is set for just that; null where nothing is. */
export function setThere(set: readonly Policy[], key: PolicyKey): Asked | null {
  return findPolicy(set, key) ? askedThere(set, key) : null;
}

/** One operator beside what is asked already. */
export function withRule(rules: readonly RuleValues[]): RuleValues[] {
  const id = Math.max(-1, ...rules.map((rule) => rule.id)) + 1;
  return [...rules, { id, role: 'operator', count: '1', perRegion: false, onCall: false }];
}

const MOST_PEOPLE = 9;
/** A year: as long as a request may wait. */
const MOST_MINUTES = 525_600;

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const typed = text.trim();
  const value = /^\d{1,6}$/.test(typed) ? Number(typed) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** What does not fit, by the field's path; empty where everything does. */
export function policyProblems(values: PolicyValues): Readonly<Record<string, string>> {
  if (values.removes) return {};
  const problems: Record<string, string> = {};
  if (wholeNumber(values.needed, 0, MOST_PEOPLE) === undefined)
    problems.needed = `must be a whole number from 0 to ${MOST_PEOPLE}`;
  for (const [at, { count }] of values.rules.entries()) {
    if (wholeNumber(count, 1, MOST_PEOPLE) === undefined)
      problems[`rules.${at}.count`] = `must be a whole number from 1 to ${MOST_PEOPLE}`;
  }
  if (values.rules.length > MOST_RULES) problems.rules = `must be ${MOST_RULES} at most`;
  if (wholeNumber(values.expiresMinutes, 1, MOST_MINUTES) === undefined)
    problems.expiresMinutes = `must be a whole number of minutes from 1 to ${MOST_MINUTES}, a year`;
  return problems;
}

/** What the form asks for; null where a field of it does not fit. */
export function policyRequest(values: PolicyValues): PolicyRequest | null {
  if (Object.keys(policyProblems(values)).length > 0) return null;
  if (values.removes) return { ...values.key, asked: null };
  return {
    ...values.key,
    asked: {
      needed: Number(values.needed),
      rules: values.rules.map(({ role, count, perRegion, onCall }) => ({
        role,
        count: Number(count),
        perRegion,
        onCall,
      })),
      expiresMinutes: Number(values.expiresMinutes),
      tokensApprove: values.tokensApprove,
    },
  };
}

/** What a preview says of its fields, by the names of the form. */
export function previewFields(fields: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([path, problem]) => [path.replace(/^asked\./, ''), problem]),
  );
}

const NAMES: Readonly<Record<string, string>> = {
  needed: 'Approvers',
  expiresMinutes: 'Request expires after',
  rules: 'Rules',
};

/** Why this cannot be sent yet, in the order of the form; undefined where it can. */
export function policyBlocker(values: PolicyValues, reason: string): string | undefined {
  const [first] = Object.entries(policyProblems(values));
  if (first) {
    const [path, problem] = first;
    const rule = /^rules\.(\d+)\.count$/.exec(path)?.[1];
    const name = rule === undefined ? NAMES[path] : `How many of rule ${Number(rule) + 1}`;
    return `${name} ${problem}.`;
  }
  if (isUnchanged(values)) return 'Change something first.';
  return reason.trim().length < 3 ? 'Write a reason first.' : undefined;
}

function isUnchanged(values: PolicyValues): boolean {
  return (
    !values.removes &&
    values.replaces !== null &&
    sameAsked(policyRequest(values)?.asked ?? null, values.replaces)
  );
}

export function sameAsked(one: Asked | null, other: Asked | null): boolean {
  return textOf(one) === textOf(other);
}

function textOf(asked: Asked | null): string {
  return JSON.stringify(
    asked && [
      asked.needed,
      asked.rules.map(({ role, count, perRegion, onCall }) => [role, count, perRegion, onCall]),
      asked.expiresMinutes,
      asked.tokensApprove,
    ],
  );
}
