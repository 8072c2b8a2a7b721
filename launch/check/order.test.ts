import { expect, it } from 'vitest';
import { inTheirOrder } from './order.ts';

function item(name: string, ...after: string[]) {
  return { name, after };
}

/** What began and ended, in that order; each work ends when nobody else can begin any more. */
async function trace(items: ReturnType<typeof item>[]): Promise<string[]> {
  const seen: string[] = [];
  await inTheirOrder(items, async ({ name }) => {
    seen.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(`${name} ends`);
  });
  return seen;
}

it('begins what waits for nothing at once, and the rest when what it comes after has ended', async () => {
  const seen = await trace([item('browser', 'build', 'lab'), item('lab'), item('build')]);
  expect(seen.slice(0, 2).toSorted()).toEqual(['build begins', 'lab begins']);
  expect(seen.slice(-2)).toEqual(['browser begins', 'browser ends']);
});

it('does each once, and answers in the order given', async () => {
  const items = [item('c', 'a', 'b'), item('a'), item('b', 'a')];
  const done: string[] = [];
  const answers = await inTheirOrder(items, async ({ name }) => {
    done.push(name);
    return name.toUpperCase();
  });
  expect(answers).toEqual(['C', 'A', 'B']);
  expect(done).toEqual(['a', 'b', 'c']);
});

it('refuses what can never begin, by name', async () => {
  const circle = [item('a', 'b'), item('b', 'a')];
  await expect(inTheirOrder(circle, async () => undefined)).rejects.toThrow('a comes after b comes after a.');
  const lost = inTheirOrder([item('browser', 'biuld')], async () => undefined);
  await expect(lost).rejects.toThrow('browser comes after biuld, which is not there.');
});
