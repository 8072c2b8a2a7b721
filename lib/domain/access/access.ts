/** What someone may do. One word an act, used by verbs, buttons and the audit log alike. */
export const ACTIONS = [
  'read',
  'audit.read',
  'audit.export',
  'audit.verify',
  'operation.request',
  'operation.approve',
  'operation.comment',
  'operation.control',
  'operation.abort',
  'operation.emergency',
  'operation.skip-soak',
  'release.register',
  'release.mark-bad',
  'release.clear',
  'review.decide',
  'finding.dismiss',
  'drill.schedule',
  'freeze.change',
  'freeze.except',
  'people.change',
  'policy.change',
  'webhook.change',
  'token.create',
  'cost.review',
] as const;
export type Action = (typeof ACTIONS)[number];

export const ROLES = ['viewer', 'operator', 'approver', 'cost-reviewer', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Default actions of each role (PRODUCT.md, Roles). Abort is wider than other control: stopping must be easy. An emergency is
 * the operator's on call; who reviews it afterwards is an approver, and so is who decides that a finding may stand, or an admin:
 * never those whose next request it would stop.
 */
export const ROLE_ACTIONS = {
  viewer: ['read', 'audit.read'],
  operator: [
    'read',
    'audit.read',
    'operation.request',
    'operation.comment',
    'operation.control',
    'operation.abort',
    'operation.emergency',
    'release.register',
    'release.mark-bad',
    'drill.schedule',
    'freeze.change',
    'token.create',
  ],
  approver: [
    'read',
    'audit.read',
    'operation.approve',
    'operation.skip-soak',
    'operation.comment',
    'operation.abort',
    'release.clear',
    'review.decide',
    'finding.dismiss',
    'freeze.change',
    'freeze.except',
    'token.create',
  ],
  'cost-reviewer': ['read', 'audit.read', 'operation.comment', 'cost.review'],
  auditor: ['read', 'audit.read', 'audit.export', 'audit.verify', 'operation.comment'],
  admin: [
    'read',
    'audit.read',
    'audit.export',
    'audit.verify',
    'operation.comment',
    'people.change',
    'policy.change',
    'webhook.change',
    'finding.dismiss',
    'freeze.change',
    'freeze.except',
    'token.create',
  ],
} as const satisfies Record<Role, readonly Action[]>;

/** Acts that are never about one Region: a grant narrowed to a Region does not carry them. */
const ESTATE_WIDE: readonly Action[] = ['people.change', 'policy.change', 'webhook.change', 'release.clear'];

/** A role, narrowed to one Region or one action where these are given. */
export interface Grant {
  role: Role;
  region: string | null;
  action: string | null;
}

export interface Scope {
  /** Regions that the act touches; empty for an act that touches none in particular. */
  regions: readonly string[];
}

export type Permission =
  | { allowed: true }
  | { allowed: false; code: 'no-grant' | 'region-not-granted'; reason: string };

/** Whether these grants allow the action on every Region of the scope; a refusal says which role would. */
export function permits(
  grants: readonly Grant[],
  action: Action,
  scope: Scope = { regions: [] },
): Permission {
  const fitting = grants.filter(
    (grant) =>
      (ROLE_ACTIONS[grant.role] as readonly string[]).includes(action) &&
      (grant.action === null || grant.action === action || action === 'read'),
  );
  if (fitting.length === 0) {
    const roles = ROLES.filter((role) => (ROLE_ACTIONS[role] as readonly string[]).includes(action));
    return {
      allowed: false,
      code: 'no-grant',
      reason: `${ACTION_WORDS[action]} needs the role ${roles.join(' or ')}. An admin grants roles under Settings.`,
    };
  }
  if (ESTATE_WIDE.includes(action) && !fitting.some(({ region }) => region === null)) {
    return {
      allowed: false,
      code: 'region-not-granted',
      reason: `${ACTION_WORDS[action]} concerns every Region, and your grant is for ${fitting.map(({ region }) => region).join(' and ')} alone. An admin can widen it under Settings.`,
    };
  }
  const missing = scope.regions.filter(
    (region) => !fitting.some((grant) => grant.region === null || grant.region === region),
  );
  if (missing.length > 0) {
    return {
      allowed: false,
      code: 'region-not-granted',
      reason: `${ACTION_WORDS[action]} in ${missing.join(', ')} is not in your grants. An admin can widen them under Settings.`,
    };
  }
  return { allowed: true };
}

const ACTION_WORDS = {
  read: 'Reading',
  'audit.read': 'Reading the audit log',
  'audit.export': 'Exporting the audit log',
  'audit.verify': 'Verifying the audit chain',
  'operation.request': 'Requesting an operation',
  'operation.approve': 'Approving an operation',
  'operation.comment': 'Commenting on an operation',
  'operation.control': 'Pausing, resuming, reverting or leaving an operation',
  'operation.abort': 'Aborting an operation',
  'operation.emergency': 'Starting an operation as an emergency',
  'operation.skip-soak': 'Skipping the rest of a soak',
  'release.register': 'Registering a release',
  'release.mark-bad': 'Marking a release bad',
  'release.clear': 'Clearing a release that was marked bad',
  'review.decide': 'Reviewing what was done in an emergency',
  'finding.dismiss': 'Dismissing a finding',
  'drill.schedule': 'Scheduling a drill',
  'freeze.change': 'Freezing or releasing changes',
  'freeze.except': 'Letting a change through a freeze',
  'people.change': 'Changing people and grants',
  'policy.change': 'Changing approval policies',
  'webhook.change': 'Changing notifications',
  'token.create': 'Creating an API token',
  'cost.review': 'Reviewing cost',
} as const satisfies Record<Action, string>;

/** Whether a token with these scopes may be used for the action, as far as its owner may: `read` always. */
export function allowedByToken(scopes: readonly string[], action: Action): boolean {
  return action === 'read' || scopes.includes(action);
}
