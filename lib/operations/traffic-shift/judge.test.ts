import { describe, expect, it } from 'vitest';
import type { SliMeasurement, TrafficMeasurement } from '#lib/ports/aws.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { type Judgement, judgeStep } from './judge.ts';

const estate = seedEstate();
const environment = environmentOf(estate);
const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const shares = { [US]: 0.4, [EU]: 0.36, [AP]: 0.24 };

const sli = (requests: number, errors = 0, p95Ms: number | null = 120): SliMeasurement => ({
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
  error: 'TimeoutError: no answer',
});

const well = [measured(US, sli(400)), measured(EU, sli(360)), measured(AP, sli(240))];
const judge = (traffic: readonly TrafficMeasurement[], configured: Record<string, number> = shares) =>
  judgeStep({ estate, environment, shares: configured, traffic });

/** The measurement with one Region's replaced. */
const but = (other: TrafficMeasurement) => well.map((one) => (one.region === other.region ? other : one));

describe('what a measurement says of a step', () => {
  it.each<[string, TrafficMeasurement[], Judgement['status'], string]>([
    [
      'as configured',
      well,
      'pass',
      'measured us-east-1 40.0 %, eu-west-1 36.0 %, ap-southeast-1 24.0 % of 1000 requests',
    ],
    [
      'errors beyond the limit',
      but(measured(EU, sli(360, 10))),
      'revert',
      'eu-west-1 reads: 10 errors in 360 requests',
    ],
    [
      'errors beyond doubt, in few requests',
      but(measured(EU, sli(40, 40))),
      'revert',
      'eu-west-1 reads: 40 errors in 40 requests',
    ],
    ['slowness beyond the limit', but(measured(EU, sli(360, 0, 501))), 'revert', 'reverts above 500 ms'],
    ['errors between', but(measured(EU, sli(360, 2))), 'hold', 'passes below 0.1 %'],
    ['slowness between', but(measured(EU, sli(360, 0, 300))), 'hold', 'passes below 200 ms'],
    [
      'a Region that serves is silent',
      but(silent(EU)),
      'hold',
      'eu-west-1 does not report (TimeoutError: no answer). Unknown is not a pass.',
    ],
    [
      'share clearly elsewhere',
      [measured(US, sli(800)), measured(EU, sli(210)), measured(AP, sli(210))],
      'hold',
      'more than 5 from what is configured',
    ],
    [
      'share perhaps elsewhere',
      [measured(US, sli(460)), measured(EU, sli(330)), measured(AP, sli(210))],
      'thin',
      'us-east-1 differs by 6.0 points',
    ],
    [
      'too few requests',
      [measured(US, sli(40)), measured(EU, sli(36)), measured(AP, sli(24))],
      'thin',
      '200 requests are needed to judge',
    ],
    [
      'a Region nobody reached',
      [measured(US, sli(500)), measured(EU, sli(450)), measured(AP, sli(0))],
      'hold',
      'ap-southeast-1 differs by 24.0 points',
    ],
    [
      'nothing',
      [measured(US, sli(0)), measured(EU, sli(0)), measured(AP, sli(0))],
      'thin',
      'no requests measured',
    ],
  ])('%s', (_, traffic, status, note) => {
    const judgement = judge(traffic);
    expect(judgement.status).toBe(status);
    expect(judgement.note).toContain(note);
  });

  it('a revert is not hidden by another Region’s silence, nor a hold by too few requests', () => {
    expect(judge([silent(US), measured(EU, sli(360, 20)), measured(AP, sli(240))]).status).toBe('revert');
    expect(judge([measured(US, sli(400, 2)), measured(EU, sli(10)), measured(AP, sli(240))]).status).toBe(
      'hold',
    );
  });

  it('writes get the round trip to the writer on top (aws-facts C-15)', () => {
    // AP orders cross 220 ms: 400 ms passes there, and holds in US.
    expect(judge(but(measured(AP, sli(216), sli(24, 0, 400)))).status).toBe('pass');
    expect(judge(but(measured(US, sli(360), sli(40, 0, 400)))).status).toBe('hold');
    expect(judge(but(measured(AP, sli(216), sli(24, 0, 721)))).status).toBe('revert');
  });

  it.each<[string, SliMeasurement, Judgement['status']]>([
    ['none failed of few', sli(24), 'pass'],
    ['one failed of few', sli(24, 1), 'hold'],
    ['one failed of too few', sli(9, 1), 'thin'],
    ['several failed, beyond doubt', sli(24, 5), 'revert'],
    ['one failed of many', sli(1_100, 1), 'pass'],
  ])('orders: %s', (_, writes, status) => {
    // Reads in proportion, so that the share is as configured.
    const factor = writes.requests > 400 ? 10 : 1;
    const traffic = [
      measured(US, sli(400 * factor)),
      measured(EU, sli(360 * factor)),
      measured(AP, sli(240 * factor - writes.requests), writes),
    ];
    expect(judge(traffic).status).toBe(status);
  });

  it('an emptied Region that is silent is no reason to hold: it may be why it is emptied', () => {
    const emptied = { [US]: 0.625, [EU]: 0.375, [AP]: 0 };
    const judgement = judge([measured(US, sli(625)), measured(EU, sli(375)), silent(AP)], emptied);
    expect(judgement.status).toBe('pass');
    expect(judgement.note).toContain(
      'ap-southeast-1 does not report (TimeoutError: no answer), so what still goes there is not known.',
    );
  });

  it('an emptied Region that still gets users is not emptied, and is not judged by its errors', () => {
    const emptied = { [US]: 0.625, [EU]: 0.375, [AP]: 0 };
    const judgement = judge(
      [measured(US, sli(500)), measured(EU, sli(300)), measured(AP, sli(200, 200))],
      emptied,
    );
    expect(judgement.status).toBe('hold');
    expect(judgement.verdicts.map(({ subject }) => subject)).toEqual(['us-east-1 reads', 'eu-west-1 reads']);
  });
});
