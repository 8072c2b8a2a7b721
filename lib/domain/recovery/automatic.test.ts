import { describe, expect, it } from 'vitest';
import type { Check } from '../operation/plan.ts';
import { type Incident, loosensRecovery, mayActByItself, mayStartPlanned } from './automatic.ts';

const alone: Incident = {
  region: 'ap-southeast-1',
  failing: ['ap-southeast-1'],
  left: [],
  unfit: [],
  hasWriter: true,
  person: null,
  holder: null,
};
const shift = { id: 'OP-7', title: 'Shift na' };

describe('a policy that acts by itself', () => {
  it.each<[string, Partial<Incident>, string | null]>([
    ['leaves the one Region that fails', {}, null],
    ['does not count the Region itself among those it left', { left: ['ap-southeast-1'] }, null],
    ['never leaves one of two that fail', { failing: ['ap-southeast-1', 'eu-west-1'] }, 'several'],
    ['never leaves a second one', { left: ['eu-west-1'] }, 'one-region'],
    ['sends nobody to a Region that does not serve', { unfit: ['eu-west-1'] }, 'receiver-unfit'],
    ['does nothing while nobody knows who takes the orders', { hasWriter: false }, 'no-single-writer'],
    ['takes the environment from nobody', { holder: shift }, 'one-at-a-time'],
    ['leaves it to people once one of them acts', { person: shift }, 'person-acts'],
    ['stands down rather than waits for that person', { person: shift, holder: shift }, 'person-acts'],
  ])('%s', (_, changes, code) => {
    const verdict = mayActByItself({ ...alone, ...changes });
    expect(verdict.allowed ? null : verdict.code).toBe(code);
  });

  const check = (code: string, verdict: Check['verdict']): Check => ({
    code,
    verdict,
    message: `${code}.`,
    observedAt: null,
  });

  it.each<[string, Check[], ('capacity' | 'residency')[], string | null]>([
    ['starts what only warns', [check('lag-eu', 'warn'), check('freeze', 'pass')], [], null],
    ['accepts nothing by default', [check('residency', 'accept')], [], 'residency'],
    ['accepts what was accepted ahead', [check('residency', 'accept')], ['residency'], null],
    [
      'accepts no more than that',
      [check('capacity-eu-west-1', 'accept'), check('residency', 'accept')],
      ['residency'],
      'capacity-eu-west-1',
    ],
    [
      'never accepts what readiness doubts',
      [check('lose-ap/switch', 'accept')],
      ['capacity', 'residency'],
      'lose-ap/switch',
    ],
    ['never starts what is frozen', [check('freeze', 'refuse')], ['capacity', 'residency'], 'freeze'],
    [
      'takes unknown for unsafe',
      [check('capacity-eu-west-1', 'unknown')],
      ['capacity'],
      'capacity-eu-west-1',
    ],
  ])('%s', (_, checks, accepts, code) => {
    const verdict = mayStartPlanned(checks, accepts);
    expect(verdict.allowed ? null : verdict.code).toBe(code);
  });

  it('is loosened by acting at all, and by accepting more; never by being taken back', () => {
    const recommend = { onFailing: 'recommend', accepts: [] } as const;
    const acts = { onFailing: 'evacuate-reads', accepts: ['capacity'] } as const;
    expect(loosensRecovery(recommend, acts)).toBe(true);
    expect(loosensRecovery(acts, { ...acts, accepts: ['capacity', 'residency'] })).toBe(true);
    expect(loosensRecovery(acts, { ...acts, accepts: [] })).toBe(false);
    expect(loosensRecovery(acts, recommend)).toBe(false);
  });
});
