import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant, Role } from '../access/access.ts';
import {
  type ApprovalQuestion,
  approvalProgress,
  type CountedDecision,
  type DutyRoster,
  type Holder,
  isAuthor,
  mayAgree,
} from './progress.ts';
import type { ApprovalRule } from './rules.ts';

const NOW = new Date('2026-11-26T03:00:00.000Z');
const DAY = new Date('2026-11-26T09:00:00.000Z');

const ROSTER: DutyRoster = {
  regions: [
    { code: 'us', duty: () => ({ awake: true, localTime: '22:00', hours: '24/7' }) },
    {
      code: 'eu',
      duty: (at) => ({
        awake: at >= DAY,
        localTime: at.toISOString().slice(11, 16),
        hours: at >= DAY ? 'until 18:00' : 'from 09:00',
      }),
    },
  ],
};

const grant = (role: Role, region: string | null = null, action: string | null = null): Grant => ({
  role,
  region,
  action,
});
const holder = (personId: string, ...grants: Grant[]): Holder => ({
  personId,
  name: personId,
  email: `${personId}@example.test`,
  active: true,
  grants,
});

const anna = holder('anna', grant('approver'));
const bela = holder('bela', grant('approver'));
const both = holder('both', grant('approver'), grant('operator'));
const peer = holder('peer', grant('operator'));
const american = holder('american', grant('approver', 'us'));
const european = holder('european', grant('approver', 'eu'));

const rule = (over: Partial<ApprovalRule>): ApprovalRule => ({
  role: 'approver',
  count: 1,
  perRegion: false,
  onCall: false,
  ...over,
});
const question = (over: Partial<ApprovalQuestion> = {}): ApprovalQuestion => ({
  digest: 'd1',
  requestedBy: 'olga',
  author: null,
  regions: ['us', 'eu'],
  needed: 1,
  rules: [],
  ...over,
});
const yes = (by: Holder, over: Partial<CountedDecision> = {}): CountedDecision => ({
  decision: 'approve',
  digest: 'd1',
  at: NOW,
  by,
  actorId: by.personId,
  ...over,
});

const PEER = rule({ role: 'operator' });
const EACH = rule({ perRegion: true });
const AWAKE = rule({ perRegion: true, onCall: true });

describe('what is met', () => {
  it.each<[string, Partial<ApprovalQuestion>, CountedDecision[], string[]]>([
    ['nothing yet', {}, [], ['1 approver']],
    ['one of one', {}, [yes(anna)], []],
    ['one of two', { needed: 2 }, [yes(anna)], ['2 approvers']],
    ['two of two', { needed: 2 }, [yes(anna), yes(bela)], []],
    ['not the same person twice', { needed: 2 }, [yes(anna), yes(anna)], ['2 approvers']],
    ['not for another plan', {}, [yes(anna, { digest: 'd0' })], ['1 approver']],
    ['not by a rejection', {}, [yes(anna, { decision: 'reject' })], ['1 approver']],
    ['not by the requester', { requestedBy: 'anna' }, [yes(anna)], ['1 approver']],
    ['not by the author', { author: 'Anna <ANNA@example.test>' }, [yes(anna)], ['1 approver']],
    ['not by whose account is shut', {}, [yes({ ...anna, active: false })], ['1 approver']],
    ['not by who approves in another Region only', {}, [yes(american)], ['1 approver']],
    ['a rule beside the number', { rules: [PEER] }, [yes(anna)], ['1 operator']],
    ['the number beside a rule', { rules: [PEER] }, [yes(peer)], ['1 approver']],
    ['both, by two people', { rules: [PEER] }, [yes(peer), yes(anna)], []],
    ['not both by one with two roles', { rules: [PEER] }, [yes(both)], ['1 operator']],
    ['who has two roles takes the seat that is left', { rules: [PEER] }, [yes(both), yes(anna)], []],
    ['in either order', { rules: [PEER] }, [yes(anna), yes(both)], []],
    ['a rule that asks for more of them', { rules: [rule({ count: 2 })] }, [yes(anna)], ['2 approvers']],
    ['each Region by one person for all', { rules: [EACH] }, [yes(anna)], []],
    ['one Region of two', { rules: [EACH] }, [yes(american)], ['1 approver of eu']],
    ['each Region by its own', { rules: [EACH] }, [yes(american), yes(european)], []],
    ['a Region whose people sleep', { rules: [AWAKE] }, [yes(anna)], ['1 approver of eu, on duty there']],
    ['a Region whose people are awake', { rules: [AWAKE] }, [yes(anna, { at: DAY })], []],
    [
      'a role narrowed to one act is not the role',
      { rules: [PEER] },
      [yes(anna), yes(holder('peer', grant('operator', null, 'operation.abort')))],
      ['1 operator'],
    ],
    ['rules alone', { needed: 0, rules: [PEER] }, [yes(peer)], []],
  ])('%s', (_, over, decisions, open) => {
    const progress = approvalProgress(question(over), decisions, ROSTER, NOW);
    expect(progress.requirements.filter(({ met }) => !met).map(({ words }) => words)).toEqual(open);
    expect(progress.met).toBe(open.length === 0);
  });

  it('never counts one person twice, the requester, or another plan', () => {
    const people = ['olga', 'anna', 'bela', 'cora'].map((id) => holder(id, grant('approver')));
    const decision = fc.record({
      by: fc.constantFrom(...people),
      decision: fc.constantFrom('approve', 'reject', 'ask-changes'),
      digest: fc.constantFrom('d1', 'd2'),
    });
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 12 }), (made) => {
        const decisions = made.map((one) => yes(one.by, one));
        const agreed = new Set(
          decisions
            .filter((one) => one.decision === 'approve' && one.digest === 'd1' && one.by.personId !== 'olga')
            .map(({ by }) => by.personId),
        );
        const progress = approvalProgress(question({ needed: 2 }), decisions, ROSTER, NOW);
        expect(progress.approvals).toBe(agreed.size);
        expect(progress.met).toBe(agreed.size >= 2);
      }),
    );
  });
});

describe('who may meet what is open', () => {
  const candidates = [anna, bela, both, peer, european].map((one) => ({
    label: one.name,
    holder: one,
    actor: one,
  }));

  it('are those whom it fits and who have not decided', () => {
    const { requirements } = approvalProgress(
      question({ needed: 2, rules: [PEER] }),
      [yes(anna)],
      ROSTER,
      NOW,
      candidates,
    );
    expect(requirements.map(({ words, mayMeet }) => [words, mayMeet])).toEqual([
      ['2 approvers', ['bela', 'both']],
      ['1 operator', ['both', 'peer']],
    ]);
  });

  it('are delegates too, but not of the requester, nor the requester', () => {
    const lent = (from: Holder, to: Holder) => ({
      label: `${to.name} for ${from.name}`,
      holder: from,
      actor: to,
    });
    const olga = holder('olga', grant('operator'));
    const { requirements } = approvalProgress(question(), [], ROSTER, NOW, [
      lent(anna, peer),
      lent(bela, olga),
      lent(olga, peer),
    ]);
    expect(requirements[0]?.mayMeet).toEqual(['peer for anna']);
  });

  it('is told with who is on duty instead, where nobody can at this hour', () => {
    const { requirements } = approvalProgress(question({ rules: [AWAKE] }), [], ROSTER, NOW, candidates);
    expect(requirements.map(({ offDuty }) => offDuty)).toEqual([
      null,
      null,
      'Nobody is on duty in eu (it is 03:00 there, people are from 09:00). On duty now: us (24/7).',
    ]);
  });
});

describe('whether one’s agreement would count', () => {
  it.each<[string, Partial<ApprovalQuestion>, Holder, string | null]>([
    ['an approver’s', {}, anna, null],
    ['not an operator’s', {}, peer, 'no-grant'],
    ['an operator’s where a rule names them', { rules: [PEER] }, peer, null],
    ['not an approver’s of one Region', {}, european, 'region-not-granted'],
    ['an approver’s of one Region where each has its own', { rules: [EACH] }, european, null],
    ['an approver’s of all where one Region sleeps', { rules: [AWAKE] }, anna, null],
    [
      'not where nobody of the Region is on duty',
      { needed: 0, regions: ['eu'], rules: [AWAKE] },
      european,
      'off-duty',
    ],
  ])('%s', (_, over, by, code) => {
    const verdict = mayAgree(question(over), by, ROSTER, NOW);
    expect(verdict.allowed ? null : verdict.code).toBe(code);
  });
});

describe('the author of a release', () => {
  const mara = { name: 'Mara Lindqvist', email: 'mara@example.test' };
  it.each([
    ['mara@example.test', true],
    ['Mara Lindqvist <MARA@example.test>', true],
    ['Mara Lindqvist', true],
    ['mara lindqvist ', true],
    ['Mara Lindqvist <other@example.test>', false],
    ['someone else', false],
    [null, false],
  ])('%s', (author, theirs) => {
    expect(isAuthor(author, mara)).toBe(theirs);
  });
});
