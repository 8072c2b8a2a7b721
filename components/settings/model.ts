import type { Route } from 'next';
import type { ActionResult, Check, Permission, SignInAgain, Status } from '#components/ui/model.ts';
import type { ProofNeed } from '#components/ui/proof-model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';
import type { Asked, Policy } from '#lib/domain/approval/approval.ts';
import type { PolicyKey } from '#lib/domain/approval/change.ts';
import type { SettingsTab } from '#lib/routes.ts';

export interface Grant {
  id: string;
  role: string;
  region: string;
  action: string;
  grantedBy: string;
  at: string;
  revoke: Permission;
}

export interface PersonRow {
  id: string;
  href: Route;
  name: string;
  email: string;
  roles: readonly string[];
  status: Status;
  /** "active", "disabled", "locked for 4 min" */
  word: string;
  lastSeenAt: string | null;
  sessions: number;
}

export interface PersonDetail {
  id: string;
  name: string;
  email: string;
  disabled: boolean;
  grants: readonly Grant[];
  /** What they asked for and decided. */
  history: Route;
  rename: Permission;
  /** May they be disabled or enabled, and why not. */
  switch: Permission;
  /** What disabling ends: "2 sessions and 1 token end at once." */
  consequence: string;
  grant: Permission;
}

export interface TokenRow {
  id: string;
  name: string;
  owner: string;
  scope: string;
  lastUsedAt: string | null;
  expiresAt: string;
  status: Status;
  word: string;
  revoke: Permission;
}

export interface RecoveryPolicyModel {
  /** Changes when the policy does, so that what was being entered begins anew. */
  key: string;
  onFailing: string;
  accepts: readonly string[];
  /** The policy in force, as a sentence. */
  now: string;
  set: { by: string; at: string; reason: string } | null;
  /** What it did last, or why it did not. */
  did: string;
  choices: readonly { value: string; label: string; hint: string }[];
  /** What may be accepted ahead. */
  ahead: readonly { code: string; text: string }[];
  permission: Permission;
}

/** Who has to agree to a kind of operation. */
export interface ApprovalPolicyRow {
  kind: string;
  /** Set where another row holds for a plan of high risk. */
  risk: 'high' | null;
  /** "Failover" */
  name: string;
  /** "1 approver who did not ask" */
  agree: string;
  /** "6 min"; null where nobody is asked. */
  expires: string | null;
  /** Whether API tokens may approve. */
  tokens: boolean;
  /** Whether an emergency may start it at once. */
  emergency: boolean;
  /** "this kind in production", "default" */
  by: string;
}

interface Choice {
  value: string;
  label: string;
}

/** What a policy may be set for, and what is set. */
export interface PolicyFormModel {
  /** The one that is looked at. */
  environment: string;
  /** The policies that are set, whatever they are for. */
  set: readonly Policy[];
  environments: readonly Choice[];
  kinds: readonly Choice[];
  roles: readonly Choice[];
  /** How many times faster a request's time to wait passes, by environment. */
  timeScales: Readonly<Record<string, number>>;
}

export interface ApprovalPoliciesModel {
  rows: readonly ApprovalPolicyRow[];
  permission: Permission;
  form: PolicyFormModel;
}

/** A policy that is looked at before it is set, or removed: `asked` is null then. */
export interface PolicyRequest extends PolicyKey {
  asked: Asked | null;
}

/** As above, to be done. */
export interface PolicyOrder extends PolicyRequest {
  reason: string;
  /** What the policy for just that asked when the form was opened; null where there was none. */
  replaces: Asked | null;
}

export interface PolicyPreviewModel {
  /** "Deployment in production: must agree", "1 approver who did not ask", "2 approvers who did not ask" */
  changes: readonly { label: string; before: string; after: string }[];
  checks: readonly Check[];
  /** Why this person may not do it. */
  refusal: string | null;
}

export interface PolicyActions {
  preview: (policy: PolicyRequest) => Promise<PreviewAnswer<PolicyPreviewModel>>;
  change: (policy: PolicyOrder) => Promise<ActionResult>;
}

/** Where notifications go, and what could not be delivered. */
export interface NotificationsModel {
  webhooks: readonly {
    id: string;
    name: string;
    /** "signed webhook", "Slack", "PagerDuty" */
    kind: string;
    url: string;
    topics: string;
    status: Status;
    word: string;
    delivered: number;
    waiting: number;
    dead: number;
    lastError: string | null;
    disable: Permission;
  }[];
  letters: readonly {
    id: string;
    webhook: string;
    text: string;
    deadAt: string;
    attempts: number;
    lastError: string;
    redeliver: Permission;
    discard: Permission;
  }[];
  kinds: readonly { value: string; label: string }[];
  topics: readonly string[];
  create: Permission;
  newer: Route | null;
  older: Route | null;
}

export interface SettingsModel {
  at: string;
  answer: string;
  detail: string;
  tab: Exclude<SettingsTab, 'freezes'>;
  tabs: readonly { label: string; href: Route; current: boolean }[];
  people: readonly PersonRow[];
  person: PersonDetail | null;
  tokens: readonly TokenRow[];
  /** On its tab. */
  policy: RecoveryPolicyModel | null;
  /** On its tab. */
  notifications: NotificationsModel | null;
  /** On the tab of policies. */
  approvals: ApprovalPoliciesModel | null;
  choices: { roles: readonly string[]; regions: readonly string[]; actions: readonly string[] };
  createToken: Permission;
  /** A token that may approve, or declare an emergency, is made with a fresh proof. */
  proof: ProofNeed;
  summary: string;
  newer: Route | null;
  older: Route | null;
}

export interface SettingsActions {
  grant: (personId: string, grant: { role: string; region: string; action: string }) => Promise<ActionResult>;
  revokeGrant: (grantId: string) => Promise<ActionResult>;
  rename: (personId: string, name: string) => Promise<ActionResult>;
  setDisabled: (personId: string, disabled: boolean) => Promise<ActionResult>;
  /** The secret is in `secret` of a success, shown once and never again. */
  createToken: (token: {
    name: string;
    role: string;
    days: number;
    password: string;
  }) => Promise<ActionResult & { secret?: string }>;
  signInAgain: SignInAgain;
  revokeToken: (tokenId: string) => Promise<ActionResult>;
  /** The secret that signs is in `secret` of a success, shown once and never again. */
  createWebhook: (webhook: {
    kind: string;
    name: string;
    url: string;
    routingKey: string;
    topics: readonly string[];
  }) => Promise<ActionResult & { secret?: string }>;
  disableWebhook: (id: string) => Promise<ActionResult>;
  redeliver: (id: string) => Promise<ActionResult>;
  discard: (id: string) => Promise<ActionResult>;
  setRecoveryPolicy: (policy: {
    onFailing: string;
    accepts: readonly string[];
    reason: string;
  }) => Promise<ActionResult>;
  policies: PolicyActions;
}
