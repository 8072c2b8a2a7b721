import { describe, expect, it } from 'vitest';
import {
  AP,
  copyOfEstate,
  EU,
  homeWeights,
  outlook,
  seen,
  US,
  unseen,
  without,
} from '#test/recovery-facts.ts';
import { capacityWords, lossOf } from './loss.ts';

describe('what the loss of a Region asks of the rest', () => {
  it('of us-east-1 at 40 % of peak: its users go to both alike, by weight 0', () => {
    const loss = lossOf(outlook(), [US]);
    expect(loss.load).toBe(20);
    // 25 + 30 points of 20 requests/s at 0.5 a node, and 25 + 20.
    expect(loss.survivors).toMatchObject([
      {
        region: EU,
        shareBefore: 0.3,
        shareAfter: 0.55,
        needed: 22,
        ready: 12,
        usable: 21,
        maximum: 30,
        class: 'short',
      },
      {
        region: AP,
        shareBefore: 0.2,
        shareAfter: 0.45,
        needed: 18,
        ready: 8,
        usable: 14,
        maximum: 20,
        class: 'short',
      },
    ]);
    expect(loss.residency).toEqual([]);
  });

  it('of eu-west-1 sends its users out of their jurisdiction', () => {
    const { residency } = lossOf(outlook(), [EU]);
    expect(residency).toEqual([
      {
        geography: 'eu',
        name: 'Europe, Middle East, Africa',
        residency: 'EU',
        points: 100,
        regions: [US, AP],
      },
    ]);
  });

  it('of two leaves the third', () => {
    expect(lossOf(outlook(), [US, EU]).sharesAfter).toEqual({ [US]: 0, [EU]: 0, [AP]: 1 });
  });

  it('goes by the plan until the records were read, and by what is known of nodes', () => {
    const given = without(EU, outlook({}, { records: unseen() }));
    expect(lossOf(given, [US]).survivors).toMatchObject([
      { region: EU, shareAfter: 0.55, ready: null, class: 'unknown' },
      { region: AP, shareAfter: 0.45, ready: 8 },
    ]);
  });

  it('follows live weights', () => {
    const estate = copyOfEstate();
    const { weights, recordWeights } = homeWeights(estate);
    const shifted = { ...recordWeights, na: { [US]: 100, [EU]: 100, [AP]: 0 } };
    const given = outlook({}, { records: seen({ zoneId: 'Z', weights, recordWeights: shifted, hash: 'h' }) });
    expect(lossOf(given, [US]).sharesAfter).toEqual({ [US]: 0, [EU]: 0.8, [AP]: 0.2 });
  });

  it.each([
    [10, 12, 'ok', 'eu-west-1 carries it: 10 of 12 ready nodes.'],
    [20, 12, 'pre-scale', 'eu-west-1 would need 20 nodes and has 12 ready; 21 of 30 after a pre-scale.'],
    [
      22,
      12,
      'short',
      'eu-west-1 would need 22 nodes and has 12 ready; it may have 30, but over 21 no reserve is left.',
    ],
    [55, 12, 'short', 'eu-west-1 would need 55 nodes and may have 30 at most: 25 are missing even then.'],
    [20, null, 'unknown', 'eu-west-1 would need 20 nodes; how many are ready is not known.'],
  ] as const)('%d needed, %s ready: %s', (needed, ready, fits, words) => {
    expect(
      capacityWords({
        region: EU,
        shareBefore: 0,
        shareAfter: 0,
        needed,
        ready,
        usable: 21,
        maximum: 30,
        class: fits,
        observedAt: null,
      }),
    ).toBe(words);
  });
});
