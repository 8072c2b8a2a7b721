import { expect, it } from 'vitest';
import { withTitles } from './operation-steps.ts';

const STEPS = [
  { key: 'fence', title: 'Fence' },
  { key: 'fence-database-us-east-1', title: 'Shut the old primary in us-east-1' },
];

it.each([
  ['fence-database-us-east-1: not fenced yet.', '“Shut the old primary in us-east-1”: not fenced yet.'],
  [
    'Left: fence: no answer. fence-database-us-east-1: too.',
    'Left: “Fence”: no answer. “Shut the old primary in us-east-1”: too.',
  ],
  ['The fence holds.', 'The fence holds.'],
  ['', ''],
])('%s', (note, told) => {
  expect(withTitles(note, STEPS)).toBe(told);
});
