import { expect, test } from 'vitest';
import { groupsOf } from './step-groups.ts';

test('neighbours of one group are bound, a group of one is none', () => {
  const steps = [{ group: 'a' }, { group: 'a' }, { group: 'a' }, {}, { group: 'b' }, { group: null }];
  expect(groupsOf(steps)).toEqual([
    { size: 3, first: true, className: 'par first' },
    { size: 3, first: false, className: 'par mid' },
    { size: 3, first: false, className: 'par last' },
    undefined,
    undefined,
    undefined,
  ]);
});

test('the same group further down is another one', () => {
  const groups = groupsOf([{ group: 'a' }, { group: 'a' }, {}, { group: 'a' }, { group: 'a' }]);
  expect(groups.map((group) => group?.first)).toEqual([true, false, undefined, true, false]);
});
