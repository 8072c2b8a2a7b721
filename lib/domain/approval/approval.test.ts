import { describe, expect, it } from 'vitest';
import {
  type ApprovalRequest,
  DEFAULT_POLICY,
  type Decider,
  type Decision,
  mayDecide,
  type Policy,
  policyFor,
  widens,
} from './approval.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');
const LATER = new Date('2026-11-24T10:00:00.000Z');

const policy = (environment: string, kind: string, needed: number): Policy => ({
  ...DEFAULT_POLICY,
  environment,
  kind,
  needed,
});

describe('the policy that applies', () => {
  const rows = [
    policy('*', '*', 1),
    policy('*', 'traffic-shift', 2),
    policy('production', '*', 3),
    policy('production', 'traffic-shift', 4),
  ];

  it.each([
    ['production', 'traffic-shift', 4],
    ['production', 'deployment', 3],
    ['staging', 'traffic-shift', 2],
    ['staging', 'deployment', 1],
  ])('%s, %s: the most specific', (environment, kind, needed) => {
    expect(policyFor(rows, environment, kind).needed).toBe(needed);
  });

  it('is one approver and a day where no row says otherwise', () => {
    expect(policyFor([], 'production', 'traffic-shift')).toMatchObject({
      needed: 1,
      expiresMinutes: 1_440,
      tokensApprove: false,
    });
  });

  it.each<[string, Policy[], 'ordinary' | 'high', number]>([
    ['any risk', [policy('*', '*', 1)], 'high', 1],
    ['the row for that risk', [policy('*', '*', 1), { ...policy('*', '*', 3), risk: 'high' }], 'high', 3],
    [
      'not the row for another risk',
      [policy('*', '*', 1), { ...policy('*', '*', 3), risk: 'high' }],
      'ordinary',
      1,
    ],
    [
      'the kind before the risk',
      [policy('production', 'drill', 2), { ...policy('*', '*', 3), risk: 'high' }],
      'high',
      2,
    ],
    [
      'what is asked in general where no row is of that risk',
      [{ ...policy('production', 'drill', 3), risk: 'high' }],
      'ordinary',
      1,
    ],
  ])('by risk: %s', (_, given, risk, needed) => {
    expect(policyFor(given, 'production', 'drill', risk).needed).toBe(needed);
  });

  it('of a rollback asks nobody, as putting traffic back does', () => {
    expect(policyFor(rows, 'production', 'rollback').needed).toBe(0);
  });

  it.each<[Policy[], number]>([
    [[], 0],
    [rows, 0],
    [[policy('*', 'traffic-revert', 1)], 1],
    [[policy('*', 'traffic-revert', 1), policy('production', 'traffic-revert', 2)], 2],
  ])('putting back waits for nobody unless a row is about just that (%#)', (given, needed) => {
    expect(policyFor(given, 'production', 'traffic-revert').needed).toBe(needed);
  });

  it.each<[string, Policy[], string, number]>([
    ['asks one approver', [], 'failover', 1],
    ['cannot be let off by a general row', [policy('*', '*', 0)], 'failover', 1],
    ['nor by one of the environment', [policy('production', '*', 0)], 'switchover', 1],
    ['a row about just that lets it off', [policy('*', 'failback', 0)], 'failback', 0],
    ['asks as many as a stricter row says', [policy('production', '*', 3)], 'failover', 3],
    ['letting readers back is no promotion', [policy('*', '*', 0)], 'return', 0],
    ['and yet waits like any change', [], 'return', 1],
  ])('moving the writer %s (%#)', (_, given, kind, needed) => {
    expect(policyFor(given, 'production', kind).needed).toBe(needed);
  });

  it.each<[Partial<Policy>, boolean]>([
    [{}, false],
    [{ needed: 0 }, true],
    [{ needed: 2 }, false],
    [{ expiresMinutes: 1_441 }, true],
    [{ expiresMinutes: 60 }, false],
    [{ tokensApprove: true }, true],
  ])('%j asks for less: %s', (changes, wider) => {
    expect(widens(DEFAULT_POLICY, { ...DEFAULT_POLICY, ...changes })).toBe(wider);
  });
});

describe('who may decide', () => {
  const request: ApprovalRequest = {
    state: 'awaiting-approval',
    requestedBy: 'olga',
    digest: 'd1',
    expiresAt: LATER,
  };
  const decided = (personId: string, digest = 'd1'): Decision => ({ personId, decision: 'approve', digest });
  const person = (personId: string) => ({ personId, byToken: false });

  it.each<[string, ApprovalRequest, Decision[], Decider, Policy, string | null]>([
    ['anybody else', request, [], person('anna'), DEFAULT_POLICY, null],
    ['a second person', request, [decided('anna')], person('bela'), DEFAULT_POLICY, null],
    ['not the requester', request, [], person('olga'), DEFAULT_POLICY, 'own-request'],
    [
      'not the requester by a token',
      request,
      [],
      { personId: 'olga', byToken: true },
      { ...DEFAULT_POLICY, tokensApprove: true },
      'own-request',
    ],
    ['no token', request, [], { personId: 'anna', byToken: true }, DEFAULT_POLICY, 'token'],
    [
      'a token where the policy names one',
      request,
      [],
      { personId: 'anna', byToken: true },
      { ...DEFAULT_POLICY, tokensApprove: true },
      null,
    ],
    ['nobody twice', request, [decided('anna')], person('anna'), DEFAULT_POLICY, 'decided'],
    [
      'whoever decided on another plan',
      request,
      [decided('anna', 'd0')],
      person('anna'),
      DEFAULT_POLICY,
      null,
    ],
    [
      'nobody whose delegate has',
      request,
      [{ ...decided('bela'), inNameOf: 'anna' }],
      person('anna'),
      DEFAULT_POLICY,
      'decided',
    ],
    [
      'no delegate of whoever has',
      request,
      [decided('anna')],
      { ...person('bela'), inNameOf: 'anna' },
      DEFAULT_POLICY,
      'decided',
    ],
    [
      'no delegate twice, for themselves and for another',
      request,
      [decided('bela')],
      { ...person('bela'), inNameOf: 'anna' },
      DEFAULT_POLICY,
      'decided',
    ],
    [
      'no delegate of the requester',
      request,
      [],
      { ...person('bela'), inNameOf: 'olga' },
      DEFAULT_POLICY,
      'own-request',
    ],
    [
      'not the requester as somebody’s delegate',
      request,
      [],
      { ...person('olga'), inNameOf: 'anna' },
      DEFAULT_POLICY,
      'own-request',
    ],
    [
      'not who wrote the release',
      request,
      [],
      { ...person('anna'), isAuthor: true },
      DEFAULT_POLICY,
      'own-release',
    ],
    [
      'nobody at the moment it expires',
      { ...request, expiresAt: NOW },
      [],
      person('anna'),
      DEFAULT_POLICY,
      'expired',
    ],
    [
      'nobody once it runs',
      { ...request, state: 'running' },
      [],
      person('anna'),
      DEFAULT_POLICY,
      'not-waiting',
    ],
  ])('%s', (_, given, decisions, decider, rule, code) => {
    const verdict = mayDecide(given, decisions, decider, rule, NOW);
    expect(verdict.allowed ? null : verdict.code).toBe(code);
    if (!verdict.allowed) expect(verdict.reason).toMatch(/\.$/);
  });
});
