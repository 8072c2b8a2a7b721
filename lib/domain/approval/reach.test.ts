import { describe, expect, it } from 'vitest';
import type { Role } from '../access/access.ts';
import type { Candidate, DutyRoster, Holder } from './progress.ts';
import { reachOf } from './reach.ts';
import type { ApprovalRule } from './rules.ts';

const NOW = new Date('2026-11-26T03:00:00.000Z');
const awake = { awake: true, localTime: '22:00', hours: '24/7' };
const asleep = { awake: false, localTime: '04:00', hours: 'from 09:00' };
const ROSTER: DutyRoster = {
  regions: [
    { code: 'us', duty: () => awake },
    { code: 'eu', duty: () => asleep },
  ],
};

const holder = (name: string, roles: readonly Role[], region: string | null = null): Holder => ({
  personId: name,
  name,
  email: `${name}@example.test`,
  active: true,
  grants: roles.map((role) => ({ role, region, action: null })),
});
const self = (person: Holder): Candidate => ({ label: person.name, holder: person, actor: person });

const anna = holder('Anna', ['approver']);
const bela = holder('Bela', ['approver']);
const both = holder('Both', ['approver', 'operator']);
const peer = holder('Peer', ['operator']);

const rule = (over: Partial<ApprovalRule>): ApprovalRule => ({
  role: 'operator',
  count: 1,
  perRegion: false,
  onCall: false,
  ...over,
});

const reach = (
  asked: { needed?: number; rules?: ApprovalRule[]; regions?: string[] },
  ...people: readonly Candidate[]
) => reachOf({ needed: 0, rules: [], regions: ['us'], ...asked }, people, ROSTER, NOW);

const open = ({ requirements }: ReturnType<typeof reach>) =>
  requirements.filter(({ met }) => !met).map(({ words, have, mayMeet }) => [words, have, mayMeet]);

describe('who could agree at present', () => {
  it('is named where there are enough, whoever asks', () => {
    const found = reach({ needed: 1 }, self(anna), self(both), self(peer));
    expect(open(found)).toEqual([]);
    expect(found.requirements[0]?.mayMeet).toEqual(['Anna', 'Both']);
    expect(found.stuck).toEqual([]);
  });

  it('is nobody, or too few', () => {
    expect(open(reach({ needed: 1 }, self(peer)))).toEqual([['1 approver', 0, []]]);
    expect(open(reach({ needed: 3 }, self(anna), self(bela)))).toEqual([
      ['3 approvers', 2, ['Anna', 'Bela']],
    ]);
  });

  it('is nobody but the requester, who never counts', () => {
    const found = reach({ needed: 1 }, self(both), self(peer));
    expect(open(found)).toEqual([]);
    expect(found.stuck).toEqual([{ name: 'Both', open: ['1 approver'] }]);
  });

  it('counts one who could be both once, and a delegate as whom they stand for', () => {
    const asked = { needed: 1, rules: [rule({})] };
    expect(open(reach(asked, self(both)))).toHaveLength(1);
    expect(open(reach(asked, self(both), self(anna)))).toEqual([]);
    const delegate: Candidate = { label: 'Peer for Anna', holder: anna, actor: peer };
    expect(open(reach({ needed: 2 }, self(anna), delegate))).toEqual([
      ['2 approvers', 1, ['Anna', 'Peer for Anna']],
    ]);
  });

  it('is nobody while the Region sleeps, which is said', () => {
    const asked = { regions: ['eu'], rules: [rule({ perRegion: true, onCall: true })] };
    const [requirement] = reach(asked, self(peer)).requirements;
    expect(requirement).toMatchObject({ met: false, mayMeet: ['Peer'] });
    expect(requirement?.offDuty).toContain('Nobody is on duty in eu');
  });

  it('is in each Region somebody of it', () => {
    const american = holder('American', ['operator'], 'us');
    const asked = { regions: ['us', 'eu'], rules: [rule({ perRegion: true })] };
    expect(open(reach(asked, self(american)))).toEqual([['1 operator of eu', 0, []]]);
    expect(open(reach(asked, self(american), self(peer)))).toEqual([]);
  });
});
