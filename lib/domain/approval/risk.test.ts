import { expect, it } from 'vitest';
import type { Check } from '../operation/plan.ts';
import { riskOf } from './risk.ts';

const check = (code: string, verdict: Check['verdict']): Check => ({
  code,
  verdict,
  message: `${code} says so.`,
  observedAt: null,
});
const STEP = { title: 'Change weights', irreversible: false };

it.each<[string, { irreversible?: boolean; checks?: Check[]; acknowledged?: string[] }, string[]]>([
  ['nothing out of the ordinary', { checks: [check('capacity-eu-west-1', 'pass')] }, []],
  ['a step for good', { irreversible: true }, ['“Promote” cannot be undone.']],
  [
    'a check that was accepted',
    { checks: [check('residency-eu', 'accept')], acknowledged: ['residency-eu'] },
    ['Accepted: residency-eu says so.'],
  ],
  ['a check that is not accepted yet', { checks: [check('residency-eu', 'accept')] }, []],
  ['a code accepted that no check asks for', { acknowledged: ['residency-eu'] }, []],
  ['a warning that is common', { checks: [check('capacity-eu-west-1', 'warn')] }, []],
  ['a release unproven in staging', { checks: [check('staging', 'warn')] }, ['staging says so.']],
  [
    'a schema that older code cannot use',
    { checks: [check('schema-contract', 'warn')] },
    ['schema-contract says so.'],
  ],
  ['no family by half a name', { checks: [check('stagingly', 'warn')] }, []],
  [
    'an exception, however it is judged',
    { checks: [check('staging-exception', 'warn'), check('freeze-exception', 'accept')] },
    ['An exception: staging-exception says so.', 'An exception: freeze-exception says so.'],
  ],
  [
    'a freeze that an exception lets it through',
    { checks: [{ ...check('freeze', 'warn'), exceptions: ['e1'] }] },
    ['An exception: freeze says so.'],
  ],
  ['no exception where none was made', { checks: [check('freeze-exception', 'pass')] }, []],
])('%s', (_, { irreversible = false, checks = [], acknowledged = [] }, reasons) => {
  const steps = irreversible ? [STEP, { title: 'Promote', irreversible }] : [STEP];
  expect(riskOf({ steps, checks, acknowledged })).toEqual({
    risk: reasons.length > 0 ? 'high' : 'ordinary',
    reasons,
  });
});
