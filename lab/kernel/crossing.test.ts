import { describe, expect, it } from 'vitest';
import { createChaos } from './chaos.ts';
import { crosses } from './crossing.ts';

describe('a crossing', () => {
  const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;

  it.each([
    ['nothing is wrong', {}, true],
    ['the source is out', { outages: { [US]: 'drop' } }, false],
    ['the target hangs', { outages: { [EU]: 'hang' } }, false],
    ['a third Region is out', { outages: { [AP]: 'refuse' } }, true],
    ['the link is cut', { links: { [`${US}>${EU}`]: { mode: 'blackhole', extraRttMs: 0 } } }, false],
    ['only the way back is cut', { links: { [`${EU}>${US}`]: { mode: 'reset', extraRttMs: 0 } } }, false],
    ['the link is slow', { links: { [`${US}>${EU}`]: { mode: 'up', extraRttMs: 500 } } }, true],
    ['another link is cut', { links: { [`${US}>${AP}`]: { mode: 'reset', extraRttMs: 0 } } }, true],
  ] as const)('when %s: %o', async (_, fault, open) => {
    const chaos = createChaos(0);
    await chaos.change(fault);
    expect(crosses(chaos.state(), US, EU)).toBe(open);
  });
});
