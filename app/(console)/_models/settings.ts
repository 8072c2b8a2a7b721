import type {
  FreezeRow,
  Grant,
  PersonDetail,
  PersonRow,
  RecoveryPolicyModel,
  SettingsModel,
  TokenRow,
} from '#components/settings/model.ts';
import { ACTIONS, permits, ROLES } from '#lib/domain/access/access.ts';
import { isInForce } from '#lib/domain/freeze/freeze.ts';
import { ACCEPTED_AHEAD, ON_FAILING } from '#lib/domain/recovery/automatic.ts';
import { routes, type SettingsTab } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listFreezeHistory } from '#lib/services/freezes/list.ts';
import { findActiveOperation } from '#lib/services/operations/read.ts';
import { listPeople, type PersonSummary } from '#lib/services/people/list.ts';
import { listRecoveryPolicies } from '#lib/services/recovery/policy.ts';
import { listPolicyActs } from '#lib/services/recovery/policy-acts.ts';
import { listTokens, type TokenSummary } from '#lib/services/tokens/tokens.ts';
import { proofNeed } from '#lib/web/prove.ts';
import { approvalPolicyRows } from './approval-policies.ts';
import { count, within } from './common.ts';
import { kindName } from './kind-words.ts';
import { notificationsAnswer, notificationsModel } from './notifications.ts';
import { AHEAD_WORDS, actWords, ON_FAILING_WORDS, policyWords } from './recovery/policy-words.ts';

const TABS: readonly { key: SettingsTab; label: string }[] = [
  { key: 'people', label: 'People' },
  { key: 'tokens', label: 'Tokens' },
  { key: 'freezes', label: 'Freezes' },
  { key: 'policies', label: 'Policies' },
  { key: 'notifications', label: 'Notifications' },
];
const DETAILS = {
  people:
    'Grants are role × Region × action. Whoever requests never approves; nobody widens their own grants.',
  tokens:
    'A token acts as its owner and never with more than its scope; whoever requests never approves, tokens of theirs included.',
  freezes:
    'Nothing new begins under a freeze, and what runs is held at its next gate. Putting back is never frozen.',
  policies: 'What Meridian may do by itself, and who must agree to what people ask for.',
  notifications: 'Who is told of what happens. Secrets are sealed, and never shown again.',
} as const satisfies Record<SettingsTab, string>;
export const EVERY_REGION = 'all Regions';
export const EVERY_ACTION = 'every action of the role';
const EXPIRES_SOON_DAYS = 7;

/** People and grants, API tokens, freezes: one tab of it. */
export async function settingsModel(
  context: VerbContext,
  environment: string,
  query: { tab?: string; person?: string; after?: string; before?: string },
): Promise<SettingsModel> {
  const tab = TABS.find(({ key }) => key === query.tab)?.key ?? 'people';
  const { items, nextAfter } = await listPeople(context, query.after ? { after: query.after } : {});
  const here = within(context.estate, environment);
  const chosen = items.find(({ id, email }) => query.person === id || query.person === email);
  const tokens = tab === 'tokens' ? (await listTokens(context, {})).items : [];
  const freezes = tab === 'freezes' ? await listFreezeHistory(context) : [];
  const policy = tab === 'policies' ? await policyModel(context, environment) : null;
  const notifications =
    tab === 'notifications' ? await notificationsModel(context, here, query.before) : null;
  const active = await findActiveOperation(context, environment);
  const changers = items.filter(
    ({ grants, disabledAt }) =>
      !disabledAt && grants.some(({ role }) => role !== 'viewer' && role !== 'auditor'),
  );
  const mayChange = permits(context.actor.grants, 'people.change');
  return {
    at: context.now.toISOString(),
    answer:
      policy?.now ??
      (notifications && notificationsAnswer(notifications)) ??
      answerOf(tab, items, changers.length, tokens, freezes, context.now),
    detail: DETAILS[tab],
    tab,
    tabs: TABS.map(({ key, label }) => ({
      label,
      href: routes.settings({ ...here, tab: key }),
      current: key === tab,
    })),
    people: items.map((person) => personRow(person, here)),
    person: chosen ? personDetail(context, chosen, mayChange, here) : null,
    tokens: tokens.map((token) => tokenRow(context, token)),
    freezes: freezes.map((freeze) => freezeRow(context, freeze)),
    policy,
    notifications,
    approvals: tab === 'policies' ? await approvalPolicyRows(context, environment) : [],
    choices: {
      roles: ROLES,
      regions: [EVERY_REGION, ...context.estate.regions.map(({ code }) => code)],
      actions: [EVERY_ACTION, ...ACTIONS],
    },
    createToken: permits(context.actor.grants, 'token.create'),
    proof: proofNeed(context.actor),
    createFreeze: {
      permission: permits(context.actor.grants, 'freeze.change'),
      plan: {
        title: `Freeze changes in ${environment}`,
        note: 'stop the line',
        changes: [
          { label: 'New operations', before: 'allowed', after: 'frozen' },
          ...(active ? [{ label: active.id, before: active.state, after: 'held at its next gate' }] : []),
          { label: 'Abort, revert', before: 'allowed', after: 'allowed' },
        ],
        changeNote: 'Stays until somebody lifts it here.',
        checks: active
          ? [{ id: 'held', status: 'warning', text: `${active.id} runs and will be held where it stands.` }]
          : [{ id: 'idle', status: 'ok', text: 'No operation is running.' }],
        agreement: 'Nobody else. Operators, approvers and admins may stop the line.',
        verb: 'Freeze changes',
        reason: 'required',
      },
    },
    summary:
      tab === 'people'
        ? count(items.length, 'person', 'people')
        : tab === 'tokens'
          ? count(tokens.length, 'token')
          : tab === 'freezes'
            ? count(freezes.length, 'freeze')
            : '',
    newer: query.after ? routes.settings({ ...here, tab }) : null,
    older: tab === 'people' && nextAfter ? routes.settings({ ...here, tab, after: nextAfter }) : null,
  };
}

async function policyModel(context: VerbContext, environment: string): Promise<RecoveryPolicyModel | null> {
  const policies = await listRecoveryPolicies(context);
  const policy = policies.find((candidate) => candidate.environment === environment);
  if (!policy) return null;
  const [last] = await listPolicyActs(context, environment);
  const { onFailing, accepts, set } = policy;
  return {
    key: JSON.stringify([environment, onFailing, accepts, set?.at ?? null]),
    onFailing,
    accepts,
    now: policyWords(policy),
    set: set && { by: set.by.name, at: set.at.toISOString(), reason: set.reason },
    did: actWords(last, context.now),
    choices: ON_FAILING.map((value) => ({ value, ...ON_FAILING_WORDS[value] })),
    ahead: ACCEPTED_AHEAD.map((code) => ({ code, text: AHEAD_WORDS[code] })),
    permission: permits(context.actor.grants, 'policy.change'),
  };
}

function answerOf(
  tab: SettingsTab,
  people: readonly PersonSummary[],
  changers: number,
  tokens: readonly TokenSummary[],
  freezes: readonly { startsAt: Date; endsAt: Date | null; liftedAt: Date | null }[],
  now: Date,
): string {
  if (tab === 'tokens') {
    const valid = tokens.filter(({ state }) => state === 'active').length;
    return tokens.length === 0
      ? 'You have no API token.'
      : `${count(tokens.length, 'token')}, ${valid} of them valid.`;
  }
  if (tab === 'freezes') {
    const open = freezes.filter((freeze) => !freeze.liftedAt && inForce(freeze, now)).length;
    return open === 0
      ? 'Nothing is frozen.'
      : `${count(open, 'freeze')} ${open === 1 ? 'is' : 'are'} in force.`;
  }
  return `${count(people.length, 'person', 'people')}, ${changers} of them may change something.`;
}

function personRow(person: PersonSummary, here: { environment?: string }): PersonRow {
  return {
    id: person.id,
    href: routes.settings({ ...here, person: person.id }),
    name: person.name,
    email: person.email,
    roles: [...new Set(person.grants.map(({ role }) => role))],
    status: person.disabledAt ? 'held' : 'ok',
    word: person.disabledAt ? 'disabled' : 'active',
    lastSeenAt: person.lastSeenAt?.toISOString() ?? null,
    sessions: person.sessions,
  };
}

function personDetail(
  context: VerbContext,
  person: PersonSummary,
  mayChange: ReturnType<typeof permits>,
  here: { environment?: string },
): PersonDetail {
  const own = person.id === context.actor.personId;
  const notOwn = (what: string) =>
    own ? ({ allowed: false, reason: `Nobody ${what} themselves. Ask another admin.` } as const) : mayChange;
  return {
    id: person.id,
    name: person.name,
    email: person.email,
    disabled: person.disabledAt !== null,
    history: routes.approvals({ ...here, tab: 'mine', person: person.id }),
    grants: person.grants.map(
      (grant): Grant => ({
        id: grant.id,
        role: grant.role,
        region: grant.region ?? EVERY_REGION,
        action: grant.action ?? EVERY_ACTION,
        grantedBy: grant.grantedByName ?? grant.grantedBy.replace(/^local:/, ''),
        at: grant.grantedAt.toISOString(),
        revoke: mayChange,
      }),
    ),
    switch: notOwn('disables'),
    consequence:
      person.sessions + person.tokens === 0
        ? 'They have no open session and no token.'
        : `${[person.sessions > 0 ? count(person.sessions, 'session') : null, person.tokens > 0 ? count(person.tokens, 'token') : null].filter(Boolean).join(' and ')} would end at once.`,
    grant: notOwn('grants to'),
  };
}

function tokenRow(context: VerbContext, token: TokenSummary): TokenRow {
  const days = (token.expiresAt.getTime() - context.now.getTime()) / 86_400_000;
  const soon = token.state === 'active' && days < EXPIRES_SOON_DAYS;
  return {
    id: token.id,
    name: token.name,
    owner: token.owner.name,
    scope: token.scopes.join(', '),
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    expiresAt: token.expiresAt.toISOString(),
    status: token.state !== 'active' ? 'held' : soon ? 'warning' : 'ok',
    word: token.state !== 'active' ? token.state : soon ? 'expires soon' : 'valid',
    revoke:
      token.state === 'active'
        ? { allowed: true }
        : {
            allowed: false,
            reason: token.state === 'revoked' ? 'It was revoked already.' : 'It has expired already.',
          },
  };
}

function inForce({ startsAt, endsAt }: { startsAt: Date; endsAt: Date | null }, now: Date): boolean {
  return isInForce({ startsAt: startsAt.toISOString(), endsAt: endsAt?.toISOString() ?? null }, now);
}

function freezeRow(
  context: VerbContext,
  freeze: Awaited<ReturnType<typeof listFreezeHistory>>[number],
): FreezeRow {
  const open = !freeze.liftedAt && inForce(freeze, context.now);
  const lifted = freeze.liftedAt ? `, lifted by ${freeze.lifter?.name ?? 'someone'}` : '';
  return {
    id: freeze.id,
    status: open ? 'held' : 'waiting',
    what: `${freeze.stopTheLine ? 'Stop the line' : freeze.kind ? kindName(freeze.kind) : 'Every change'}${freeze.environment ? `, ${freeze.environment}` : ''}`,
    region: freeze.region ?? EVERY_REGION,
    reason: freeze.reason,
    by: `${freeze.creator.name}${lifted}`,
    until: (freeze.liftedAt ?? freeze.endsAt)?.toISOString() ?? null,
    lift: open
      ? permits(context.actor.grants, 'freeze.change')
      : { allowed: false, reason: freeze.liftedAt ? 'It was lifted already.' : 'It is not in force.' },
  };
}
