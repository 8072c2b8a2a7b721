import { describe, expect, it } from 'vitest';
import { AP, copyOfEstate, databaseOf, EU, NOW, outlook, seen, US, without } from '#test/recovery-facts.ts';
import { type Grant, permits } from '../access/access.ts';
import type { Freeze } from '../freeze/freeze.ts';
import type { Detection, RegionHealth } from './detection.ts';
import {
  type Block,
  type EmergencyQuestion,
  emergencyBlocks,
  mayStartEmergency,
  preemptionWords,
} from './emergency.ts';
import { type Outlook, requireDeclared } from './facts.ts';
import { rankTargets } from './targets.ts';

const operator: Grant[] = [{ role: 'operator', region: null, action: null }];
const onCall = permits(operator, 'operation.emergency', { regions: [US, EU] });

const detection = (state: RegionHealth): Detection => ({
  at: NOW.toISOString(),
  correlated: false,
  orders: { state: 'down', since: NOW.toISOString(), reason: '' },
  regions: [
    {
      region: US,
      state,
      since: NOW.toISOString(),
      reason: `us-east-1 is ${state}.`,
      vantages: [],
      orders: 'down',
    },
  ],
});

const freeze = (changes: Partial<Freeze>): Freeze => ({
  name: null,
  actionKind: null,
  by: 'Olga Operator',
  exceptions: [],
  id: 'f1',
  environment: null,
  region: null,
  kind: null,
  stopTheLine: false,
  reason: 'Peak season',
  startsAt: '2026-11-23T00:00:00.000Z',
  endsAt: null,
  ...changes,
});

function question(given: Outlook, changes: Partial<EmergencyQuestion> = {}): EmergencyQuestion {
  const target = rankTargets(given, [US]).find(({ region }) => region === EU) ?? null;
  return { kind: 'failover', lost: US, target, detection: detection('failing'), readiness: [], ...changes };
}

const ids = (blocks: readonly Block[]) => blocks.map(({ id }) => id);

describe('what an emergency has to override', () => {
  const lost = without(US, outlook());
  const promoted = databaseOf(requireDeclared(lost, EU), {
    role: 'primary',
    replication: null,
    sourceArn: null,
  });

  it.each<[string, Outlook, Partial<EmergencyQuestion>, string[]]>([
    ['nothing, when all is known and well', lost, {}, []],
    [
      'the console on the sinking ship',
      { ...lost, facts: { ...lost.facts, home: { ...lost.facts.home, console: US, database: EU } } },
      {},
      ['sinking-ship'],
    ],
    ['a Region that serves', outlook(), { detection: detection('serving') }, ['still-serving']],
    [
      'not for an evacuation of one',
      outlook(),
      { kind: 'evacuate', target: null, detection: detection('serving') },
      [],
    ],
    ['split brain', outlook({ [EU]: { database: seen(promoted) } }), {}, ['split-brain']],
    ['no freeze of everything', { ...lost, facts: { ...lost.facts, freezes: [freeze({})] } }, {}, []],
    [
      'no stopped line',
      { ...lost, facts: { ...lost.facts, freezes: [freeze({ stopTheLine: true })] } },
      {},
      [],
    ],
    [
      'a freeze of just this kind',
      { ...lost, facts: { ...lost.facts, freezes: [freeze({ kind: 'failover' })] } },
      {},
      ['f1'],
    ],
    [
      'not when it is over',
      {
        ...lost,
        facts: { ...lost.facts, freezes: [freeze({ kind: 'failover', endsAt: '2026-11-23T09:00:00.000Z' })] },
      },
      {},
      [],
    ],
    [
      'not when it is of another Region',
      { ...lost, facts: { ...lost.facts, freezes: [freeze({ kind: 'failover', region: AP })] } },
      {},
      [],
    ],
    [
      'a target that is blocked',
      lost,
      { target: rankTargets(lost, [US])[1] ?? null },
      ['promotable-ap-southeast-1'],
    ],
    [
      'findings of readiness that are red, not the others',
      lost,
      {
        readiness: [
          { id: 'lose-us-east-1/network', verdict: 'blocked', message: 'No path.', source: 'B-05' },
          { id: 'lose-us-east-1/capacity', verdict: 'warning', message: 'Tight.', source: 'C-08' },
        ],
      },
      ['lose-us-east-1/network'],
    ],
  ])('%s', (_, given, changes, expected) => {
    expect(ids(emergencyBlocks(given, question(given, changes)))).toEqual(expected);
  });
});

describe('who may start at once', () => {
  const block: Block = { id: 'sinking-ship', message: 'This console runs in us-east-1.', source: 'R-01' };
  const ask = (given: Outlook, changes: Partial<Parameters<typeof mayStartEmergency>[1]> = {}) =>
    mayStartEmergency(given, {
      kind: 'failover',
      lost: US,
      reason: 'us-east-1 is gone',
      permission: onCall,
      typed: [],
      blocks: [],
      ...changes,
    });
  const held = (kind: string, leaves: string | null) => {
    const given = outlook();
    return {
      ...given,
      facts: { ...given.facts, holder: { id: 'OP-7', title: 'Failover to eu-west-1', kind, leaves } },
    };
  };
  const alone = outlook({}, {}, copyOfEstate());

  it.each<[string, ReturnType<typeof ask>, string | null]>([
    ['an operator with a reason', ask(outlook()), null],
    ['an evacuation too', ask(outlook(), { kind: 'evacuate' }), null],
    ['nobody, a switchover', ask(outlook(), { kind: 'switchover' }), 'no-emergency-kind'],
    [
      'no approver',
      ask(outlook(), {
        permission: permits([{ role: 'approver', region: null, action: null }], 'operation.emergency', {
          regions: [US],
        }),
      }),
      'no-grant',
    ],
    [
      'no operator of another Region',
      ask(outlook(), {
        permission: permits([{ role: 'operator', region: AP, action: null }], 'operation.emergency', {
          regions: [US, EU],
        }),
      }),
      'region-not-granted',
    ],
    ['nobody without a reason', ask(outlook(), { reason: '  ' }), 'no-reason'],
    [
      'nobody, where there is no other Region',
      ask({ ...alone, environment: { ...alone.environment, regions: [US] } }),
      'last-region',
    ],
    ['no second one, for the same', ask(held('failover', US)), 'under-way'],
    ['a second one, when another Region is lost meanwhile', ask(held('failover', EU)), null],
    ['whoever takes the environment from a shift', ask(held('traffic-shift', null)), null],
    ['nobody past what they have not read', ask(outlook(), { blocks: [block] }), 'override-needed'],
    ['whoever typed its id', ask(outlook(), { blocks: [block], typed: ['sinking-ship'] }), null],
    ['nobody who typed another', ask(outlook(), { blocks: [block], typed: ['B-05'] }), 'override-needed'],
  ])('%s', (_, verdict, code) => {
    expect(verdict.allowed ? null : verdict.code).toBe(code);
    if (!verdict.allowed) expect(verdict.reason).toMatch(/\.$/);
  });

  it('is told what to type, and what more there is', () => {
    const verdict = ask(outlook(), { blocks: [block, { ...block, id: 'still-serving' }] });
    expect(verdict).toMatchObject({
      reason:
        'This console runs in us-east-1. Type sinking-ship to go on in spite of it. 1 more stands against it.',
      missing: [{ id: 'sinking-ship' }, { id: 'still-serving' }],
    });
  });

  it('owes a review, and what was overridden is kept', () => {
    expect(ask(outlook(), { blocks: [block], typed: ['sinking-ship', 'other'] })).toEqual({
      allowed: true,
      overrides: ['sinking-ship'],
      opensReviewDebt: true,
    });
  });

  it('says what becomes of the holder', () => {
    expect(preemptionWords(outlook())).toBeNull();
    expect(preemptionWords(held('traffic-shift', null))).toMatch(
      /^OP-7, Failover to eu-west-1, holds the environment: /,
    );
  });
});
