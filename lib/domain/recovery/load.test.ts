import { describe, expect, it } from 'vitest';
import { AP, EU, outlook, seen, stale, trafficOf, US, unseen } from '#test/recovery-facts.ts';
import type { DnsObservation, Observed } from '../observation/kinds.ts';
import type { Outlook } from './facts.ts';
import { recoveryLoad } from './load.ts';

/** Sixty answers a geography. */
const answering = (...regions: string[]): Observed<DnsObservation> =>
  seen({
    answers: Object.fromEntries(
      ['na', 'eu', 'ap', 'any'].map((geography) => [
        geography,
        Object.fromEntries(regions.map((region) => [region, 60 / regions.length])),
      ]),
    ),
  });

/** Ten requests a second from us-east-1 when it was last heard, the rest as given. */
function silent(rates: { eu: number; ap: number }, dns: Outlook['facts']['dns']): Outlook {
  const given = outlook({
    [US]: { traffic: stale(trafficOf(10)) },
    [EU]: { traffic: seen(trafficOf(rates.eu)) },
    [AP]: { traffic: seen(trafficOf(rates.ap)) },
  });
  return { ...given, facts: { ...given.facts, dns } };
}

const before = { eu: 6, ap: 4 };
const after = { eu: 11, ap: 9 };
const all = recoveryLoad(outlook());

describe('the load of a Region that fell silent', () => {
  it.each<[string, Outlook, number]>([
    ['counts while DNS may send users there', silent(before, answering(US, EU, AP)), all],
    ['counts while DNS is not asked', silent(before, unseen()), all],
    ['is not lost while the others do not show it yet', silent(before, answering(EU, AP)), all],
    ['is not counted twice once they do', silent(after, answering(EU, AP)), all],
  ])('%s', (_, given, load) => {
    expect(recoveryLoad(given)).toBe(load);
  });

  it('is more when the others have more than all of it was', () => {
    expect(recoveryLoad(silent({ eu: 20, ap: 15 }, answering(EU, AP)))).toBeGreaterThan(all);
  });
});
