import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AP,
  copyOfEstate,
  databaseOf,
  EU,
  homeWeights,
  NOW,
  outlook,
  type RegionChanges,
  seen,
  stale,
  switchedZone,
  US,
  unseen,
} from '#test/recovery-facts.ts';
import type { CanariesObservation } from '../observation/kinds.ts';
import { type Detection, detectionTime, detectRegions, type RegionDetection } from './detection.ts';
import { type Outlook, type RecoveryFacts, requireDeclared } from './facts.ts';

const LATER = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

/** What the canary of a Region saw, as shares of its runs: reads and, where given, orders of each target. */
function canary(
  reads: Record<string, number>,
  writes: Record<string, number> = {},
  now = NOW,
): { canaries: ReturnType<typeof seen<CanariesObservation>> } {
  const probes = (path: 'reads' | 'writes', shares: Record<string, number>) =>
    Object.entries(shares).map(([target, success]) => ({ target, path, success, at: now.toISOString() }));
  return { canaries: seen({ probes: [...probes('reads', reads), ...probes('writes', writes)] }, 0, now) };
}

const checkers = (region: string, healthy: boolean | null, now = NOW) => ({
  healthCheck: seen({ region, healthy, percentHealthy: healthy ? 100 : 0 }, 0, now),
});

function at(seconds: number, byRegion: RegionChanges, changes: Partial<RecoveryFacts> = {}): Outlook {
  return outlook(byRegion, { now: LATER(seconds), ...changes });
}

/** Canaries and checkers of all three Regions at a time, all well but for what is given. */
function scene(
  seconds: number,
  down: { checkers?: string[]; canaries?: Record<string, string[]>; silent?: string[] },
): Outlook {
  const now = LATER(seconds);
  const codes = [US, EU, AP];
  const byRegion: RegionChanges = Object.fromEntries(
    codes.map((code) => {
      const reads = Object.fromEntries(
        codes.filter((to) => to !== code).map((to) => [to, down.canaries?.[code]?.includes(to) ? 0 : 1]),
      );
      const canaries = down.silent?.includes(code)
        ? { canaries: stale<CanariesObservation>({ probes: [] }) }
        : canary(reads, reads, now);
      return [code, { ...canaries, ...checkers(code, !down.checkers?.includes(code), now) }];
    }),
  );
  return at(seconds, byRegion);
}

function fold(...outlooks: Outlook[]): Detection {
  const folded = outlooks.reduce<Detection | null>((previous, given) => detectRegions(given, previous), null);
  if (!folded) throw new Error('Nothing was looked at.');
  return folded;
}

function of(detection: Detection, region: string): RegionDetection {
  const found = detection.regions.find((candidate) => candidate.region === region);
  if (!found) throw new Error(`No ${region}.`);
  return found;
}

describe('whether a Region is failing', () => {
  it('serves while those outside see it up', () => {
    const detection = fold(scene(0, {}));
    expect(detection.regions.map(({ state }) => state)).toEqual(['serving', 'serving', 'serving']);
    expect(of(detection, US)).toMatchObject({
      since: NOW.toISOString(),
      reason:
        'us-east-1 is seen up by Route 53’s checkers, the canary in eu-west-1 and the canary in ap-southeast-1.',
    });
  });

  it('takes the checkers and a canary that failed twice', () => {
    const lost = { checkers: [US], canaries: { [EU]: [US] } };
    const first = fold(scene(0, lost));
    expect(of(first, US).state).toBe('suspect');
    const second = fold(scene(0, lost), scene(5, lost));
    expect(of(second, US).state).toBe('failing');
    expect(of(second, US).reason).toBe(
      'us-east-1 is seen down by Route 53’s checkers and the canary in eu-west-1, not by the canary in ap-southeast-1.',
    );
  });

  it.each<[string, Parameters<typeof scene>[1], Record<string, string>]>([
    [
      'by everybody',
      { checkers: [US], canaries: { [EU]: [US], [AP]: [US] }, silent: [US] },
      { [US]: 'failing', [EU]: 'serving', [AP]: 'serving' },
    ],
    [
      'by two canaries and not by the checkers',
      { canaries: { [EU]: [US], [AP]: [US] } },
      { [US]: 'failing', [EU]: 'serving', [AP]: 'serving' },
    ],
    ['by one canary alone', { canaries: { [EU]: [US] } }, { [US]: 'suspect', [EU]: 'serving' }],
    ['by the checkers alone', { checkers: [US] }, { [US]: 'suspect' }],
    ['by its own canary, which does not count', { canaries: { [US]: [US] } }, { [US]: 'serving' }],
    [
      'when it is cut off: what its canary says of the others does not count',
      { checkers: [EU], canaries: { [US]: [EU], [AP]: [EU], [EU]: [US, AP] } },
      { [US]: 'serving', [EU]: 'failing', [AP]: 'serving' },
    ],
    [
      'at once with another: nobody is (R-05)',
      { checkers: [US, EU], canaries: { [AP]: [US, EU], [US]: [EU], [EU]: [US] } },
      { [US]: 'suspect', [EU]: 'suspect', [AP]: 'serving' },
    ],
    [
      'all at once, as with a database check inside the canary (R-05)',
      { checkers: [US, EU, AP], canaries: { [US]: [EU, AP], [EU]: [US, AP], [AP]: [US, EU] } },
      { [US]: 'suspect', [EU]: 'suspect', [AP]: 'suspect' },
    ],
  ])('%s', (_, down, expected) => {
    const detection = fold(scene(0, down), scene(5, down));
    for (const [region, state] of Object.entries(expected))
      expect([region, of(detection, region).state]).toEqual([region, state]);
    expect(detection.correlated).toBe(
      Object.values(expected).filter((state) => state === 'suspect').length > 1,
    );
  });

  it('says why nothing is declared when two fall at once', () => {
    const down = { checkers: [US, EU], canaries: { [AP]: [US, EU] } };
    expect(of(fold(scene(0, down), scene(5, down)), EU).reason).toMatch(
      /^us-east-1 and eu-west-1 look down at once\. A common cause is likelier than 2 lost Regions/,
    );
  });

  it('counts no Region that came back fenced among those that fall at once', () => {
    const down = { checkers: [US, AP], canaries: { [EU]: [US, AP], [AP]: [US], [US]: [AP] } };
    const shut = (seconds: number): Outlook => {
      const given = scene(seconds, down);
      const database = databaseOf(requireDeclared(given, US), { securityGroupNames: ['ecommerce-deny-all'] });
      const regions = given.facts.regions.map((region) =>
        region.code === US ? { ...region, database: seen(database, 0, LATER(seconds)) } : region,
      );
      return { ...given, facts: { ...given.facts, regions } };
    };
    const detection = fold(shut(0), shut(5));
    expect(detection.correlated).toBe(false);
    expect(detection.regions.map(({ state }) => state)).toEqual(['failing', 'serving', 'failing']);
  });

  it('is never told from missing data alone', () => {
    const nothing = outlook(
      Object.fromEntries(
        [US, EU, AP].map((code) => [
          code,
          { canaries: unseen(), healthCheck: unseen(), identity: unseen('timed out') },
        ]),
      ),
    );
    const detection = fold(nothing, nothing);
    expect(detection.regions.map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(of(detection, US).reason).toMatch(/^Nothing outside us-east-1 sees it now: /);
  });

  it('Meridian’s own reach is shown and decides nothing', () => {
    const byRegion = {
      [US]: { ...checkers(US, false), identity: stale({ account: '0', arn: '' }, 'timed out') },
    };
    const detection = fold(at(0, byRegion), at(5, byRegion));
    expect(of(detection, US).state).toBe('suspect');
    expect(of(detection, US).vantages.find(({ id }) => id === 'console')).toMatchObject({
      decisive: false,
      sees: 'down',
      detail: 'AWS in us-east-1, asked by Meridian: last seen 60 min ago; timed out',
    });
  });

  it('one failed run of a canary is a suspicion, the second a sight; the same run is not counted twice', () => {
    const down = { canaries: { [EU]: [US] } };
    const twice = fold(scene(0, down), scene(0, down));
    expect(of(twice, US).vantages.find(({ id }) => id === 'canary-eu-west-1')).toMatchObject({
      sees: 'partly',
      failures: 1,
    });
    expect(of(twice, US).reason).toBe(
      'the canary in eu-west-1 reaches us-east-1 only in part, or failed once.',
    );
    const anew = fold(scene(0, down), scene(5, down));
    expect(of(anew, US).vantages.find(({ id }) => id === 'canary-eu-west-1')).toMatchObject({
      sees: 'down',
      failures: 2,
      since: NOW.toISOString(),
    });
  });

  it('began when the first of them saw it, and stays so', () => {
    const early = { canaries: { [EU]: [US] } };
    const all = { checkers: [US], canaries: { [EU]: [US], [AP]: [US] } };
    const detection = fold(scene(0, {}), scene(5, early), scene(10, all), scene(15, all), scene(60, all));
    expect(of(detection, US)).toMatchObject({ state: 'failing', since: LATER(5).toISOString() });
    expect(of(detection, EU)).toMatchObject({ state: 'serving', since: NOW.toISOString() });
  });

  it('serves again only when two see it up', () => {
    const lost = { checkers: [US], canaries: { [EU]: [US], [AP]: [US] } };
    const seenByOne = at(10, {
      [US]: { healthCheck: unseen() },
      [EU]: { ...canary({ [US]: 1 }, {}, LATER(10)) },
      [AP]: { canaries: unseen() },
    });
    const one = fold(scene(0, lost), scene(5, lost), seenByOne);
    expect(of(one, US)).toMatchObject({
      state: 'suspect',
      reason: 'us-east-1 is seen up again by the canary in eu-west-1 alone; it was failing.',
    });
    expect(of(fold(scene(0, lost), scene(5, lost), scene(10, {})), US).state).toBe('serving');
  });

  it('never declares more than one, whatever is seen', () => {
    const sights = fc.record({
      checkers: fc.subarray([US, EU, AP]),
      canaries: fc.record({
        [US]: fc.subarray([EU, AP]),
        [EU]: fc.subarray([US, AP]),
        [AP]: fc.subarray([US, EU]),
      }),
      silent: fc.subarray([US, EU, AP]),
    });
    fc.assert(
      fc.property(fc.array(sights, { minLength: 1, maxLength: 4 }), (scenes) => {
        const detection = fold(...scenes.map((down, i) => scene(i * 5, down)));
        const failing = detection.regions.filter(({ state }) => state === 'failing');
        expect(failing.length).toBeLessThanOrEqual(1);
        for (const { vantages } of failing)
          expect(
            vantages.filter(({ decisive, sees }) => decisive && sees === 'down').length,
          ).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the checkers heard through DNS, when us-east-1 takes their metric along', () => {
  const estate = copyOfEstate();
  const records = seen({ zoneId: 'Z', ...homeWeights(estate), hash: 'h' });
  const answers = (us: number) => seen({ answers: { na: { [US]: us, [EU]: 60 - us } } });
  const blind = { [US]: { ...checkers(US, null) } };
  const behindItsOwn = (given: Outlook): Outlook => {
    const { loadBalancer } = requireDeclared(given, US);
    return { ...given, environment: { ...given.environment, loadBalancers: { [US]: loadBalancer } } };
  };

  it.each<[string, Outlook, string]>([
    ['see it down when its weight is never answered', outlook(blind, { records, dns: answers(0) }), 'down'],
    ['see it up when it is answered', outlook(blind, { records, dns: answers(3) }), 'up'],
    [
      'say nothing of a Region that a switch takes out',
      outlook({ ...blind, [EU]: { switch: seen({ bucket: 'b', off: [US] }) } }, { records, dns: answers(0) }),
      'unknown',
    ],
    [
      'say nothing by a few answers',
      outlook(blind, { records, dns: seen({ answers: { na: { [EU]: 12 } } }) }),
      'unknown',
    ],
    ['say nothing when nobody asked', outlook(blind, { records }), 'unknown'],
    [
      'say nothing of an environment behind a load balancer of its own, which DNS does not answer with',
      behindItsOwn(outlook(blind, { records, dns: answers(3) })),
      'unknown',
    ],
  ])('%s', (_, given, sees) => {
    expect(of(fold(given), US).vantages.find(({ id }) => id === 'route53')?.sees).toBe(sees);
  });
});

describe('orders', () => {
  it.each<[string, Record<string, [number, number, number]>, string, string]>([
    [
      'are taken',
      { [US]: [1, 1, 1], [EU]: [1, 1, 1], [AP]: [1, 1, 1] },
      'up',
      'Orders are taken in every Region that is looked at.',
    ],
    [
      'fail everywhere with the database, and no Region is left for it',
      { [US]: [0, 0, 0], [EU]: [0, 0, 0], [AP]: [0, 0, 0] },
      'down',
      'Orders fail in every Region: that tells of the writer’s database or the paths to it. It is no reason to send readers away.',
    ],
    [
      'fail in one',
      { [US]: [1, 1, 0], [EU]: [1, 1, 0], [AP]: [1, 1, 0] },
      'partly',
      'Orders fail, or fail at times, in ap-southeast-1.',
    ],
  ])('%s', (_, orders, state, reason) => {
    const byRegion = Object.fromEntries(
      Object.entries(orders).map(([code, [us, eu, ap]]) => [
        code,
        canary({ [US]: 1, [EU]: 1, [AP]: 1 }, { [US]: us, [EU]: eu, [AP]: ap }),
      ]),
    );
    const detection = fold(outlook(byRegion), outlook(byRegion));
    expect(detection.orders).toMatchObject({ state, reason });
    expect(detection.regions.every((region) => region.state === 'serving')).toBe(true);
  });

  it('are not known where no canary places any', () => {
    const given = outlook(Object.fromEntries([US, EU, AP].map((code) => [code, canary({ [US]: 1 })])));
    expect(fold(given).orders.state).toBe('unknown');
  });
});

describe('how long detection takes (C-01)', () => {
  it('on AWS: over the minute that the document promises', () => {
    const estate = copyOfEstate();
    estate.metrics.periodSeconds = 60;
    estate.dns.ttlSeconds = 60;
    const time = detectionTime(outlook({}, {}, estate), EU);
    // Checkers: 3 × 10 s and a metric period; canary: two runs and a period.
    expect(time).toMatchObject({
      confirmedSeconds: 180,
      trafficSeconds: 90,
      claimedSeconds: 60,
      source: 'C-01',
    });
    expect(time.parts.map(({ seconds }) => seconds)).toEqual([30, 60, 180]);
    expect(time.message).toBe(
      'Loss of eu-west-1: two vantage points agree after 180 s; DNS has left it 90 s after it fails. The strategy document says under 60 s (L403).',
    );
  });

  it.each<[string, Outlook, string, number | null, number | null]>([
    ['of the lab', outlook(), EU, 15, 35],
    ['of us-east-1, whose metric of the check is lost with it', outlook(), US, 15, 35],
    [
      'with a switch prepared: the endpoint’s own check still tells',
      outlook({}, { zone: seen(switchedZone(copyOfEstate())) }),
      EU,
      15,
      35,
    ],
    ['with records that carry no check', outlook({}, { zone: unseen() }), EU, 15, null],
  ])('%s', (_, given, region, confirmed, traffic) => {
    expect(detectionTime(given, region)).toMatchObject({
      confirmedSeconds: confirmed,
      trafficSeconds: traffic,
    });
  });

  it('counts only canaries that look at the Region', () => {
    const given = outlook({ [EU]: { canaries: unseen() }, [AP]: canary({ [EU]: 1 }) });
    expect(detectionTime(given, US).confirmedSeconds).toBeNull();
    expect(detectionTime(given, EU).confirmedSeconds).toBe(15);
  });

  it('says where no two vantage points can agree', () => {
    const given = outlook();
    const alone = { ...given, environment: { ...given.environment, regions: [US] } };
    expect(detectionTime(alone, US)).toMatchObject({ confirmedSeconds: null });
    expect(detectionTime(alone, US).message).toMatch(
      /there are no two vantage points that could agree on it/,
    );
  });
});
