import { expect, it } from 'vitest';
import { createTargetHealth } from './target-health.ts';

/** `+` targets that serve, `-` targets that do not; the answer is the verdict after each look. */
function verdicts(story: string): string {
  let serving = true;
  const health = createTargetHealth(() => serving);
  return [...story]
    .map((sign) => {
      serving = sign === '+';
      health.look();
      return health.healthy() ? '+' : '-';
    })
    .join('');
}

it.each([
  ['++++', '++++'],
  ['+-+-+', '+++++'],
  ['+--', '++-'],
  ['--+-++', '+----+'],
])('of looks %s makes %s', (story, verdict) => {
  expect(verdicts(story)).toBe(verdict);
});

it('takes a new start as it finds it', () => {
  let serving = true;
  const health = createTargetHealth(() => serving);
  serving = false;
  health.settle();
  expect(health.healthy()).toBe(false);
});
