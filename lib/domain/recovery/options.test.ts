import { describe, expect, it } from 'vitest';
import { AP, EU, meshed, NOW, outlook, US, unseen, without } from '#test/recovery-facts.ts';
import type { PlannedStep, RecoveryClock } from '../operation/plan.ts';
import type { Detection } from './detection.ts';
import { type OptionsQuestion, type RecoveryOption, recoveryOptions } from './options.ts';

const step = (key: string, clock?: RecoveryClock): PlannedStep => ({
  key,
  title: key,
  action: key,
  region: null,
  input: {},
  deadlineSeconds: 60,
  irreversible: false,
  needsRegions: [],
  clock,
});

const failingSince = (secondsAgo: number, lost = US): Detection => ({
  at: NOW.toISOString(),
  correlated: false,
  orders: { state: 'down', since: NOW.toISOString(), reason: '' },
  regions: [
    {
      region: lost,
      state: 'failing',
      since: new Date(NOW.getTime() - secondsAgo * 1_000).toISOString(),
      reason: '',
      vantages: [],
      orders: 'down',
    },
  ],
});

const question = (changes: Partial<OptionsQuestion> = {}): OptionsQuestion => ({
  lost: US,
  detection: failingSince(40),
  plans: {
    evacuate: [step('switch-off'), step('verify-reads', 'reads')],
    failover: [step('promote'), step('verify-order', 'writes'), step('verify-reads', 'reads')],
  },
  history: Object.fromEntries(
    ['switch-off', 'verify-reads', 'promote', 'verify-order'].map((key) => [
      key,
      { p50Seconds: 10, p95Seconds: 20, runs: 4 },
    ]),
  ),
  ...changes,
});

function options(given = without(US, outlook(meshed())), asked = question()): Record<string, RecoveryOption> {
  return Object.fromEntries(recoveryOptions(given, asked).map((option) => [option.kind, option]));
}

describe('what can be done about the writer’s Region', () => {
  it('comes in three, the least first', () => {
    expect(recoveryOptions(outlook(), question()).map(({ kind }) => kind)).toEqual([
      'wait',
      'evacuate',
      'failover',
    ]);
  });

  it('waiting loses nothing and sells nothing', () => {
    expect(options().wait).toMatchObject({
      refusal: null,
      price: null,
      risk: null,
      clocks: { writes: { p50Seconds: null, message: 'When us-east-1 is back: only AWS knows.' } },
      does: [
        'DNS leaves us-east-1 by its health check, 35 s after it failed.',
        'No order that was acknowledged is lost, if the Region comes back as it was.',
      ],
      cannot: expect.arrayContaining(['Nobody can order until us-east-1 is back.']),
    });
    expect(options(outlook({}, { zone: unseen() })).wait?.does[0]).toBe(
      'Users go on being sent to us-east-1: its records carry no health check.',
    );
  });

  it('sending readers away says what it does not bring back', () => {
    const evacuate = options().evacuate;
    expect(evacuate).toMatchObject({ refusal: null, contract: null });
    // 40 s since the outage, and two steps of 10 s.
    expect(evacuate?.clocks.reads).toMatchObject({ p50Seconds: 60, p95Seconds: 80 });
    expect(evacuate?.clocks.writes.p50Seconds).toBeNull();
    expect(evacuate?.cannot).toContain('It does not bring orders back: they are written in us-east-1.');
    expect(evacuate?.price?.monthlyDollars).not.toBe(0);
  });

  it('a failover names its target, what is lost, and what is accepted', () => {
    const failover = options().failover;
    expect(failover).toMatchObject({
      title: 'Fail over to eu-west-1',
      refusal: null,
      target: EU,
      contract: { seconds: 1 },
      risk: { lost: US, target: EU, endedBy: 'outage' },
    });
    expect(failover?.clocks.writes).toMatchObject({ p50Seconds: 60, p95Seconds: 80 });
    expect(failover?.capacity.map(({ region, needed }) => [region, needed])).toEqual([
      [EU, 22],
      [AP, 18],
    ]);
    expect(failover?.cannot[0]).toBe(
      'It cannot be put back: from the promotion on, it goes forward, and the way home is a failback.',
    );
  });

  it('says who could not order after it (B-05)', () => {
    expect(options(without(US, outlook())).failover?.cannot).toContain(
      'ap-southeast-1 cannot reach eu-west-1: orders placed there would fail.',
    );
  });

  it('to a Region that somebody prefers, with what stops it', () => {
    expect(options(undefined, question({ target: AP })).failover).toMatchObject({
      target: AP,
      refusal:
        'ap-southeast-1 cannot take over as things stand: The estate does not declare ap-southeast-1 promotable; its database is planned as db.r6g.large. In an emergency it may be overridden by the id of the finding.',
      residency: [
        'Orders of Europe, Middle East, Africa (EU) would be stored in SG, and no adequacy decision covers it.',
      ],
    });
    expect(options(undefined, question({ target: 'us-west-2' })).failover?.refusal).toBe(
      'us-west-2 is no Region that could take over from us-east-1.',
    );
  });

  it('before an outage counts what detection takes', () => {
    expect(options(outlook(), question({ detection: null })).evacuate?.clocks.reads.p50Seconds).toBe(15 + 20);
  });

  it('what is not known is not accepted', () => {
    const silent = without(US, outlook({ [EU]: { position: unseen(), lag: unseen() } }));
    expect(options(silent).failover).toMatchObject({ contract: null, risk: { seconds: null } });
  });
});

describe('what can be done about a Region that only reads', () => {
  const lost = options(outlook(), question({ lost: EU, detection: failingSince(10, EU) }));

  it('needs no promotion', () => {
    expect(lost.failover).toMatchObject({
      refusal:
        'Orders are not written in eu-west-1, so nothing has to be promoted: sending readers away is enough.',
      target: null,
      risk: null,
    });
    expect(lost.wait?.cannot).not.toContain('Nobody can order until eu-west-1 is back.');
  });

  it('says whose data would leave their jurisdiction', () => {
    expect(lost.evacuate?.residency).toEqual([
      '100 % of users in Europe, Middle East, Africa would be served from us-east-1 and ap-southeast-1, outside EU.',
    ]);
  });

  it('cannot be left when it is the only one', () => {
    const given = outlook();
    const alone = { ...given, environment: { ...given.environment, regions: [US] } };
    expect(options(alone).evacuate?.refusal).toBe(
      'There is no other Region to serve the readers of us-east-1.',
    );
    expect(options(alone).failover?.refusal).toBe('There is no Region left to take over.');
  });
});
