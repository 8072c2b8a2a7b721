import type { Route } from 'next';
import type { ActionResult, Permission, SignInAgain, Status } from '#components/ui/model.ts';
import type { ProofNeed } from '#components/ui/proof-model.ts';

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

export interface SettingsModel {
  at: string;
  answer: string;
  detail: string;
  tab: 'people' | 'tokens' | 'policies';
  tabs: readonly { label: string; href: Route; current: boolean }[];
  people: readonly PersonRow[];
  person: PersonDetail | null;
  tokens: readonly TokenRow[];
  /** On its tab. */
  policy: RecoveryPolicyModel | null;
  /** On the tab of policies. */
  approvals: readonly ApprovalPolicyRow[];
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
  setRecoveryPolicy: (policy: {
    onFailing: string;
    accepts: readonly string[];
    reason: string;
  }) => Promise<ActionResult>;
}
