import { describe, expect, it } from 'vitest';
import type { SliMeasurement, TrafficMeasurement } from '#lib/ports/aws.ts';
import type { ProbeResult } from '#lib/ports/recovery.ts';
import { portDouble } from '#test/port-double.ts';
import { AP, copyOfEstate, databaseOf, EU, US } from '#test/recovery-facts.ts';
import { stepContext } from '#test/step-context.ts';
import { recheck } from './check.ts';
import { requireRegion } from './planning.ts';
import { orderWithin, verifyOrder } from './verify-order.ts';
import { verifyReads } from './verify-reads.ts';

const estate = copyOfEstate();
const us = requireRegion(estate, US);
const eu = requireRegion(estate, EU);
const NOW = Date.parse('2026-11-23T10:00:00.000Z');

const sli = (requests: number, errors = 0, p95Ms: number | null = 90): SliMeasurement => ({
  requests,
  errors,
  p95Ms: requests === 0 ? null : p95Ms,
});
const measured = (region: string, reads: SliMeasurement, writes = sli(0)): TrafficMeasurement => ({
  region,
  reads,
  writes,
  error: null,
});
const silent = (region: string): TrafficMeasurement => ({
  ...measured(region, sli(0)),
  error: 'TimeoutError',
});

function reading(
  traffic: TrafficMeasurement[] | ((window: { fromMs: number; toMs: number }) => TrafficMeasurement[]),
  { named = [EU, AP], ...input }: Record<string, unknown> & { named?: string[] } = {},
  sinceSeconds = 30,
) {
  const aws = portDouble({
    askDns: (_, questions) => Promise.resolve(Object.fromEntries(named.map((code) => [code, questions]))),
    measureTraffic: (window) => Promise.resolve(typeof traffic === 'function' ? traffic(window) : traffic),
  });
  return stepContext({
    aws,
    estate,
    now: () => new Date(NOW),
    outputs: { 'await-dns': { atMs: NOW - sinceSeconds * 1_000 } },
    step: {
      key: 'verify-reads',
      input: { regions: [EU, AP], since: 'await-dns', onFailure: 'hold', ...input },
    },
  });
}

describe('the verdict on reads', () => {
  const well = [silent(US), measured(EU, sli(300)), measured(AP, sli(240))];

  it.each<[string, TrafficMeasurement[], Record<string, unknown> & { named?: string[] }, string]>([
    ['passes, whatever the lost Region does not report', well, {}, 'done'],
    [
      'passes although orders fail there: they are judged apart',
      [...well.slice(0, 2), measured(AP, sli(240), sli(20, 20))],
      {},
      'done',
    ],
    [
      'holds where a Region that serves is silent',
      [silent(US), well[1] ?? silent(EU), silent(AP)],
      {},
      'hold',
    ],
    [
      'passes without a Region that is lost as well: it is silent, and DNS names it nowhere',
      [silent(US), well[1] ?? silent(EU), silent(AP)],
      { named: [EU] },
      'done',
    ],
    [
      'holds without it while that can be put back',
      [silent(US), well[1] ?? silent(EU), silent(AP)],
      { named: [EU], onFailure: 'revert' },
      'hold',
    ],
    [
      'holds where all of them are silent, whatever DNS says',
      [silent(EU), silent(AP)],
      { named: [] },
      'hold',
    ],
    ['holds between the limits', [well[1] ?? silent(EU), measured(AP, sli(240, 0, 300))], {}, 'hold'],
    [
      'goes forward where nothing can be put back',
      [well[1] ?? silent(EU), measured(AP, sli(240, 100))],
      {},
      'hold',
    ],
    [
      'reverts where it can',
      [well[1] ?? silent(EU), measured(AP, sli(240, 100))],
      { onFailure: 'revert' },
      'revert',
    ],
    ['waits for requests', [measured(EU, sli(12)), measured(AP, sli(9))], {}, 'wait'],
    [
      'holds while readers still reach a Region that was emptied',
      [...well.slice(1), measured(US, sli(200))],
      { empty: US },
      'hold',
    ],
    ['passes when hardly any do', [...well.slice(1), measured(US, sli(5))], { empty: US }, 'done'],
  ])('%s', async (_, traffic, input, status) => {
    expect((await verifyReads.run(reading(traffic, input))).status).toBe(status);
  });

  it('waits until resolvers have followed', async () => {
    expect(await verifyReads.run(reading(well, {}, -3))).toMatchObject({
      status: 'wait',
      note: 'Resolvers follow for another 5 s.',
    });
  });

  it('judges the shortest window with enough requests', async () => {
    const windows: number[] = [];
    const traffic = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => {
      windows.push((toMs - fromMs) / 1_000);
      return toMs - fromMs > 100_000
        ? [measured(EU, sli(300)), measured(AP, sli(240))]
        : [measured(EU, sli(20)), measured(AP, sli(10))];
    };
    expect((await verifyReads.run(reading(traffic, {}, 3_600))).status).toBe('done');
    expect(windows).toEqual([60, 300]);
  });

  it('holds for people when requests stay away', async () => {
    expect(
      (await verifyReads.run(reading([measured(EU, sli(2)), measured(AP, sli(1))], {}, 600))).status,
    ).toBe('hold');
  });
});

describe('a test order', () => {
  const order = (status: number | null, error: string | null = null): ProbeResult => ({
    kind: 'order',
    status,
    orderId: 'o-1',
    ms: 40,
    error,
  });

  function placing(results: ProbeResult[], missing: string[][] = [[]], path = true) {
    const left = [...results];
    const there = [...missing];
    const names: string[] = [];
    const aws = portDouble({
      runProbe: async (_region, _task, name) => {
        names.push(name);
        return { result: left.shift() ?? order(null), job: name };
      },
      missingOrders: async () => there.shift() ?? [],
    });
    const writer = { region: EU, instance: { instanceId: eu.database.instanceId } };
    const context = stepContext({
      aws,
      estate,
      step: { key: `verify-order-${AP}`, region: AP, input: { from: AP, writer, path } },
    });
    return { context, names };
  }

  it('is tried until it is taken, says why not meanwhile, and is looked for on the writer', async () => {
    const { context, names } = placing(
      [
        order(503, 'Orders are frozen in ap-southeast-1.'),
        order(503, 'Orders are frozen in ap-southeast-1.'),
        order(201),
      ],
      [['o-1'], []],
    );
    expect(await verifyOrder.run(context)).toMatchObject({
      status: 'done',
      output: { ordered: true, orderId: 'o-1', tries: 3 },
    });
    expect(new Set(names).size).toBe(3);
    expect(context.told.filter((text) => text.includes('frozen'))).toHaveLength(1);
  });

  it.each<[string, ProbeResult[], string[][], RegExp]>([
    [
      'that is not taken',
      Array.from({ length: 50 }, () => order(503, 'Orders are frozen.')),
      [],
      /^No test order placed in ap-southeast-1 has passed for .*: Orders are frozen\.$/,
    ],
    [
      'that the writer does not show',
      [order(201)],
      Array.from({ length: 50 }, () => ['o-1']),
      /: order o-1 was taken, and ecommerce-db-eu-west-1 in eu-west-1 does not show it\.$/,
    ],
  ])(
    '%s holds for people to see, who have time to decide between two tries',
    async (_, results, there, why) => {
      const { context } = placing(results, there);
      const quick = orderWithin({ holdsAfterMs: 100, tryMs: 50, everySeconds: 45 });
      expect(await quick.run(context)).toEqual({
        status: 'hold',
        note: expect.stringMatching(why),
        seconds: 45,
      });
    },
  );

  it('is interrupted with its step, and does not hold then', async () => {
    const { context } = placing(
      Array.from({ length: 50 }, () => order(503)),
      [],
    );
    const stopped = { ...context, signal: AbortSignal.abort('superseded') };
    await expect(verifyOrder.run(stopped)).rejects.toThrow();
  });

  it('from a Region without a path is not placed, and nothing fails (aws-facts B-05)', async () => {
    const { context, names } = placing([], [], false);
    expect(await verifyOrder.run(context)).toMatchObject({ status: 'skipped', output: { ordered: false } });
    expect(names).toEqual([]);
  });
});

describe('the last look at the databases', () => {
  const expectations = [
    { region: US, instance: { instanceId: us.database.instanceId }, role: 'primary', sourceRegion: null },
    { region: EU, instance: { createdBy: 'create' }, role: 'replica', sourceRegion: US },
  ];

  function looking(replica: Parameters<typeof databaseOf>[1] | null) {
    const aws = portDouble({
      findDatabase: (region) => {
        if (region === US) return Promise.resolve(databaseOf(us));
        return Promise.resolve(replica ? databaseOf(eu, { instanceId: 'made', ...replica }) : null);
      },
    });
    return stepContext({
      aws,
      estate,
      outputs: { create: { instanceId: 'made' } },
      step: { key: 'recheck', input: { expect: expectations } },
    });
  }

  it('passes where all is as planned', async () => {
    expect((await recheck.run(looking({}))).status).toBe('done');
  });

  it.each<[string, Parameters<typeof looking>[0], string]>([
    ['is gone', null, 'eu-west-1 has no made'],
    ['was promoted', { role: 'primary' }, 'made should be a replica and is a primary'],
    [
      'follows another',
      { sourceArn: 'arn:aws:rds:ap-southeast-1:0:db:x' },
      'should replicate from us-east-1',
    ],
    [
      'follows another database of that Region',
      { sourceArn: 'arn:aws:rds:us-east-1:000000000000:db:ecommerce-db-us-east-1-fenced-20261120-1001' },
      'should replicate from us-east-1',
    ],
    ['broke off', { replication: 'terminated' }, 'the replication of made is terminated'],
  ])('refuses where a copy %s', async (_, replica, words) => {
    expect(await recheck.run(looking(replica))).toMatchObject({
      status: 'fail',
      note: expect.stringContaining(words),
    });
  });
});
