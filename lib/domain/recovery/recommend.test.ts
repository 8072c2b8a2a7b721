import { describe, expect, it } from 'vitest';
import { AP, NOW, US } from '#test/recovery-facts.ts';
import type { Detection, RegionHealth } from './detection.ts';
import type { OptionKind } from './options.ts';
import { recommendOption } from './recommend.ts';

const seen = (region: string, state: RegionHealth, correlated = false): Detection => ({
  at: NOW.toISOString(),
  correlated,
  orders: { state: 'down', since: NOW.toISOString(), reason: '' },
  regions: [{ region, state, since: NOW.toISOString(), reason: '', vantages: [], orders: 'down' }],
});

const KINDS: readonly OptionKind[] = ['wait', 'evacuate', 'failover'];
const options = (...refused: OptionKind[]) =>
  KINDS.map((kind) => ({ kind, refusal: refused.includes(kind) ? 'not now' : null }));

describe('what is recommended', () => {
  it.each<[string, Detection | null, string, boolean, OptionKind[], OptionKind | undefined]>([
    ['for a writer that fails, the promotion', seen(US, 'failing'), US, true, [], 'failover'],
    ['for readers that fail, no promotion', seen(AP, 'failing'), AP, false, ['failover'], 'evacuate'],
    ['for a suspicion, to wait', seen(US, 'suspect'), US, true, [], 'wait'],
    ['for several at once, to wait', seen(US, 'suspect', true), US, true, [], 'wait'],
    ['for a Region that serves, to wait', seen(US, 'serving'), US, true, [], 'wait'],
    ['where nobody looks, nothing', null, US, true, [], undefined],
    ['where nothing outside sees it, nothing', seen(US, 'unknown'), US, true, [], undefined],
    ['where the promotion is refused, nothing', seen(US, 'failing'), US, true, ['failover'], undefined],
  ])('is %s', (_, detection, lost, writes, refused, kind) => {
    expect(recommendOption(options(...refused), { detection, lost, writes })?.kind).toBe(kind);
  });
});
