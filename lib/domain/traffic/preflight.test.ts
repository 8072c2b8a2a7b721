import { describe, expect, it } from 'vitest';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import type { Freeze } from '../freeze/freeze.ts';
import type { Observed, RecordsObservation, TrafficObservation } from '../observation/kinds.ts';
import type { Check } from '../operation/plan.ts';
import { totalRequests } from './check-load.ts';
import { largestSafePoints, movedPoints } from './largest-step.ts';
import { openChecks, preflightShift } from './preflight.ts';
import type { RegionFacts, ShiftChange, ShiftFacts } from './shift-facts.ts';
import { plannedShares, solveShift } from './solve.ts';
import { globalShares, type WeightMatrix } from './weights.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');
const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';

const estate = seedEstate();
const environment = environmentOf(estate);

function seen<T>(value: T, ageSeconds = 2): Observed<T> {
  return { value, observedAt: new Date(NOW.getTime() - ageSeconds * 1_000).toISOString(), error: null };
}

/** Never seen, and why. */
const unseen = (error: string | null = null): Observed<never> => ({ value: null, observedAt: null, error });

const live: WeightMatrix = Object.fromEntries(
  estate.geographies.map(({ key, homeRegion }) => [
    key,
    Object.fromEntries(estate.regions.map(({ code }) => [code, code === homeRegion ? 100 : 0])),
  ]),
);

const records: RecordsObservation = { zoneId: 'Z1', weights: live, recordWeights: {}, hash: 'a'.repeat(64) };

function traffic(requestsPerSecond: number, changes: Partial<TrafficObservation> = {}): TrafficObservation {
  const group = { requestsPerSecond, errorRate: 0, p95Ms: 90 };
  return {
    requestsPerSecond,
    errorRate: 0,
    p50Ms: 30,
    p95Ms: 90,
    p99Ms: 140,
    reads: group,
    writes: group,
    cpu: 0.4,
    memory: 0.5,
    ...changes,
  };
}

function factsOf(code: string, changes: Partial<RegionFacts> = {}): RegionFacts {
  const region = estate.regions.find((candidate) => candidate.code === code);
  if (!region) throw new Error(`No Region ${code}.`);
  return {
    code,
    nodes: seen({ ready: region.nodes.ready, total: region.nodes.ready }),
    nodeGroup: seen({
      minimum: region.nodes.min,
      maximum: region.nodes.max,
      desired: region.nodes.ready,
      status: 'ACTIVE',
    }),
    healthCheck: seen({ region: code, healthy: true, percentHealthy: 100 }),
    database: unseen(),
    alarms: seen({ inAlarm: [], total: 6 }),
    traffic: seen(traffic(20 * region.plan.trafficShare)),
    lag:
      region.database.role === 'replica'
        ? seen({ seconds: 0.4, bytes: 2_048, class: 'ok', idle: false })
        : null,
    version: '1.4.0',
    ...changes,
  };
}

function facts(
  byRegion: Record<string, Partial<RegionFacts>> = {},
  changes: Partial<ShiftFacts> = {},
): ShiftFacts {
  return {
    now: NOW,
    records: seen(records),
    regions: environment.regions.map((code) => factsOf(code, byRegion[code])),
    holder: null,
    freezes: [],
    ...changes,
  };
}

function changeTo(after: WeightMatrix): ShiftChange {
  const shares = (matrix: WeightMatrix) => globalShares(matrix, plannedShares(estate), environment.regions);
  return { before: live, after, sharesBefore: shares(live), sharesAfter: shares(after) };
}

function drain(region: string, points?: number): ShiftChange {
  const solved = solveShift(estate, environment.regions, live, {
    mode: 'drain',
    region,
    ...(points ? { points } : {}),
    ramp: { kind: 'immediate' },
  });
  if (!solved.ok) throw new Error(solved.message);
  return changeTo(solved.matrix);
}

const TEN_POINTS = drain(US, 10);

function check(code: string, given: ShiftFacts, change = TEN_POINTS): Check {
  const found = preflightShift(estate, environment, given, change).checks.find(
    (candidate) => candidate.code === code,
  );
  if (!found) throw new Error(`There is no check ${code}.`);
  return found;
}

const freeze = (changes: Partial<Freeze>): Freeze => ({
  name: null,
  actionKind: null,
  by: 'Olga Operator',
  exceptions: [],
  id: 'f1',
  environment: 'production',
  region: null,
  kind: null,
  stopTheLine: false,
  reason: 'Black Friday',
  startsAt: '2026-11-23T00:00:00.000Z',
  endsAt: '2026-11-24T00:00:00.000Z',
  ...changes,
});

describe('ten points from US, everything well', () => {
  const preflight = preflightShift(estate, environment, facts(), TEN_POINTS);

  it('passes, but for nodes to start: of both receivers first, and of the rest if one were lost', () => {
    // 40 / 36 / 24 % of 20 requests/s: EU needs 15 of 12 ready nodes, AP 10 of 8.
    expect(preflight.checks.filter(({ verdict }) => verdict !== 'pass').map(({ code }) => code)).toEqual([
      `capacity-${EU}`,
      `capacity-${AP}`,
      'survivability',
      'peak',
    ]);
    expect(preflight.preScaled).toEqual([
      { region: EU, nodes: 3 },
      { region: AP, nodes: 2 },
    ]);
    expect(openChecks(preflight.checks, [])).toEqual([]);
    expect(preflight.receivers).toEqual([EU, AP]);
    expect(preflight.load).toBe(20);
  });

  it('binds an approval to classes, not to numbers', () => {
    expect(preflight.classes).toEqual({
      [`capacity of ${EU}`]: 'pre-scale',
      [`capacity of ${AP}`]: 'pre-scale',
      [`health of ${EU}`]: 'healthy',
      [`health of ${AP}`]: 'healthy',
      [`database lag of ${EU}`]: 'ok',
      [`database lag of ${AP}`]: 'ok',
    });
  });

  it('says in sentences with numbers and the age of what they rest on', () => {
    expect(check(`capacity-${EU}`, facts())).toEqual({
      code: `capacity-${EU}`,
      verdict: 'warn',
      region: EU,
      message: `${EU} needs 15 nodes and has 12 ready, so it is scaled up first (21 of 30 may be used).`,
      observedAt: '2026-11-23T09:59:58.000Z',
    });
    expect(check('load', facts()).message).toBe('Reckoned with 20 requests/s over all Regions.');
    expect(check(`health-${EU}`, facts()).message).toBe(`${EU} is healthy: error rate 0.00 %, p95 90 ms.`);
    expect(check(`lag-${AP}`, facts()).message).toBe(`Database lag of ${AP} is 0.4 s.`);
    expect(check('one-at-a-time', facts()).observedAt).toBeNull();
  });

  it('every sentence ends once', () => {
    for (const { message } of preflight.checks) expect(message).toMatch(/[^.]\.$/);
  });
});

describe('each check', () => {
  it.each<[string, string, ShiftFacts, Check['verdict'], string]>([
    [
      'another operation',
      'one-at-a-time',
      facts({}, { holder: { id: 'OP-1001', title: 'Traffic shift' } }),
      'warn',
      'OP-1001, Traffic shift, holds the environment',
    ],
    [
      'a freeze',
      'freeze',
      facts({}, { freezes: [freeze({})] }),
      'refuse',
      'Changes are frozen until 2026-11-24 00:00 UTC, set by Olga Operator: Black Friday.',
    ],
    [
      'a stopped line',
      'freeze',
      facts({}, { freezes: [freeze({ stopTheLine: true, endsAt: null, reason: 'Incident 7.' })] }),
      'refuse',
      'The line is stopped until it is released, set by Olga Operator: Incident 7.',
    ],
    [
      'a freeze of a Region that gives',
      'freeze',
      facts({}, { freezes: [freeze({ region: US })] }),
      'refuse',
      'frozen',
    ],
    [
      'a freeze of another environment',
      'freeze',
      facts({}, { freezes: [freeze({ environment: 'staging' })] }),
      'pass',
      'No freeze covers it.',
    ],
    [
      'a freeze of another kind',
      'freeze',
      facts({}, { freezes: [freeze({ kind: 'deployment' })] }),
      'pass',
      'No freeze',
    ],
    [
      'a freeze that is over',
      'freeze',
      facts({}, { freezes: [freeze({ endsAt: NOW.toISOString() })] }),
      'pass',
      'No freeze',
    ],
    [
      'Route 53 down',
      'route53',
      facts({}, { records: { ...seen(records), error: '503 ServiceUnavailable' } }),
      'refuse',
      "Route 53's control plane, in us-east-1, does not answer: 503 ServiceUnavailable.",
    ],
    [
      'records of long ago',
      'route53',
      facts({}, { records: seen(records, 16) }),
      'unknown',
      'last read 16 s ago. Unknown is not safe.',
    ],
    [
      'records never read',
      'route53',
      facts({}, { records: unseen() }),
      'unknown',
      'The live records are not known. Unknown is not safe.',
    ],
    [
      'traffic never seen',
      'load',
      facts({ [US]: { traffic: unseen() } }),
      'warn',
      'Reckoned with 35 requests/s over all Regions: us-east-1 never reported its traffic; its planned share of peak counts.',
    ],
    [
      'traffic of long ago',
      'load',
      facts({ [US]: { traffic: seen(traffic(10), 200) } }),
      'warn',
      'us-east-1 last reported its traffic 3 min ago',
    ],
    [
      'too few nodes even scaled',
      `capacity-${AP}`,
      facts({ [AP]: { nodeGroup: seen({ minimum: 3, maximum: 12, desired: 8, status: 'ACTIVE' }) } }),
      'refuse',
      `${AP} cannot carry it: 10 nodes would be needed, 8 are ready and 8, 70 % of its 12, is the most a shift may use.`,
    ],
    [
      'nodes enough',
      `capacity-${EU}`,
      facts({ [EU]: { nodes: seen({ ready: 15, total: 15 }) } }),
      'pass',
      `${EU} carries it: 15 of 15 ready nodes.`,
    ],
    [
      'nodes never seen',
      `capacity-${EU}`,
      facts({ [EU]: { nodes: unseen('ECONNRESET') } }),
      'unknown',
      `Ready nodes of ${EU} are not known: not observed; ECONNRESET. Unknown is not safe.`,
    ],
    [
      'nodes seen long ago',
      `capacity-${EU}`,
      facts({ [EU]: { nodes: seen({ ready: 30, total: 30 }, 16) } }),
      'unknown',
      'last seen 16 s ago',
    ],
    [
      'an unhealthy receiver',
      `health-${EU}`,
      facts({ [EU]: { healthCheck: seen({ region: EU, healthy: false, percentHealthy: 0 }) } }),
      'refuse',
      'fails its Route 53 health check',
    ],
    [
      'a health check that says nothing',
      `health-${EU}`,
      facts({ [EU]: { healthCheck: seen({ region: EU, healthy: null, percentHealthy: null }) } }),
      'unknown',
      'its health check has not reported. Unknown is not safe.',
    ],
    [
      'a health check of long ago',
      `health-${EU}`,
      facts({ [EU]: { healthCheck: seen({ region: EU, healthy: true, percentHealthy: 100 }, 60) } }),
      'unknown',
      'last seen 60 s ago',
    ],
    [
      'a health check never read',
      `health-${EU}`,
      facts({ [EU]: { healthCheck: unseen('AccessDenied') } }),
      'unknown',
      'not observed; AccessDenied',
    ],
    [
      'a receiver that errs',
      `health-${EU}`,
      facts({ [EU]: { traffic: seen(traffic(6, { errorRate: 0.02 })) } }),
      'refuse',
      'is failing: error rate 2.00 %, p95 90 ms. A shift would revert at once.',
    ],
    [
      'a receiver that is slow',
      `health-${EU}`,
      facts({ [EU]: { traffic: seen(traffic(6, { p95Ms: 501 })) } }),
      'refuse',
      'is failing',
    ],
    [
      'a receiver whose balancer fails all of it',
      `health-${EU}`,
      facts({ [EU]: { traffic: seen(traffic(6, { errorRate: 1, p95Ms: null })) } }),
      'refuse',
      'is failing: error rate 100.00 %, no response times',
    ],
    [
      'a receiver between its bands by errors',
      `health-${EU}`,
      facts({ [EU]: { traffic: seen(traffic(6, { errorRate: 0.001 })) } }),
      'warn',
      'a shift would hold',
    ],
    [
      'a receiver between its bands by speed',
      `health-${EU}`,
      facts({ [EU]: { traffic: seen(traffic(6, { p95Ms: 200 })) } }),
      'warn',
      'gates pass below 0.1 % and 200 ms',
    ],
    [
      'a receiver nobody uses',
      `health-${EU}`,
      facts({ [EU]: { traffic: seen(traffic(0, { errorRate: null, p95Ms: null })) } }),
      'pass',
      'is healthy: no traffic to judge.',
    ],
    [
      'a receiver whose metrics are silent',
      `health-${EU}`,
      facts({ [EU]: { traffic: unseen('TimeoutError') } }),
      'unknown',
      'not observed; TimeoutError. Unknown is not safe.',
    ],
    [
      'a receiver whose metrics are old',
      `health-${EU}`,
      facts({ [EU]: { traffic: seen(traffic(6), 31) } }),
      'unknown',
      'last seen 31 s ago',
    ],
    [
      'an alarm',
      `alarms-${EU}`,
      facts({
        [EU]: {
          alarms: seen({ total: 6, inAlarm: [{ name: 'p95', reason: 'Threshold crossed', since: '' }] }),
        },
      }),
      'refuse',
      `Alarm in ${EU}: p95. Threshold crossed.`,
    ],
    [
      'several alarms',
      `alarms-${EU}`,
      facts({
        [EU]: {
          alarms: seen({
            total: 6,
            inAlarm: ['a', 'b', 'c'].map((name) => ({ name, reason: 'r.', since: '' })),
          }),
        },
      }),
      'refuse',
      `Alarm in ${EU}: a and 2 more. r.`,
    ],
    [
      'alarms not known',
      `alarms-${EU}`,
      facts({ [EU]: { alarms: unseen() } }),
      'unknown',
      `Alarms of ${EU} are not known: not observed. Unknown is not safe.`,
    ],
    [
      'lag idle',
      `lag-${EU}`,
      facts({ [EU]: { lag: seen({ seconds: 200, bytes: 0, class: 'ok', idle: true }) } }),
      'pass',
      'is idle and caught up.',
    ],
    [
      'lag over the warning',
      `lag-${EU}`,
      facts({ [EU]: { lag: seen({ seconds: 6.2, bytes: 9, class: 'warning', idle: false }) } }),
      'accept',
      'is 6.2 s, above 5 s. Users sent there read older data.',
    ],
    [
      'lag critical',
      `lag-${EU}`,
      facts({ [EU]: { lag: seen({ seconds: 40, bytes: 9, class: 'critical', idle: false }) } }),
      'refuse',
      'over the critical 30 s. Users sent there would read the past.',
    ],
    [
      'lag that is not known',
      `lag-${EU}`,
      facts({ [EU]: { lag: seen({ seconds: null, bytes: null, class: 'unknown', idle: false }) } }),
      'unknown',
      'it does not replicate, or does not report. Unknown is not safe.',
    ],
    [
      'lag never seen',
      `lag-${EU}`,
      facts({ [EU]: { lag: unseen('Throttling') } }),
      'unknown',
      'not observed; Throttling',
    ],
    [
      'lag of long ago',
      `lag-${EU}`,
      facts({ [EU]: { lag: seen({ seconds: 0.4, bytes: 0, class: 'ok', idle: false }, 31) } }),
      'unknown',
      'last seen 31 s ago',
    ],
  ])('%s', (_, code, given, verdict, message) => {
    const found = check(code, given);
    expect(found.verdict).toBe(verdict);
    expect(found.message).toContain(message);
  });

  it.each<[string, Partial<RegionFacts>]>([
    ['critical', { lag: seen({ seconds: 40, bytes: 9, class: 'critical', idle: false }) }],
    ['over the warning', { lag: seen({ seconds: 6, bytes: 9, class: 'warning', idle: false }) }],
    ['unknown', { lag: unseen() }],
  ])('lag that is %s stops nobody where it receives nobody', (_, changes) => {
    const toUs = drain(AP);
    const found = check(`lag-${AP}`, facts({ [AP]: changes }), toUs);
    expect(found.verdict).toBe('warn');
    expect(found.message).toContain('It is not a receiver.');
  });

  it('a revert is not frozen', () => {
    const { checks } = preflightShift(
      estate,
      environment,
      facts({}, { freezes: [freeze({})] }),
      TEN_POINTS,
      'traffic-revert',
    );
    expect(checks.find(({ code }) => code === 'freeze')?.verdict).toBe('pass');
  });
});

describe('who receives', () => {
  it('is everybody who gets users they did not have, planned to have a share or not', () => {
    const change = changeTo({ ...live, any: { [US]: 0, [EU]: 100, [AP]: 0 } });
    const preflight = preflightShift(estate, environment, facts(), change);
    expect(preflight.receivers).toEqual([EU]);
    expect(check(`health-${EU}`, facts({ [EU]: { healthCheck: unseen() } }), change).verdict).toBe('unknown');
    expect(check('freeze', facts({}, { freezes: [freeze({ region: EU })] }), change).verdict).toBe('refuse');
  });

  it('the giver need not be well', () => {
    const sick = facts({
      [US]: { healthCheck: unseen(), alarms: unseen(), nodes: unseen(), traffic: seen(traffic(10), 300) },
    });
    const { checks } = preflightShift(estate, environment, sick, TEN_POINTS);
    // Its nodes are not known: whether it could take more than its own users again is for somebody to accept.
    expect(openChecks(checks, []).map(({ code, verdict }) => [code, verdict])).toEqual([
      ['survivability', 'accept'],
    ]);
    expect(openChecks(checks, ['survivability'])).toEqual([]);
  });
});

describe('residency', () => {
  const europeOut = drain(EU, 15);
  const code = 'residency-eu';

  it('of European users needs an acknowledgement', () => {
    expect(check(code, facts(), europeOut)).toMatchObject({
      verdict: 'accept',
      message: `50.0 % of users in Europe, Middle East, Africa would newly be served from ${US}, outside EU.`,
      acceptance: 'I accept that EU users are served outside EU while this lasts',
    });
  });

  it('once acknowledged, stops nobody', () => {
    const { checks } = preflightShift(estate, environment, facts(), europeOut);
    expect(openChecks(checks, []).map((open) => open.code)).toContain(code);
    expect(openChecks(checks, [code]).map((open) => open.code)).not.toContain(code);
  });

  it('of others is no matter', () => {
    expect(check('residency', facts()).verdict).toBe('pass');
  });

  it('what is refused or unknown cannot be acknowledged away', () => {
    const { checks } = preflightShift(
      estate,
      environment,
      facts({
        [EU]: { nodes: unseen() },
        [AP]: { alarms: seen({ total: 1, inAlarm: [{ name: 'x', reason: 'y', since: '' }] }) },
      }),
      TEN_POINTS,
    );
    const all = checks.map(({ code }) => code);
    expect(openChecks(checks, all).map(({ code }) => code)).toEqual([`capacity-${EU}`, `alarms-${AP}`]);
  });
});

describe('survival and peak', () => {
  const nodes = (ready: number, ageSeconds = 2) => ({ nodes: seen({ ready, total: ready }, ageSeconds) });
  const upTo = (maximum: number) => ({
    nodeGroup: seen({ minimum: 3, maximum, desired: 8, status: 'ACTIVE' }),
  });
  const busy = {
    [US]: { traffic: seen(traffic(25)) },
    [EU]: { traffic: seen(traffic(15)) },
    [AP]: { traffic: seen(traffic(10)) },
  };
  const plenty = { [US]: nodes(50), [EU]: nodes(30), [AP]: nodes(20) };
  const accepted = (lost: string) => `I accept that losing ${lost} could not be survived at this load`;
  const acceptedUnknown = (lost: string) =>
    `I accept that nobody knows whether losing ${lost} could be survived at this load`;

  it.each<[string, Record<string, Partial<RegionFacts>>, Check['verdict'], string, string?]>([
    [
      'ready nodes carry it',
      plenty,
      'pass',
      `If ${US} were lost then: ${EU} would need 24 nodes, has 30 ready and may have 30; ${AP} would need 16 nodes, has 20 ready and may have 20.`,
    ],
    [
      'nodes have to be started',
      {},
      'warn',
      `If ${US} were lost then: ${EU} would need 24 nodes, has 12 ready and may have 30; ${AP} would need 16 nodes, has 8 ready and may have 20. 20 nodes would have to be started first.`,
    ],
    [
      'one node has to be started',
      { ...plenty, [EU]: nodes(23) },
      'warn',
      `If ${US} were lost then: ${EU} would need 24 nodes, has 23 ready and may have 30; ${AP} would need 16 nodes, has 20 ready and may have 20. 1 node would have to be started first.`,
    ],
    [
      // All maxima of the survivors together would carry it.
      'one of the rest may not have as many',
      { [EU]: upTo(20), [AP]: upTo(40) },
      'accept',
      `If ${US} were lost then: ${EU} would need 24 nodes, has 12 ready and may have 20; ${AP} would need 16 nodes, has 8 ready and may have 40. The rest could not carry the load of now.`,
      accepted(US),
    ],
    [
      'full load',
      busy,
      'accept',
      `If ${US} were lost then: ${EU} would need 60 nodes, has 12 ready and may have 30`,
      accepted(`${US} or ${EU} or ${AP}`),
    ],
    [
      'what is ready was seen too long ago',
      { ...plenty, [EU]: nodes(30, 600) },
      'accept',
      `${EU} would need 24 nodes and may have 30, how many are ready is not known (last seen 10 min ago)`,
      acceptedUnknown(`${US} or ${AP}`),
    ],
    [
      'what is ready was never seen',
      { ...plenty, [AP]: { nodes: unseen('TimeoutError') } },
      'accept',
      `(not observed; TimeoutError). If ${EU} were lost`,
      acceptedUnknown(`${US} or ${EU}`),
    ],
    [
      'one is too small and another not known',
      { [EU]: { ...upTo(20), nodes: unseen() } },
      'accept',
      'The rest could not carry the load of now.',
      accepted(US),
    ],
  ])('with %s', (_, given, verdict, message, acceptance) => {
    const found = check('survivability', facts(given));
    expect({ verdict: found.verdict, acceptance: found.acceptance }).toEqual({ verdict, acceptance });
    expect(found.message).toContain(message);
  });

  it('is asked of each Region: room that AP has not is not in US', () => {
    const change = changeTo({ ...live, na: { [US]: 20, [EU]: 80, [AP]: 0 } });
    const found = check('survivability', facts(), change);
    expect(found.verdict).toBe('accept');
    expect(found.message).toContain(
      `If ${EU} were lost then: ${US} would need 14 nodes, has 20 ready and may have 50; ${AP} would need 27 nodes, has 8 ready and may have 20.`,
    );
  });

  it('does not keep users in a Region because nobody knows its nodes', () => {
    const ailing = { ...plenty, [EU]: { ...nodes(60), ...upTo(60) }, [AP]: { nodes: unseen() } };
    expect(check('survivability', facts(ailing), drain(AP)).verdict).toBe('pass');
    expect(check('survivability', facts(ailing), drain(AP, 5)).verdict).toBe('accept');
  });

  it('has nothing to say where there is one Region', () => {
    expect(check('survivability', facts({}, { regions: [factsOf(US)] })).message).toBe(
      'There is no second Region to lose.',
    );
  });

  it('says what peak would ask of a Region', () => {
    expect(check('peak', facts(), drain(US)).message).toBe(
      `At peak, 50 requests/s: ${EU} would need 60 nodes and may have 30, ${AP} would need 40 nodes and may have 20.`,
    );
  });

  it('says so when every Region’s maximum carries its share', () => {
    const change = changeTo({ ...live, any: { [US]: 0, [EU]: 100, [AP]: 0 } });
    expect(check('peak', facts(), change).verdict).toBe('pass');
  });
});

describe('the largest safe step', () => {
  const largest = (given: ShiftFacts, change = TEN_POINTS) =>
    largestSafePoints(estate, environment, given, change, 20);

  it('is where a receiver would pass 70 % of its nodes', () => {
    // AP: 14 of 20 nodes carry 7 requests/s, 35 % of 20: 15 points more, and EU gets 1.5 times as many.
    expect(largest(facts())).toBeCloseTo(37.5, 9);
  });

  it('is none where what is ready is not known', () => {
    expect(largest(facts({ [EU]: { nodes: unseen() } }))).toBe(0);
    expect(largest(facts({ [EU]: { nodes: seen({ ready: 12, total: 12 }, 600) } }))).toBe(0);
  });

  it('is everything where all of it fits', () => {
    const roomy = { minimum: 3, maximum: 100, desired: 8, status: 'ACTIVE' };
    expect(largest(facts({ [EU]: { nodeGroup: seen(roomy) }, [AP]: { nodeGroup: seen(roomy) } }))).toBeNull();
  });

  it('counts points once, where they arrive', () => {
    expect(movedPoints(TEN_POINTS)).toBeCloseTo(10, 9);
    expect(movedPoints({ sharesBefore: { a: 0.5, b: 0.5 }, sharesAfter: { a: 0.5, b: 0.5 } })).toBe(0);
  });
});

it('load is the sum of what Regions last reported', () => {
  expect(totalRequests(facts())).toBe(20);
  expect(totalRequests(facts({ [EU]: { traffic: unseen() } }))).toBe(14);
});
