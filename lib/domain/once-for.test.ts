import { expect, it } from 'vitest';
import { onceFor } from './once-for.ts';

it('makes something once for each object, and again where making it failed', () => {
  let made = 0;
  const lengthOf = onceFor((items: readonly string[]) => {
    made += 1;
    if (made === 1) throw new Error('not yet');
    return items.length || undefined;
  });
  const [items, others]: string[][] = [[], ['a', 'b']];
  expect(() => lengthOf(items ?? [])).toThrow('not yet');
  // That there is nothing is an answer too.
  expect([items, items, others, others].map((each) => lengthOf(each ?? []))).toEqual([
    undefined,
    undefined,
    2,
    2,
  ]);
  expect(made).toBe(3);
});
