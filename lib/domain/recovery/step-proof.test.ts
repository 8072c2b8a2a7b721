import { describe, expect, it } from 'vitest';
import { provenBy, wasCarriedOut } from './step-proof.ts';

describe('a step that ended as done', () => {
  it.each([
    ['whose Region did not answer', { fenced: 'unreachable', reached: false, why: 'No answer' }, false],
    ['that did not fence', { fenced: 'unreachable' }, false],
    ['of which nobody knows whether it opened again', { fenced: 'unknown', reached: false }, false],
    ['behind which nobody can order', { ordered: false }, false],
    ['behind which no copy replicates', { restored: false, copies: [] }, false],
    ['that read nothing', { salvaged: false }, false],
    ['that found its Region in DNS still', { leftDns: false, counts: { eu: 3 } }, false],
    ['that only tried, in vain', { passed: false }, false],
    ['that was left out', { omitted: true }, false],
    ['that fenced', { fenced: 'done', reached: true }, true],
    ['that took an order', { ordered: true }, true],
    ['that says nothing', null, true],
    ['that lists nothing to salvage', { salvaged: true, count: 0 }, true],
  ])('%s: %j', (_, output, carriedOut) => expect(wasCarriedOut(output)).toBe(carriedOut));

  it('proves itself, or what its plan says that it does', () => {
    expect(provenBy({ key: 'promote-eu-west-1' }, null)).toEqual(['promote-eu-west-1']);
    const drill = { key: 'promote-drill-eu-west-1', proves: ['promote-eu-west-1'] };
    expect(provenBy(drill, { seconds: 4 })).toEqual(['promote-eu-west-1']);
    expect(provenBy(drill, { reached: false })).toEqual([]);
    expect(provenBy({ key: 'dry-promote-eu-west-1', proves: [] }, { passed: true })).toEqual([]);
  });
});
