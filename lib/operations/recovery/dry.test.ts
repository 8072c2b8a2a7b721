import { describe, expect, it } from 'vitest';
import { portDouble } from '#test/port-double.ts';
import { copyOfEstate, databaseOf, EU, outlook, US } from '#test/recovery-facts.ts';
import { stepContext } from '#test/step-context.ts';
import { dry, verdict } from './dry.ts';
import { planRecovery, recoveryTopology } from './plan.ts';
import { requireRegion } from './planning.ts';

const estate = copyOfEstate();
const eu = requireRegion(estate, EU);

function trying(step: Record<string, unknown>, methods: Parameters<typeof portDouble>[0]) {
  const whole = { key: 'promote', title: 'Promote', needsRegions: [], ...step };
  return stepContext({ aws: portDouble(methods), estate, step: { key: 'dry', input: { step: whole } } });
}

const promotion = {
  action: 'recovery.promote',
  input: { region: EU, instance: { instanceId: eu.database.instanceId }, backupRetentionDays: 7 },
};

describe('a dry check', () => {
  it('says what the step would find', async () => {
    const context = trying(promotion, { findDatabase: () => Promise.resolve(databaseOf(eu)) });
    expect(await dry.run(context)).toMatchObject({
      status: 'done',
      note: expect.stringContaining('can be promoted'),
      output: { passed: true, of: 'promote' },
    });
  });

  it.each([
    ['is gone', () => Promise.resolve(null)],
    ['is a primary', () => Promise.resolve(databaseOf(eu, { role: 'primary' }))],
    ['does not replicate', () => Promise.resolve(databaseOf(eu, { replication: 'stopped' }))],
    ['is not reached', () => Promise.reject(new Error('ExpiredToken'))],
  ])('does not pass where the instance %s, and does not fail either', async (_, findDatabase) => {
    expect(await dry.run(trying(promotion, { findDatabase }))).toMatchObject({
      status: 'done',
      output: { passed: false },
    });
  });

  it('of a step that changes nothing outside is skipped', async () => {
    expect(await dry.run(trying({ action: 'recovery.summary', input: { of: [] } }, {}))).toMatchObject({
      status: 'skipped',
      output: { passed: true },
    });
  });

  it('has an answer to every step of a failover, and calls nothing that changes anything', async () => {
    const all = outlook({}, {}, estate);
    const topology = recoveryTopology(all, { writesEndedAt: null, divergedAt: null });
    const facts = { estate, environment: all.environment, topology, evaluation: [], target: EU };
    const planned = planRecovery('drill', { level: 'tabletop', region: US }, facts);
    if (!planned.ok) throw new Error(planned.message);
    const called = new Set<string>();
    // Everything is refused by name: what a trial calls is seen in what it says.
    const aws = portDouble({}, (method) => {
      called.add(method);
      return `${method} was called`;
    });
    for (const step of planned.plan.steps.filter(({ action }) => action === 'recovery.dry')) {
      const outcome = await dry.run(stepContext({ aws, estate, step }));
      expect(['done', 'skipped'], step.key).toContain(outcome.status);
    }
    const changing = [...called].filter(
      (method) => !/^(read|list|find|describe|count|measure|last|ask)/.test(method),
    );
    expect(changing).toEqual([]);
    expect(called.size).toBeGreaterThan(5);
  });
});

describe('the verdict over dry checks', () => {
  const judge = (passed: (boolean | undefined)[]) =>
    verdict.run(
      stepContext({
        estate,
        step: { key: 'verdict', input: { of: passed.map((_, i) => `dry-${i}`) } },
        outputs: Object.fromEntries(
          passed.map((one, i) => [`dry-${i}`, one === undefined ? {} : { passed: one, why: 'It is gone.' }]),
        ),
      }),
    );

  it('passes when all of them do, and names what would not work', async () => {
    expect(await judge([true, true])).toMatchObject({ status: 'done', note: '2 of 2 steps would work.' });
    expect(await judge([true, false])).toMatchObject({
      status: 'fail',
      note: '1 of 2 steps would work. dry-1: It is gone.',
    });
    expect((await judge([true, undefined])).status).toBe('fail');
  });
});
