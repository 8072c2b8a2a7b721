import { expect, it } from 'vitest';
import type { Check } from '#lib/domain/operation/plan.ts';
import { checkModel } from './common.ts';

const frozen: Check = {
  code: 'freeze',
  verdict: 'refuse',
  message: 'Changes are frozen until it is released, set by Ada: a sale.',
  observedAt: null,
  freeze: 'f1',
};

it('leads to the freeze in the environment that the check was made for', () => {
  const hrefIn = (here: { environment?: string }) => checkModel(frozen, { withinSeconds: 60, here }).link?.href;
  expect(hrefIn({ environment: 'staging' })).toBe('/freezes?environment=staging&freeze=f1');
  expect(hrefIn({})).toBe('/freezes?freeze=f1');
});
