import { describe, expect, it } from 'vitest';
import { AP, EU, NOW, outlook, US } from '#test/recovery-facts.ts';
import { drillCalendar, levelProvenBy, nextDue, proofOf } from './drills.ts';
import type { DrillRun } from './facts.ts';

const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();
const drill = (changes: Partial<DrillRun>): DrillRun => ({
  operation: 'OP-1001',
  level: 'tabletop',
  region: EU,
  at: daysAgo(10),
  real: false,
  ...changes,
});

it.each([
  ['2026-11-23T10:00:00.000Z', '2027-02-23T10:00:00.000Z'],
  ['2026-11-30T10:00:00.000Z', '2027-02-28T10:00:00.000Z'],
  ['2026-01-31T00:00:00.000Z', '2026-04-30T00:00:00.000Z'],
  ['2026-10-24T00:00:00.000Z', '2027-01-24T00:00:00.000Z'],
])('a drill of %s is due again on %s', (last, due) => {
  expect(nextDue(new Date(last)).toISOString()).toBe(due);
});

describe('the calendar', () => {
  const entry = (runs: DrillRun[], level: string, region = EU) =>
    drillCalendar(outlook({}, { drills: { steps: {}, runs } })).find(
      (found) => found.level === level && found.region === region,
    );

  it('has every level of every Region, but nobody promotes what is not promotable, or the writer', () => {
    const levels = (region: string) =>
      drillCalendar(outlook())
        .filter((found) => found.region === region)
        .map(({ level }) => level)
        .sort();
    expect(levels(EU)).toEqual(['evacuation', 'promotion', 'readiness', 'switchover', 'tabletop']);
    expect(levels(AP)).toEqual(['evacuation', 'readiness', 'tabletop']);
    expect(levels(US)).toEqual(['evacuation', 'readiness', 'tabletop']);
  });

  it.each<[string, Partial<DrillRun>, string, string]>([
    [
      'held lately',
      {},
      'ok',
      'The tabletop drill of eu-west-1 was held by OP-1001 10 days ago; it is due by 2027-02-13.',
    ],
    [
      'soon due',
      { at: daysAgo(80) },
      'due',
      'The tabletop drill of eu-west-1 was held by OP-1001 80 days ago; it is due by 2026-12-04.',
    ],
    [
      'overdue',
      { at: daysAgo(120) },
      'overdue',
      'The tabletop drill of eu-west-1 was held by OP-1001 120 days ago; it is overdue since 2026-10-26.',
    ],
    [
      'proven for real',
      { level: 'switchover', region: AP, left: EU, real: true, at: daysAgo(1) },
      'ok',
      'The tabletop drill of eu-west-1 was proven by OP-1001, for real, 24 h ago; it is due by 2027-02-22.',
    ],
    [
      'of the Region that took over, not lost',
      { level: 'switchover', real: true, at: daysAgo(1) },
      'never',
      'The tabletop drill of eu-west-1 was never held; it is due now.',
    ],
  ])('%s', (_, run, state, message) => {
    expect(entry([drill(run)], 'tabletop')).toMatchObject({ state, message });
  });

  it('never held is due now, and stands first', () => {
    const calendar = drillCalendar(outlook({}, { drills: { steps: {}, runs: [drill({})] } }));
    expect(calendar[0]).toMatchObject({ state: 'never', dueAt: null });
    expect(calendar.at(-1)).toMatchObject({ level: 'tabletop', region: EU, state: 'ok' });
    expect(entry([], 'evacuation', AP)?.message).toBe(
      'The evacuation drill of ap-southeast-1 was never held; it is due now.',
    );
  });

  it('the last of several counts, of this Region, and a smaller one proves no larger one', () => {
    const runs = [
      drill({ at: daysAgo(200) }),
      drill({ operation: 'OP-1002', at: daysAgo(5) }),
      drill({ region: US, at: daysAgo(1) }),
    ];
    expect(entry(runs, 'tabletop')?.last?.operation).toBe('OP-1002');
    expect(entry(runs, 'readiness')?.state).toBe('ok');
    expect(entry(runs, 'switchover')?.state).toBe('never');
  });

  it('a switchover to a Region contains its promotion, and says nothing of its loss', () => {
    const runs = [drill({ level: 'switchover' })];
    expect(entry(runs, 'promotion')?.state).toBe('ok');
    expect(entry(runs, 'readiness')?.state).toBe('never');
    expect(entry([drill({ level: 'promotion' })], 'readiness')?.state).toBe('never');
  });

  it.each([
    ['failover', 'switchover'],
    ['switchover', 'switchover'],
    ['failback', 'switchover'],
    ['evacuate', 'evacuation'],
    ['traffic-shift', undefined],
  ] as const)('a real %s proves %s', (kind, level) => expect(levelProvenBy(kind)).toBe(level));
});

it('every step says when it last ran', () => {
  const steps = [
    { key: 'promote-eu-west-1', title: 'Promote eu-west-1' },
    { key: 'fence-database-us-east-1', title: 'Fence us-east-1' },
    { key: 'verify-order', title: 'Verify by an order' },
  ];
  const proofs = proofOf(steps, { 'promote-eu-west-1': daysAgo(20), 'verify-order': daysAgo(100) }, NOW);
  expect(proofs.map(({ unproven, message }) => [unproven, message])).toEqual([
    [false, '“Promote eu-west-1” last ran 20 days ago.'],
    [true, '“Fence us-east-1” has never run.'],
    [true, '“Verify by an order” last ran 100 days ago, longer than a quarter.'],
  ]);
});
