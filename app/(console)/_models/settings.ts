import type {
  Grant,
  PersonDetail,
  PersonRow,
  RecoveryPolicyModel,
  SettingsModel,
  TokenRow,
} from '#components/settings/model.ts';
import { ACTIONS, permits, ROLES } from '#lib/domain/access/access.ts';
import { ACCEPTED_AHEAD, ON_FAILING } from '#lib/domain/recovery/automatic.ts';
import { routes, type SettingsTab } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listPeople, type PersonSummary } from '#lib/services/people/list.ts';
import { listRecoveryPolicies } from '#lib/services/recovery/policy.ts';
import { listPolicyActs } from '#lib/services/recovery/policy-acts.ts';
import { listTokens, type TokenSummary } from '#lib/services/tokens/tokens.ts';
import { proofNeed } from '#lib/web/prove.ts';
import { approvalPoliciesModel } from './approval-policies.ts';
import { count, within } from './common.ts';
import { notificationsAnswer, notificationsModel } from './notifications.ts';
import { AHEAD_WORDS, actWords, ON_FAILING_WORDS, policyWords } from './recovery/policy-words.ts';

/** Tabs that are shown here; freezes have a page of their own. */
const PARTS = ['people', 'tokens', 'policies', 'notifications'] as const;
type SettingsPart = (typeof PARTS)[number];
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
  policies: 'What Meridian may do by itself, and who must agree to what people ask for.',
  notifications: 'Who is told of what happens. Secrets are sealed, and never shown again.',
} as const satisfies Record<SettingsPart, string>;
export const EVERY_REGION = 'all Regions';
export const EVERY_ACTION = 'every action of the role';
const EXPIRES_SOON_DAYS = 7;

/** People and grants, API tokens, freezes: one tab of it. */
export async function settingsModel(
  context: VerbContext,
  environment: string,
  query: { tab?: string; person?: string; after?: string; before?: string },
): Promise<SettingsModel> {
  const tab = PARTS.find((part) => part === query.tab) ?? 'people';
  const { items, nextAfter } = await listPeople(context, query.after ? { after: query.after } : {});
  const here = within(context.estate, environment);
  const chosen = items.find(({ id, email }) => query.person === id || query.person === email);
  const tokens = tab === 'tokens' ? (await listTokens(context, {})).items : [];
  const policy = tab === 'policies' ? await policyModel(context, environment) : null;
  const notifications =
    tab === 'notifications' ? await notificationsModel(context, here, query.before) : null;
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
      answerOf(tab, items, changers.length, tokens),
    detail: DETAILS[tab],
    tab,
    tabs: TABS.map(({ key, label }) => ({
      label,
      href: key === 'freezes' ? routes.freezes(here) : routes.settings({ ...here, tab: key }),
      current: key === tab,
    })),
    people: items.map((person) => personRow(person, here)),
    person: chosen ? personDetail(context, chosen, mayChange, here) : null,
    tokens: tokens.map((token) => tokenRow(context, token)),
    policy,
    notifications,
    approvals: tab === 'policies' ? await approvalPoliciesModel(context, environment) : null,
    choices: {
      roles: ROLES,
      regions: [EVERY_REGION, ...context.estate.regions.map(({ code }) => code)],
      actions: [EVERY_ACTION, ...ACTIONS],
    },
    createToken: permits(context.actor.grants, 'token.create'),
    proof: proofNeed(context.actor),
    summary:
      tab === 'people'
        ? count(items.length, 'person', 'people')
        : tab === 'tokens'
          ? count(tokens.length, 'token')
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
  tab: SettingsPart,
  people: readonly PersonSummary[],
  changers: number,
  tokens: readonly TokenSummary[],
): string {
  if (tab === 'tokens') {
    const valid = tokens.filter(({ state }) => state === 'active').length;
    return tokens.length === 0
      ? 'You have no API token.'
      : `${count(tokens.length, 'token')}, ${valid} of them valid.`;
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
    rename: mayChange,
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
