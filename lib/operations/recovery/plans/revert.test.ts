import { describe, expect, it } from 'vitest';
import type { Plan } from '#lib/domain/operation/plan.ts';
import type { LeftRun } from '#lib/domain/recovery/left-run.ts';
import { actions } from '#lib/operations/registry.ts';
import { AP, copyOfEstate, EU, meshed, NOW, outlook, seen, switchedZone, US } from '#test/recovery-facts.ts';
import { planRecovery, recoveryTopology } from '../plan.ts';
import { type LaterRun, planRecoveryRevert } from './revert.ts';

const estate = copyOfEstate();
const all = outlook(meshed(), { zone: seen(switchedZone(estate)) }, estate);
const { environment } = all;

function planned(kind: Parameters<typeof planRecovery>[0], params: unknown): Plan {
  const topology = recoveryTopology(all, { writesEndedAt: null, divergedAt: null });
  const answer = planRecovery(kind, params, { estate, environment, topology, evaluation: [], target: EU });
  if (!answer.ok) throw new Error(answer.message);
  return answer.plan;
}

const SWITCHOVER = planned('switchover', { target: EU });
const WRITER = 'ecommerce-db-us-east-1';

/** The run as it stood when everything up to that step had passed. */
function superseded(
  upTo: string,
  outputs: Record<string, Record<string, unknown>> = {},
  plan = SWITCHOVER,
): LeftRun {
  const last = plan.steps.findIndex(({ key }) => key === upTo);
  return {
    id: 'OP-1',
    title: plan.title,
    kind: plan.kind,
    state: 'superseded',
    plan,
    steps: plan.steps.map(({ key, title, irreversible }, i) => ({
      key,
      title,
      irreversible,
      state: i <= last ? 'done' : 'not-run',
      attempt: i <= last ? 1 : 0,
      output: outputs[key] ?? null,
    })),
  };
}

function revert(left: LeftRun, later: readonly LaterRun[] = []): Plan {
  const answer = planRecoveryRevert({ environment, left, later });
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`);
  return answer.plan;
}

const keysOf = ({ steps }: Plan) => steps.map(({ key }) => key);
const inputOf = ({ steps }: Plan, key: string) => steps.find((step) => step.key === key)?.input;

const RAISED = { [`capacity-${EU}`]: { minimumBefore: 4, minimumSet: 9 } };
const SEALED = superseded(`seal-${US}`, RAISED);

describe('what puts back a sealed switchover', () => {
  it('looks first, opens the database, then does the rest at once, and proves it by an order', () => {
    const plan = revert(SEALED);
    expect(keysOf(plan)).toEqual([
      'check-left',
      `unfence-database-${US}`,
      `restore-writes-${US}`,
      `restore-writes-${EU}`,
      `restore-writes-${AP}`,
      `readmit-${US}`,
      `release-${EU}`,
      `verify-order-${US}`,
    ]);
    const grouped = plan.steps.filter(({ group }) => group === 'put-back').map(({ key }) => key);
    expect(grouped).toEqual(keysOf(plan).slice(2, -1));
    expect(plan.compensation).toEqual([]);
    for (const { action } of plan.steps) expect(Object.keys(actions)).toContain(action);
  });

  it('is the same plan each time, and says whose work it puts back', () => {
    expect(revert(SEALED)).toEqual(revert(SEALED));
    const back = revert(SEALED).steps.filter(
      ({ key }) => key !== 'check-left' && key !== `verify-order-${US}`,
    );
    expect(back.map(({ input }) => input.leftBy)).toEqual(back.map(() => 'OP-1'));
    expect(inputOf(revert(SEALED), 'check-left')).toEqual({
      of: back.map(({ action, input }) => ({ action, input })),
    });
  });

  it('lowers minimums that were raised, and names no writer but the one that stood there', () => {
    const named = superseded(`seal-${US}`, {
      ...RAISED,
      [`freeze-writes-${EU}`]: { writerEndpoint: WRITER },
    });
    const plan = revert(named);
    expect(inputOf(plan, `release-${EU}`)).toMatchObject({ raised: { minimumBefore: 4, minimumSet: 9 } });
    expect(inputOf(plan, `restore-writes-${EU}`)).toMatchObject({ writer: { instanceId: WRITER } });
    expect(inputOf(plan, `restore-writes-${AP}`)).toMatchObject({ writer: { instanceId: US } });
  });

  it('opens no database that was not about to be shut', () => {
    expect(keysOf(revert(superseded(`freeze-writes-${AP}`)))).toEqual([
      'check-left',
      `restore-writes-${US}`,
      `restore-writes-${EU}`,
      `restore-writes-${AP}`,
      `readmit-${US}`,
      `verify-order-${US}`,
    ]);
  });
});

describe('what came later', () => {
  const evacuation = planned('evacuate', { region: AP });
  const failover = planned('failover', {
    lost: US,
    target: AP,
    accept: { seconds: 60, bytes: null, measuredAt: NOW.toISOString() },
  });
  const later = (plan: Plan, ...keys: string[]): LaterRun => ({
    id: 'OP-2',
    title: plan.title,
    changed: plan.steps.filter(({ key }) => keys.includes(key)),
  });

  it('keeps the machines that it wants, and no orders from being taken again', () => {
    const plan = revert(SEALED, [later(evacuation, `prescale-${EU}`, `switch-off-${AP}`)]);
    expect(keysOf(plan)).not.toContain(`release-${EU}`);
    expect(keysOf(plan)).toContain(`unfence-database-${US}`);
    expect(keysOf(plan)).toContain(`readmit-${US}`);
  });

  it.each([
    ['has promoted another writer', `promote-${AP}`],
    ['has frozen the same orders', `freeze-writes-${EU}`],
    ['has fenced the same database', `fence-database-${US}`],
  ])('%s: nothing is put back over that', (_, key) => {
    expect(planRecoveryRevert({ environment, left: SEALED, later: [later(failover, key)] })).toMatchObject({
      ok: false,
      code: 'moved-on',
      message: expect.stringContaining(`OP-2, ${failover.title}, has changed the same since`),
    });
  });

  it('and wants all that was left: there is nothing to do', () => {
    const left = superseded(`capacity-${EU}`, RAISED);
    const answer = planRecoveryRevert({ environment, left, later: [later(evacuation, `prescale-${EU}`)] });
    expect(answer).toMatchObject({ ok: false, code: 'nothing-left' });
  });
});

it('machines that were not raised are nothing to put back', () => {
  const answer = planRecoveryRevert({ environment, left: superseded(`capacity-${EU}`), later: [] });
  expect(answer).toMatchObject({ ok: false, code: 'nothing-left' });
});

it('a prepared switch that stopped half-way is detached by the id of the check that was made', () => {
  const bare = outlook(meshed(), {}, estate);
  const topology = recoveryTopology(bare, { writesEndedAt: null, divergedAt: null });
  const answer = planRecovery(
    'prepare-switch',
    { region: AP },
    { estate, environment, topology, evaluation: [], target: EU },
  );
  if (!answer.ok) throw new Error(answer.message);
  const left = superseded(`attach-check-${AP}`, { [`calculated-check-${AP}`]: { id: 'hc-9' } }, answer.plan);
  expect(inputOf(revert(left), `detach-check-${AP}`)).toMatchObject({ known: ['hc-9'], leftBy: 'OP-1' });
});
