import { expect, it } from 'vitest';
import { OPERATION_KINDS } from './kind.ts';
import { puttingBackWords, turnedRoundWords, whyNotPutBack } from './put-back.ts';

const speaking = (words: (kind: string) => string, of: RegExp) =>
  OPERATION_KINDS.filter((kind) => of.test(words(kind)));

it('a run that turns round says weights of traffic alone, versions of a deployment alone', () => {
  expect(speaking(turnedRoundWords, /weights/)).toEqual(['traffic-shift', 'traffic-revert']);
  expect(speaking(turnedRoundWords, /version/)).toEqual(['deployment']);
  expect(speaking(turnedRoundWords, /nothing to put back/)).toEqual(['rollback']);
  expect(speaking(turnedRoundWords, /what it has put back stays/)).toEqual(['recovery-revert']);
  expect(turnedRoundWords('failover')).toBe('puts back what it has changed');
});

it('an operation that puts another back says which of the two it is', () => {
  expect(puttingBackWords('traffic-revert')).toBe('puts the former weights back');
  expect(puttingBackWords('rollback')).toBe('puts the version before back');
  expect(puttingBackWords('recovery-revert')).toBe('puts back what was left');
});

it('what is not put back says what to do instead, by kind', () => {
  expect(speaking(whyNotPutBack, /weights/)).toEqual(['traffic-shift', 'traffic-revert']);
  expect(speaking(whyNotPutBack, /a plan of its own/)).toEqual([
    'failover',
    'switchover',
    'evacuate',
    'return',
    'rebuild',
    'failback',
    'drill',
    'prepare-switch',
    'connect-regions',
  ]);
  expect(speaking(whyNotPutBack, /revert that one again/)).toEqual(['recovery-revert']);
  expect(speaking(whyNotPutBack, /former version/)).toEqual(['deployment', 'rollback']);
});
