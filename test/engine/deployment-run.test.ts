import { describe, expect, test } from 'vitest';
import { LIVENESS } from '#lib/engine/liveness-rule.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { type Chaos, withChaos } from './estate/chaos.ts';
import { LIVE_VERSION } from './estate/clusters.ts';
import {
  deploymentPlan,
  NAMESPACE,
  QUICK_SCALE,
  registerRelease,
  rollbackPlan,
  served,
  switches,
} from './estate/deployments.ts';
import { startCluster } from './estate/lifecycle.ts';
import { expectCommands, expectWholeAudit } from './estate/story.ts';
import { type TestCluster, until } from './harness.ts';

// Deployments by the product's own plan and actions on the simulated estate: in order under live gates, and everything that
// stops one.

let cluster: TestCluster;

startCluster((started) => {
  cluster = started;
});

const deploying = (work: (chaos: Chaos) => Promise<void>) =>
  withChaos(cluster, work, {
    timeScale: QUICK_SCALE,
    unreachableSeconds: 5,
    workers: 1,
    // Alone, a worker need not be quick to see who is dead.
    timing: LIVENESS,
  });

async function stepOf({ db }: Chaos, id: string, key: string) {
  const steps = await db.query<{
    state: string;
    output: Record<string, unknown> | null;
    evidence: { kind: string; text: string; data?: Record<string, unknown> }[];
    cli: string[];
  }>('select state, output, evidence, cli from operation_step where operation_id = $1 and key = $2', [
    id,
    key,
  ]);
  const [step] = steps;
  if (!step) throw new Error(`There is no step ${key}.`);
  return step;
}

async function badOf({ db }: Chaos, version: string) {
  const [row] = await db.query<{
    bad_operation: string | null;
    bad_by: string | null;
    bad_reason: string | null;
  }>('select bad_operation, bad_by, bad_reason from release where version = $1', [version]);
  return row;
}

describe.concurrent('a deployment', { timeout: 120_000 }, () => {
  test('goes Region after Region, each under its gate, and takes the old colour away at the end', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      const plan = deploymentPlan();
      const id = await db.run(plan);
      await db.untilState(id, 'done', 60_000);
      expect(served(estate)).toEqual(['v2.0.0', 'v2.0.0', 'v2.0.0']);
      expect(switches(estate)).toEqual([`v2.0.0 ${US}`, `v2.0.0 ${EU}`, `v2.0.0 ${AP}`]);
      const switched = await stepOf(chaos, id, `switch-${EU}`);
      expect(switched.output).toMatchObject({
        from: LIVE_VERSION,
        to: 'v2.0.0',
        colour: 'green',
        fromColour: 'blue',
        fromReplicas: 4,
      });
      const gates = (await stepOf(chaos, id, `soak-${US}`)).evidence.filter(({ kind }) => kind === 'gate');
      expect(gates.at(-1)?.data).toMatchObject({
        band: 'pass',
        declaredSeconds: 1_800,
        metrics: expect.arrayContaining([
          expect.objectContaining({
            metric: 'errors',
            subject: 'reads',
            band: 'pass',
            value: 0,
            baseline: 0,
          }),
          expect.objectContaining({
            metric: 'cpu',
            subject: 'nodes',
            band: 'pass',
            value: 35,
            passBelow: 70,
          }),
        ]),
      });
      expect((await db.steps(id)).filter(({ state }) => state !== 'done').map(({ key }) => key)).toEqual([]);
      for (const region of [US, EU, AP]) {
        const { colours } = estate.clusters.readShop(region, NAMESPACE, null);
        expect(colours.map(({ version, replicas }) => `${version} ${replicas}`)).toEqual([
          `${LIVE_VERSION} 0`,
          'v2.0.0 4',
        ]);
      }
      await expectCommands(db, id);
      expect((await stepOf(chaos, id, `rollout-${US}`)).cli).toContainEqual(
        expect.stringMatching(
          /^kubectl --context us-east-1 -n \S+ rollout status deployment -l version=v2\.0\.0 /,
        ),
      );
      await expectWholeAudit(db);
    }));

  test('never switches to an image whose pods do not get ready; the release is marked bad', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      await registerRelease(db, 'v2.1.0');
      estate.clusters.spoil('v2.1.0', { neverReady: true });
      const id = await db.run(deploymentPlan({ version: 'v2.1.0' }));
      const ended = await db.untilState(id, 'reverted', 60_000);
      expect(ended.outcome).toContain('CrashLoopBackOff');
      expect(switches(estate)).toEqual([]);
      expect((await stepOf(chaos, id, `rollout-${US}`)).evidence.map(({ text }) => text)).toContainEqual(
        expect.stringContaining('3 restarts, CrashLoopBackOff'),
      );
      // Its pods are gone again, and what users are served was never touched.
      const { colours, live } = estate.clusters.readShop(US, NAMESPACE, null);
      expect(live.version).toBe(LIVE_VERSION);
      expect(colours.map(({ replicas }) => replicas)).toEqual([4, 0]);
      expect(await badOf(chaos, 'v2.1.0')).toMatchObject({ bad_operation: id, bad_by: null });
      expect((await db.audit(id)).map(({ verb }) => verb)).toContain('release.mark-bad');
      await expectWholeAudit(db);
    }));

  test('never switches where the smoke test fails', () =>
    deploying(async (chaos) => {
      const { db, estate, server } = chaos;
      estate.clusters.spoil('v2.0.0', { smokeStatus: 500 });
      const id = await db.run(deploymentPlan({ regions: [EU] }));
      const ended = await db.untilState(id, 'reverted', 60_000);
      expect(ended.outcome).toContain('answered 500');
      expect(switches(estate)).toEqual([]);
      const names = server.calls
        .filter(({ method }) => method === 'smoke')
        .map(({ args }) => JSON.stringify(args));
      expect(new Set(names).size).toBe(3);
    }));

  test('is put back in every switched Region at once when a gate says so, with what was seen there', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      await registerRelease(db, 'v2.1.0');
      const plan = deploymentPlan({ version: 'v2.1.0', soakMinutes: 120 });
      const id = await db.run(plan);
      await db.untilEvent(id, 'finished', `switch-${EU}`, 60_000);
      estate.clusters.spoil('v2.1.0', { errorShare: 0.2 });
      const ended = await db.untilState(id, 'reverted', 60_000);
      expect(ended.outcome).toMatch(/errors in \d+ requests of reads, reverts above 1 %/);
      expect(served(estate)).toEqual([LIVE_VERSION, LIVE_VERSION, LIVE_VERSION]);
      expect(switches(estate).slice(0, 2)).toEqual([`v2.1.0 ${US}`, `v2.1.0 ${EU}`]);
      expect(switches(estate).slice(2).sort()).toEqual([`${LIVE_VERSION} ${EU}`, `${LIVE_VERSION} ${US}`]);
      expect((await stepOf(chaos, id, `back-${AP}`)).state).toBe('skipped');
      const verified = await stepOf(chaos, id, `back-verify-${EU}`);
      expect(verified.evidence.filter(({ kind }) => kind === 'gate').length).toBeGreaterThan(0);
      expect((await stepOf(chaos, id, `diagnose-${EU}`)).evidence[0]?.data).toHaveProperty('traffic');
      expect(await badOf(chaos, 'v2.1.0')).toMatchObject({ bad_operation: id, bad_by: null });
      await expectWholeAudit(db);
    }));

  test('holds between pass and rollback, says so, and goes on when it passes', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      estate.clusters.spoil('v2.0.0', { p95Ms: 320 });
      const id = await db.run(deploymentPlan({ regions: [EU] }));
      const held = await db.untilState(id, 'holding', 60_000);
      expect(held.outcome).toContain('p95 of reads 320 ms, passes below 200 ms');
      expect(served(estate)).toEqual([LIVE_VERSION, 'v2.0.0', LIVE_VERSION]);
      // What was slow has to pass out of the window by many quick answers.
      estate.clusters.spoil('v2.0.0', { p95Ms: 5 });
      await db.untilState(id, 'done', 60_000);
    }));

  test('holds where metrics are missing: unknown is no pass', () =>
    deploying(async (chaos) => {
      const { db, server } = chaos;
      server.trouble = ({ method }) => (method === 'measureTraffic' ? 'answer-lost' : undefined);
      const id = await db.run(deploymentPlan({ regions: [EU] }));
      const held = await db.untilState(id, 'holding', 60_000);
      expect(held.outcome).toContain('TimeoutError');
      server.trouble = () => undefined;
      await db.untilState(id, 'done', 60_000);
    }));

  test('holds where the release is slower than what others serve, though under the limit', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      estate.clusters.spoil('v2.0.0', { p95Ms: 150 });
      const id = await db.run(deploymentPlan({ regions: [EU] }));
      const held = await db.untilState(id, 'holding', 60_000);
      expect(held.outcome).toMatch(/clearly slower than the 60 ms of (us-east-1 and ap-southeast-1)/);
      await db.ask(id, 'abort');
      await db.untilState(id, 'aborted', 60_000);
      expect(served(estate)).toEqual([LIVE_VERSION, LIVE_VERSION, LIVE_VERSION]);
    }));

  test('holds, and blames nobody, where what is wrong is wrong everywhere', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      for (const version of ['v2.0.0', LIVE_VERSION]) estate.clusters.spoil(version, { errorShare: 0.3 });
      const id = await db.run(deploymentPlan({ regions: [EU] }));
      const held = await db.untilState(id, 'holding', 60_000);
      expect(held.outcome).toContain('not the release’s doing');
      expect(served(estate)).toEqual([LIVE_VERSION, 'v2.0.0', LIVE_VERSION]);
    }));

  test('stops before the switch where somebody changed the Service since the idle colour was applied', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      const gate = await db.barrier(`checkpoint:gate switch-${US}`);
      const id = await db.run(deploymentPlan());
      await gate.reached(60_000);
      estate.clusters.touchService(US, NAMESPACE);
      await gate.lift();
      const ended = await db.untilState(id, 'failed', 60_000);
      expect(ended.outcome).toContain(`Somebody changed the Service of ${US}`);
      expect(switches(estate)).toEqual([]);
    }));

  test('holds its soak where somebody points the Service elsewhere', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      const id = await db.run(deploymentPlan({ soakMinutes: 600, regions: [EU] }));
      await db.untilEvent(id, 'finished', `drain-${EU}`, 60_000);
      const { live, clusterUid } = estate.clusters.readShop(EU, NAMESPACE, null);
      estate.clusters.switchLive(
        EU,
        NAMESPACE,
        { version: LIVE_VERSION, resourceVersion: live.resourceVersion },
        clusterUid,
      );
      const held = await db.untilState(id, 'holding', 60_000);
      expect(held.outcome).toContain(`it selects ${LIVE_VERSION} instead of v2.0.0`);
    }));

  test(
    'holds where a Region is lost in the middle; the others are put back all the same, and it is named',
    () =>
      deploying(async (chaos) => {
        const { db, estate } = chaos;
        const id = await db.run(deploymentPlan({ soakMinutes: 240 }));
        await db.untilEvent(id, 'finished', `switch-${EU}`, 60_000);
        estate.lose(EU);
        await db.untilState(id, 'holding', 60_000);
        await db.ask(id, 'revert');
        await until(`${US} serves ${LIVE_VERSION} again`, async () =>
          served(estate)[0] === LIVE_VERSION ? true : undefined,
        );
        const ended = await db.untilState(id, 'reverted', 110_000);
        expect(ended.outcome).toContain(`in ${EU}, which does not answer`);
        expect((await stepOf(chaos, id, `back-${EU}`)).output).toMatchObject({ unreachable: true });
      }),
    180_000,
  );

  test('that is done is rolled back by an operation of its own, also where the old colour has no pods any more', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      const id = await db.run(deploymentPlan({ regions: [US, EU] }));
      await db.untilState(id, 'done', 60_000);
      const back = await db.run(rollbackPlan({ regions: [US, EU] }));
      await db.untilState(back, 'done', 60_000);
      expect(served(estate)).toEqual([LIVE_VERSION, LIVE_VERSION, LIVE_VERSION]);
      expect((await stepOf(chaos, back, `back-${US}`)).output).toMatchObject({
        from: 'v2.0.0',
        to: LIVE_VERSION,
        colour: 'blue',
      });
      expect((await stepOf(chaos, back, `back-${US}`)).evidence.map(({ text }) => text)).toContainEqual(
        expect.stringContaining('scaled up to 4 before the switch'),
      );
    }));

  test('goes on where people waive a soak and leave out a wait; their reasons stay under the steps', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      estate.clusters.spoil('v2.0.0', { p95Ms: 320 });
      const id = await db.run(deploymentPlan({ regions: [EU, AP], soakMinutes: 1_440 }));
      await db.untilState(id, 'holding', 60_000);
      await decide(chaos, id, 'skipping', `soak-${EU}`);
      await db.untilEvent(id, 'finished', `wait-${AP}`, 60_000);
      expect((await stepOf(chaos, id, `soak-${EU}`)).output).toEqual({ skipped: true, band: 'hold' });
      expect((await stepOf(chaos, id, `wait-${AP}`)).state).toBe('running');
      await decide(chaos, id, 'promoting', null);
      await db.untilEvent(id, 'finished', `drain-${AP}`, 60_000);
      await decide(chaos, id, 'skipping', `soak-${AP}`);
      await db.untilState(id, 'done', 60_000);
      const texts = (await stepOf(chaos, id, `wait-${AP}`)).evidence.map(({ text }) => text);
      expect(texts).toContainEqual(
        expect.stringMatching(/^Did not wait: .* promoted it to all that remain: it is urgent$/),
      );
    }));

  test('turns round although its soak was waived, where it is beyond a limit', () =>
    deploying(async (chaos) => {
      const { db, estate } = chaos;
      const gate = await db.barrier(`checkpoint:gate soak-${EU}`);
      const id = await db.run(deploymentPlan({ regions: [EU], soakMinutes: 1_440 }));
      await gate.reached(60_000);
      estate.clusters.spoil('v2.0.0', { errorShare: 0.5 });
      await decide(chaos, id, 'skipping', `soak-${EU}`);
      await until('its errors have been measured', async () => {
        const now = Date.now();
        const { reads } = estate.readers.measure(EU, { fromMs: now - 1_000, toMs: now });
        return reads.errors > 2 ? true : undefined;
      });
      await gate.lift();
      await db.untilState(id, 'reverted', 60_000);
      expect(served(estate)).toEqual([LIVE_VERSION, LIVE_VERSION, LIVE_VERSION]);
    }));
});

/** As the verb writes it, and rings. */
async function decide(
  { db }: Chaos,
  id: string,
  kind: 'skipping' | 'promoting',
  step: string | null,
): Promise<void> {
  await db.query(
    `insert into operation_event (operation_id, kind, step_key, detail)
     select id, $2, $3, jsonb_build_object('personId', requested_by, 'reason', 'it is urgent') from operation where id = $1`,
    [id, kind, step],
  );
  await db.ask(id, 'run');
}
