import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACTIONS,
  type Action,
  allowedByToken,
  type Grant,
  permits,
  ROLE_ACTIONS,
  ROLES,
  type Role,
} from './access.ts';

const everywhere = (role: Role): Grant => ({ role, region: null, action: null });

/** Who may do what (PRODUCT.md, Roles): v viewer, o operator, p approver, c cost-reviewer, u auditor, a admin. */
const MATRIX: Record<Action, string> = {
  read: 'vopcua',
  'audit.read': 'vopcua',
  'audit.export': 'ua',
  'audit.verify': 'ua',
  'operation.request': 'o',
  'operation.approve': 'p',
  'operation.comment': 'opcua',
  'operation.control': 'o',
  'operation.abort': 'op',
  'operation.emergency': 'o',
  'operation.skip-soak': 'p',
  'release.register': 'o',
  'release.mark-bad': 'o',
  'release.clear': 'p',
  'review.decide': 'p',
  'finding.dismiss': 'pa',
  'drill.schedule': 'o',
  'freeze.change': 'opa',
  'freeze.except': 'pa',
  'people.change': 'a',
  'policy.change': 'a',
  'webhook.change': 'a',
  'token.create': 'opa',
  'cost.review': 'c',
};
const LETTERS: Record<Role, string> = {
  viewer: 'v',
  operator: 'o',
  approver: 'p',
  'cost-reviewer': 'c',
  auditor: 'u',
  admin: 'a',
};

describe('roles', () => {
  it.each(ACTIONS.flatMap((action) => ROLES.map((role) => [role, action] as const)))(
    '%s, %s',
    (role, action) => {
      const verdict = permits([everywhere(role)], action, { regions: ['us-east-1'] });
      expect(verdict.allowed).toBe(MATRIX[action].includes(LETTERS[role]));
      if (!verdict.allowed)
        expect(verdict).toMatchObject({ code: 'no-grant', reason: expect.stringMatching(/\.$/) });
    },
  );

  it('no one may do nothing, and no action belongs to nobody', () => {
    for (const action of ACTIONS)
      expect(ROLES.some((role) => (ROLE_ACTIONS[role] as readonly string[]).includes(action))).toBe(true);
    expect(permits([], 'read').allowed).toBe(false);
  });

  it('who approves cannot request, and who requests cannot approve', () => {
    for (const role of ROLES) {
      const actions: readonly string[] = ROLE_ACTIONS[role];
      expect(actions.includes('operation.request') && actions.includes('operation.approve')).toBe(false);
    }
  });

  it('a refusal names the roles that would do', () => {
    const verdict = permits([everywhere('viewer')], 'operation.abort');
    expect(verdict).toEqual({
      allowed: false,
      code: 'no-grant',
      reason:
        'Aborting an operation needs the role operator or approver. An admin grants roles under Settings.',
    });
  });
});

describe('grants narrowed', () => {
  const europe: Grant = { role: 'operator', region: 'eu-west-1', action: null };
  const asia: Grant = { role: 'operator', region: 'ap-southeast-1', action: null };

  it.each<[string, Grant[], Action, string[], string | null]>([
    ['to a Region, there', [europe], 'operation.request', ['eu-west-1'], null],
    ['to a Region, elsewhere', [europe], 'operation.request', ['us-east-1'], 'region-not-granted'],
    [
      'to a Region, there and elsewhere',
      [europe],
      'operation.request',
      ['eu-west-1', 'us-east-1'],
      'region-not-granted',
    ],
    [
      'to two Regions, by two grants',
      [europe, asia],
      'operation.request',
      ['eu-west-1', 'ap-southeast-1'],
      null,
    ],
    [
      'to a Region, and another role everywhere',
      [europe, everywhere('viewer')],
      'operation.request',
      ['us-east-1'],
      'region-not-granted',
    ],
    ['to a Region, for what touches none', [europe], 'operation.request', [], null],
    ['to a Region, reading', [europe], 'read', [], null],
    [
      'to an action, that',
      [{ ...europe, region: null, action: 'operation.abort' }],
      'operation.abort',
      [],
      null,
    ],
    [
      'to an action, another',
      [{ ...europe, region: null, action: 'operation.abort' }],
      'operation.request',
      [],
      'no-grant',
    ],
    ['to an action, reading', [{ ...europe, region: null, action: 'operation.abort' }], 'read', [], null],
    [
      'to a Region, changing people',
      [{ role: 'admin', region: 'eu-west-1', action: null }],
      'people.change',
      [],
      'region-not-granted',
    ],
    [
      'to a Region, changing policies',
      [{ role: 'admin', region: 'eu-west-1', action: null }],
      'policy.change',
      [],
      'region-not-granted',
    ],
    ['to a Region, registering what every Region gets', [europe], 'release.register', [], null],
    [
      'to a Region, clearing what every Region would get',
      [{ role: 'approver', region: 'eu-west-1', action: null }],
      'release.clear',
      [],
      'region-not-granted',
    ],
    [
      'to a Region, and everywhere too',
      [{ role: 'admin', region: 'eu-west-1', action: null }, everywhere('admin')],
      'people.change',
      [],
      null,
    ],
  ])('%s', (_, grants, action, regions, code) => {
    const verdict = permits(grants, action, { regions });
    expect(verdict.allowed ? null : verdict.code).toBe(code);
  });

  it('say which Regions are missing', () => {
    const verdict = permits([europe], 'operation.request', {
      regions: ['us-east-1', 'eu-west-1', 'ap-southeast-1'],
    });
    expect(verdict.allowed ? '' : verdict.reason).toContain(
      'in us-east-1, ap-southeast-1 is not in your grants',
    );
  });

  it('another grant never takes away', () => {
    const grant = fc.record({
      role: fc.constantFrom(...ROLES),
      region: fc.constantFrom(null, 'us-east-1', 'eu-west-1'),
      action: fc.constantFrom(null, ...ACTIONS),
    });
    fc.assert(
      fc.property(
        fc.array(grant, { maxLength: 4 }),
        grant,
        fc.constantFrom(...ACTIONS),
        fc.subarray(['us-east-1', 'eu-west-1']),
        (grants, more, action, regions) => {
          const before = permits(grants, action, { regions }).allowed;
          return !before || permits([...grants, more], action, { regions }).allowed;
        },
      ),
    );
  });
});

it.each<[string[], Action, boolean]>([
  [[], 'read', true],
  [[], 'operation.request', false],
  [['operation.request'], 'operation.request', true],
  [['operation.request'], 'operation.approve', false],
  [['operation.*'], 'operation.request', false],
])('a token with %j may be used for %s: %s', (scopes, action, allowed) => {
  expect(allowedByToken(scopes, action)).toBe(allowed);
});
