import { expect, it } from 'vitest';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Check } from '#lib/domain/operation/plan.ts';
import { checkModel, gateWords, startWords } from './common.ts';

const frozen: Check = {
  code: 'freeze',
  verdict: 'refuse',
  message: 'Changes are frozen until it is released, set by Ada: a sale.',
  observedAt: null,
  freeze: 'f1',
};

it('leads to the freeze in the environment that the check was made for', () => {
  const hrefIn = (here: { environment?: string }) =>
    checkModel(frozen, { withinSeconds: 60, here }).link?.href;
  expect(hrefIn({ environment: 'staging' })).toBe('/freezes?environment=staging&freeze=f1');
  expect(hrefIn({})).toBe('/freezes?freeze=f1');
});

it.each([
  ['queued', 'OP-7 starts.'],
  ['scheduled', 'OP-7 starts at its time.'],
  ['awaiting-approval', 'OP-7 waits for approval.'],
])('says of a request that is %s: %s', (state, words) => {
  expect(startWords({ id: 'OP-7', state })).toBe(words);
});

it('says the limits of the estate, without digits that nobody wrote', () => {
  const thresholds = {
    gate: { errorRate: 0.007, p95Ms: 200 },
    rollback: { errorRate: 0.014, p95Ms: 500 },
  } as Estate['thresholds'];
  expect(gateWords({ thresholds })).toBe(
    'Holds from 0.7 % errors or 200 ms p95 on; reverts above 1.4 % or 500 ms.',
  );
});
