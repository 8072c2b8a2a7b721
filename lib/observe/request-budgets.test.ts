import { describe, expect, it } from 'vitest';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { REQUEST_BUDGETS } from '#lib/domain/observation/request-budget.ts';
import { seedEstate } from '#test/seed-estate.ts';
import type { Collector } from './collector.ts';
import { globalCollectors } from './collectors/global.ts';
import { regionCollectors } from './collectors/region.ts';
import { createRequestBudgets } from './request-budgets.ts';

const GLOBAL = 'us-east-1';

/** Of its Regions, so many: the first ones declared, then copies under other codes. */
function estateOf(regions: number, periodSeconds: number): Estate {
  const estate = seedEstate();
  estate.metrics.periodSeconds = periodSeconds;
  const [model] = estate.regions;
  if (!model) throw new Error('The estate has no Region.');
  while (estate.regions.length < regions)
    estate.regions.push({ ...structuredClone(model), code: `xx-test-${estate.regions.length}` });
  return estate;
}

/**
 * Calls of one look, pages too: two of them wherever a list may have more than one, and at every Region ten records a
 * geography and four health checks in the zone. Of every switch that could be off, one is.
 */
function callsOf({ service }: Collector, regions: number): number {
  if (service === 'route53') return 2 + Math.ceil((regions * 40) / 300) + Math.ceil((regions * 4) / 100);
  return service === 'eks' ? 1 : 2;
}

/** Everything that is due in an hour, asked as the loops ask it, with a worker that was just elected; what had to wait. */
function deferredIn(estate: Estate, seconds: number): string[] {
  let nowMs = 0;
  const { periodSeconds } = estate.metrics;
  const budgets = createRequestBudgets(periodSeconds, () => nowMs);
  const loops = [
    { askedIn: GLOBAL, collectors: globalCollectors([]) },
    ...estate.regions.map((region) => ({
      askedIn: region.code,
      collectors: regionCollectors(estate, region),
    })),
  ];
  const dueAtMs = new Map<string, number>();
  const deferred: string[] = [];
  for (; nowMs < seconds * 1_000; nowMs += periodSeconds * 1_000) {
    for (const [index, { askedIn, collectors }] of loops.entries()) {
      for (const [place, collector] of collectors.entries()) {
        const key = `${index} ${place}`;
        if ((dueAtMs.get(key) ?? 0) > nowMs) continue;
        const short = budgets.shortOf(collector.service, askedIn);
        if (short !== undefined) deferred.push(short);
        budgets.spend(collector.service, askedIn, callsOf(collector, estate.regions.length));
        dueAtMs.set(key, nowMs + collector.everySeconds(periodSeconds) * 1_000);
      }
    }
  }
  return deferred;
}

describe('budgets of requests', () => {
  it.each<[string, number, number]>([
    ['the lab, three Regions each 5 s', 3, 5],
    ['three Regions on AWS, each 60 s', 3, 60],
    ['thirty Regions each 5 s', 30, 5],
    ['thirty Regions on AWS', 30, 60],
  ])('put off nothing of %s', (_, regions, periodSeconds) => {
    expect(deferredIn(estateOf(regions, periodSeconds), 3_600)).toEqual([]);
  });

  it('cover every service of AWS that collectors ask', () => {
    const estate = estateOf(3, 60);
    const asked = [
      ...globalCollectors([]),
      ...estate.regions.flatMap((region) => regionCollectors(estate, region)),
    ];
    const without = new Set(
      asked.map(({ service }) => service).filter((service) => !(service in REQUEST_BUDGETS)),
    );
    // Name servers and databases are asked directly, and throttle no account.
    expect([...without].sort()).toEqual(['dns', 'postgresql']);
  });

  it('are of one service in one Region', () => {
    const budgets = createRequestBudgets(60, () => 0);
    budgets.spend('rds', 'eu-west-1', 4);
    expect(budgets.shortOf('rds', 'eu-west-1')).toBe(
      'deferred to a later round: the budget of requests to rds in eu-west-1 is spent for 15 s',
    );
    expect(budgets.shortOf('rds', GLOBAL)).toBeUndefined();
    expect(budgets.shortOf('ec2', 'eu-west-1')).toBeUndefined();
  });

  it('are shared by whoever asks there', () => {
    const budgets = createRequestBudgets(60, () => 0);
    // The Region's own collectors, and those of what is global.
    budgets.spend('cloudwatch', GLOBAL, 30);
    expect(budgets.shortOf('cloudwatch', GLOBAL)).toBeUndefined();
    budgets.spend('cloudwatch', GLOBAL, 10);
    expect(budgets.shortOf('cloudwatch', GLOBAL)).toContain('cloudwatch in us-east-1');
  });

  it('fill up again, and no further than full', () => {
    let nowMs = 0;
    const budgets = createRequestBudgets(60, () => nowMs);
    budgets.spend('route53', GLOBAL, 60);
    expect(budgets.shortOf('route53', GLOBAL)).toContain('is spent for 21 s');
    nowMs = 20_000;
    expect(budgets.shortOf('route53', GLOBAL)).toContain('is spent for 1 s');
    nowMs = 20_500;
    expect(budgets.shortOf('route53', GLOBAL)).toBeUndefined();
    nowMs = 3_600_000;
    budgets.spend('route53', GLOBAL, 20);
    expect(budgets.shortOf('route53', GLOBAL)).toBeDefined();
  });

  it('leave alone what throttles no account', () => {
    const budgets = createRequestBudgets(60, () => 0);
    budgets.spend('dns', 'global', 1_000);
    expect(budgets.shortOf('dns', 'global')).toBeUndefined();
  });
});
