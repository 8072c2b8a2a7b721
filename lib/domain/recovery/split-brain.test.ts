import { describe, expect, it } from 'vitest';
import { copyOfEstate, databaseOf, EU, NOW, outlook, seen, US, without } from '#test/recovery-facts.ts';
import { requireDeclared } from './facts.ts';
import { foldSplitBrain, type SplitBrain } from './split-brain.ts';

const eu = requireDeclared(outlook(), EU);
const us = requireDeclared(outlook(), US);
const promoted = databaseOf(eu, { role: 'primary', replication: null, sourceArn: null });
const WRITERS = [
  { region: US, instanceId: us.database.instanceId },
  { region: EU, instanceId: eu.database.instanceId },
];
const secondsLater = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

/** Both are primaries; each was observed so many seconds after the first look, and is looked at a second later. */
function both(usAfter: number, euAfter: number) {
  const of = (database: typeof promoted, seconds: number) => {
    const observed = { value: database, observedAt: secondsLater(seconds).toISOString(), error: null };
    return { database: observed, databases: { ...observed, value: { instances: [database] } } };
  };
  const given = outlook({ [US]: of(databaseOf(us), usAfter), [EU]: of(promoted, euAfter) });
  return {
    ...given,
    facts: { ...given.facts, now: secondsLater(Math.max(usAfter, euAfter) + 1) },
  };
}

describe('two that take orders', () => {
  it('are sure once each was seen again, and keep since when', () => {
    const first = foldSplitBrain(both(-5, 0), null);
    expect(first).toEqual({ since: secondsLater(1).toISOString(), writers: WRITERS, confirmed: false });
    // One of them alone may be what was seen before it was shut.
    const half = foldSplitBrain(both(-5, 4), first);
    expect(half?.confirmed).toBe(false);
    const sure = foldSplitBrain(both(5, 6), half);
    expect(sure).toEqual({ since: secondsLater(1).toISOString(), writers: WRITERS, confirmed: true });
  });

  const sure: SplitBrain = { since: NOW.toISOString(), writers: WRITERS, confirmed: true };

  it('have ended when one is seen alone', () => {
    expect(foldSplitBrain(outlook(), sure)).toBeNull();
  });

  it('have not ended because one is not seen any more', () => {
    const given = outlook({ [EU]: { database: seen(promoted), databases: seen({ instances: [promoted] }) } });
    expect(foldSplitBrain(without(US, given), sure)).toEqual(sure);
    expect(foldSplitBrain(without(US, outlook()), sure)).toEqual(sure);
  });

  it('are none while a drill promotes a copy that nobody uses', () => {
    const copy = { ...promoted, instanceId: `${eu.database.instanceId}-drill-1004` };
    const given = outlook({
      [EU]: { databases: seen({ instances: [databaseOf(eu), copy] }) },
    });
    expect(foldSplitBrain(given, null)).toBeNull();
  });

  it('are nothing that was never seen', () => {
    expect(foldSplitBrain(outlook({}, {}, copyOfEstate()), null)).toBeNull();
  });
});
