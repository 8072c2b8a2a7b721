import { expect, test } from 'vitest';
import { openPoints } from '#lib/domain/operation/open-points.ts';
import { incompleteWords } from './closing.ts';

function pointsOf(...states: string[]) {
  return openPoints(states.map((state, i) => ({ key: `k${i}`, title: `Step ${i}`, region: null, state })));
}

test('names what was begun, and what did not run while it is little', () => {
  expect(
    incompleteWords({ open: pointsOf('done', 'holding', 'not-run', 'not-run'), closed: null }, 'Ann'),
  ).toBe('Open: “Step 1” held when it ended; “Step 2”, “Step 3” did not run.');
});

test('counts what did not run where that is much, after who ended it and why', () => {
  const closed = { personId: 'p', person: 'Ann', reason: 'Frankfurt has no capacity' };
  const open = pointsOf('unknown', 'not-run', 'not-run', 'not-run');
  expect(incompleteWords({ open, closed }, 'Ann')).toBe(
    'Ended by Ann: Frankfurt has no capacity. Open: “Step 0” under way when it ended: what came of it has to be looked at; 3 steps did not run.',
  );
});

test('says so where nothing of the plan is open', () => {
  expect(incompleteWords({ open: [], closed: null }, 'Ann')).toBe('Open: nothing of the plan.');
});
