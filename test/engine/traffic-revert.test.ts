import { describe, expect, test } from 'vitest';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { raisedMinimums } from '#lib/domain/traffic/raised.ts';
import type { ReleasedMinimum } from '#lib/domain/traffic/request.ts';
import { fromRecordWeights, type WeightMatrix } from '#lib/domain/traffic/weights.ts';
import { planShift } from '#lib/operations/traffic-shift/plan.ts';
import { setName, targetsOf, weightsOf } from '#lib/operations/traffic-shift/records.ts';
import type { NodeGroupState, WeightedRecord } from '#lib/ports/aws.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { environmentOf } from '#test/seed-estate.ts';
import { type Chaos, withChaos } from './estate/chaos.ts';
import { startCluster } from './estate/lifecycle.ts';
import { quickEstate } from './estate/quick-estate.ts';
import type { SimulatedEstate } from './estate/simulated-estate.ts';
import { expectWholeAudit } from './estate/story.ts';
import type { TestCluster } from './harness.ts';

// A shift and the operation that puts it back, by the product's own plans and actions on the simulated estate: a minimum of
// nodes that the shift raised goes back, and what somebody else has set since stays.

let cluster: TestCluster;

startCluster((started) => {
  cluster = started;
});

/** Declared waits pass at once; two TTLs do not. */
const TIME_SCALE = 3_600;
const estate = quickEstate(TIME_SCALE);
const environment = environmentOf(estate);
const geographies = estate.geographies.map(({ key }) => key);
const BY_HAND = { operation: 'none', stepKey: 'by hand', pid: process.pid, port: 'by hand' };

const shifting = (work: (chaos: Chaos) => Promise<void>) =>
  withChaos(cluster, work, { timeScale: TIME_SCALE, workers: 2 });

async function liveWeights(simulated: SimulatedEstate) {
  const names = geographies.map((key) => setName(estate, key));
  const records = (await simulated.call(BY_HAND, 'listWeightedRecords', [names])) as WeightedRecord[]; // as the port's types say
  return {
    recordWeights: weightsOf(estate, geographies, records),
    targets: targetsOf(estate, geographies, records),
  };
}

async function nodesOf(simulated: SimulatedEstate, region: string): Promise<NodeGroupState> {
  return (await simulated.call(BY_HAND, 'describeNodeGroup', [region])) as NodeGroupState; // as the port's types say
}

/** The product's plan from what is live, without its verdicts: those wait for hundreds of requests and are not the subject. */
async function planFor(
  simulated: SimulatedEstate,
  wanted: { americans: Record<string, number>; receivers: string[]; release?: ReleasedMinimum[] },
): Promise<Plan> {
  const { recordWeights, targets } = await liveWeights(simulated);
  const from: WeightMatrix = Object.fromEntries(
    geographies.map((key) => [key, fromRecordWeights(recordWeights[key] ?? {})]),
  );
  const plan = planShift({
    kind: wanted.release ? 'traffic-revert' : 'traffic-shift',
    estate,
    environment,
    title: wanted.release ? 'The way back' : 'A shift',
    from,
    to: { ...from, na: wanted.americans },
    liveWeights: recordWeights,
    targets,
    ramp: { kind: 'immediate' },
    receivers: wanted.receivers,
    ...(wanted.release ? { release: wanted.release } : {}),
  });
  return { ...plan, steps: plan.steps.filter(({ action }) => action !== 'traffic.verify') };
}

/** Twenty points go to Europe, which has 12 nodes ready and needs 20; what its steps left on record. */
async function shiftToEurope({ db, estate: simulated }: Chaos): Promise<ReleasedMinimum[]> {
  const plan = await planFor(simulated, { americans: { [US]: 60, [EU]: 40, [AP]: 0 }, receivers: [EU] });
  const id = await db.run(plan);
  await db.untilState(id, 'done', 60_000);
  return raisedMinimums(
    await db.query<{ action: string; region: string | null; output: unknown }>(
      'select action, region, output from operation_step where operation_id = $1 order by position',
      [id],
    ),
  );
}

const planBack = (simulated: SimulatedEstate, release: ReleasedMinimum[]) =>
  planFor(simulated, { americans: { [US]: 100, [EU]: 0, [AP]: 0 }, receivers: [US], release });

const stepsOf = async ({ db }: Chaos, id: string) =>
  Object.fromEntries((await db.steps(id)).map((step) => [step.key, step]));

describe('what puts a shift back', { timeout: 120_000 }, () => {
  test('lowers the minimum that the shift raised once traffic has followed, though its worker dies over it', () =>
    shifting(async (chaos) => {
      const { db, estate: simulated, server } = chaos;
      const before = await nodesOf(simulated, EU);
      expect(before).toMatchObject({ minimum: 5, desired: 12 });
      const release = await shiftToEurope(chaos);
      expect(await nodesOf(simulated, EU)).toMatchObject({ minimum: 20, desired: 20 });
      expect(release).toEqual([{ region: EU, minimumBefore: 5, minimumSet: 20, nodes: 8 }]);

      const plan = await planBack(simulated, release);
      const stepKey = `release-${EU}`;
      expect(plan.steps.at(-1)?.key).toBe(stepKey);
      const back = await db.request(plan);
      const trap = server.trap({ operation: back, stepKey, method: 'updateNodeGroup', at: 'answers' });
      await db.start(back, plan.environment);
      await trap.caught;
      expect((await liveWeights(simulated)).recordWeights.na).toEqual({ [US]: 200, [EU]: 0, [AP]: 0 });
      await (await db.owner(back)).kill('SIGKILL');
      trap.drop();

      await db.untilState(back, 'done', 60_000);
      // The nodes themselves are the autoscaler's to take.
      expect(await nodesOf(simulated, EU)).toMatchObject({ minimum: 5, desired: 20 });
      const effects = simulated.effects.filter(({ operation }) => operation === back);
      expect(effects.map(({ name }) => name)).toEqual(['change records', `scale ${EU}`]);
      const steps = await stepsOf(chaos, back);
      expect(steps[stepKey]).toMatchObject({ state: 'skipped', attempt: 2 });
      expect(steps[stepKey]?.evidence.at(-1)?.text).toBe(`The minimum of ${EU} is 5, as before.`);
      await expectWholeAudit(db);
    }));

  test('leaves a minimum alone that somebody else has set since', () =>
    shifting(async (chaos) => {
      const { db, estate: simulated } = chaos;
      const release = await shiftToEurope(chaos);
      const scaling = { minimum: 22, maximum: 30, desired: 22 };
      await simulated.call(BY_HAND, 'updateNodeGroup', [EU, scaling, 'somebody else']);
      const back = await db.run(await planBack(simulated, release));
      await db.untilState(back, 'done', 60_000);
      expect(await nodesOf(simulated, EU)).toMatchObject({ minimum: 22, desired: 22 });
      const step = (await stepsOf(chaos, back))[`release-${EU}`];
      expect(step?.state).toBe('skipped');
      expect(step?.evidence.at(-1)?.text).toBe(
        `The minimum of ${EU} is 22, not the 20 that was set: someone else changed it.`,
      );
    }));

  test('is not stopped by a Region whose node group does not answer: it says what to do by hand', () =>
    shifting(async (chaos) => {
      const { db, estate: simulated, server } = chaos;
      const release = await shiftToEurope(chaos);
      server.trouble = ({ caller, method }) =>
        caller.stepKey === `release-${EU}` && method === 'describeNodeGroup' ? 'answer-lost' : undefined;
      const back = await db.run(await planBack(simulated, release));
      await db.untilState(back, 'done', 60_000);
      const step = (await stepsOf(chaos, back))[`release-${EU}`];
      expect(step?.state).toBe('skipped');
      expect(step?.evidence.at(-1)?.text).toContain(`The minimum of ${EU} stays at 20, was 5`);
    }));
});
