import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerOrder } from '#lab/load/ledger.ts';
import type { LoadReport } from '#lab/load/report.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Plan } from '#lib/domain/operation/plan.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import { currentDatabase } from '#lib/domain/recovery/topology.ts';
import { planRecovery } from '#lib/operations/recovery/plan.ts';
import type { RecoveryTopology, RegionTopology } from '#lib/operations/recovery/topology.ts';
import type { AwsPort } from '#lib/ports/aws.ts';
import { homeWeights } from '#test/recovery-facts.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { type Lab, startLab } from './harness.ts';
import { type PlanRun, runPlan } from './support/plan-runner.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';

// Every plan of recovery carried out on the whole lab with shoppers in it: each test goes on where the one before it ended.

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const ALL = [US, EU, AP];

/** As shipped, but that a verdict needs fewer requests and that speed is no matter: these tests share a machine. */
const estate: Estate = seedEstate();
environmentOf(estate).minSample = 15;
estate.thresholds.gate.p95Ms = 5_000;
estate.thresholds.gate.errorRate = 0.05;
estate.thresholds.rollback.p95Ms = 10_000;
estate.thresholds.rollback.errorRate = 0.5;
const environment = environmentOf(estate);
const patience = { timeout: 30_000, interval: 200 };

let lab: Lab;
let leaveLab: () => void;
let port: RecordedPort;
let operations = 1_000;

beforeAll(async () => {
  lab = await startLab({ seed: 17 });
  leaveLab = reachLab(lab);
  port = openPort(estate, { nameServers: nameServers() });
  await lab.admin('/rate', { requestsPerSecond: 30 });
});

afterAll(async () => {
  port?.aws.close();
  leaveLab?.();
  await lab?.stop();
});

const nameServers = () => [`${lab.dns.host}:${lab.dns.port}`];

/** What collectors would have seen, asked for now; a Region that is silent keeps what it had. */
async function look(aws: AwsPort, before?: RecoveryTopology): Promise<RecoveryTopology> {
  const regions = await Promise.all(ALL.map((code) => lookAt(aws, code, before)));
  const writers = regions.filter(({ database }) => database?.role === 'primary').map(({ code }) => code);
  const followed = writers.find((code) =>
    regions.some(({ shopConfig }) => shopConfig?.writerEndpoint?.includes(code)),
  );
  return {
    regions,
    writer: writers.length === 1 ? (writers[0] ?? null) : (followed ?? null),
    weights: homeWeights(estate).weights,
    requestsPerSecond: 20,
    writesEndedAt: null,
    divergedAt: null,
  };
}

async function lookAt(aws: AwsPort, code: string, before?: RecoveryTopology): Promise<RegionTopology> {
  const known = before?.regions.find((region) => region.code === code);
  const region = estate.regions.find((candidate) => candidate.code === code);
  try {
    const instances = await aws.listDatabases(code);
    const { writerEndpoint, writeFreeze } = await aws.readShopConfig(code, environment.namespace);
    const peerings = await aws.listPeerings(code);
    const reached = peerings
      .filter(({ status }) => status === 'active')
      .flatMap(({ requesterRegion, accepterRegion }) => [requesterRegion, accepterRegion]);
    const others = ALL.filter((other) => other !== code);
    const offs = await Promise.all(others.map((peer) => aws.readSwitch(peer, code)));
    const database = currentDatabase(instances, region?.database.instanceId ?? '') ?? null;
    const checks = await aws.listHealthChecks();
    return {
      code,
      database,
      shopConfig: { namespace: environment.namespace, writerEndpoint, writeFreeze },
      switchIn: checks.some(({ callerReference }) => callerReference === `meridian-ecommerce-switch-${code}`)
        ? others
        : [],
      switchedOff: offs.includes('off'),
      noPathTo: others.filter((other) => !reached.includes(other)),
      cache: null,
      eventsFrom: null,
    };
  } catch (error) {
    if (!known) throw error;
    return known;
  }
}

interface Given {
  topology?: RecoveryTopology;
  abortBefore?: string;
  changes?: Partial<RecoveryTopology>;
}

async function carryOut(
  kind: RecoveryKind,
  params: unknown,
  given: Given = {},
): Promise<PlanRun & { plan: Plan }> {
  const topology = { ...(given.topology ?? (await look(port.aws))), ...given.changes };
  const answer = planRecovery(kind, params, { estate, environment, topology, evaluation: [], target: EU });
  if (!answer.ok) throw new Error(`There is no plan: ${answer.message}`);
  operations += 1;
  const run = await runPlan(answer.plan, {
    estate,
    nameServers: nameServers(),
    operation: `OP-${operations}`,
    ...(given.abortBefore ? { abortBefore: given.abortBefore } : {}),
  });
  return { ...run, plan: answer.plan };
}

/** Whether what was committed until then has come to Singapore. */
async function isInSingapore(until: Date): Promise<boolean> {
  const ap = estate.regions.find(({ code }) => code === AP);
  const last = await port.aws.lastOrder(AP, ap?.database.instanceId ?? '');
  return last !== null && Date.parse(last.createdAt) > until.getTime();
}

/** Every step of the plan passed. */
function expectDone(run: PlanRun & { plan: Plan }): void {
  expect(run.failed?.outcome.note, run.story()).toBeUndefined();
  expect(run.steps.map(({ step }) => step.key)).toEqual(run.plan.steps.map(({ key }) => key));
  for (const { step, outcome } of run.steps)
    expect(['done', 'skipped'], `${step.key}: ${outcome.note}`).toContain(outcome.status);
}

async function report(): Promise<LoadReport> {
  const response = await fetch(new URL('/report?window=60', lab.ledgerUrl));
  return (await response.json()) as LoadReport;
}

/** Orders that customers were promised and that are not there; asked for until a writer answers. */
async function missingOrders(): Promise<LedgerOrder[]> {
  await expect.poll(async () => (await report()).orders.reason, patience).toBeNull();
  const { missing, missingOrders: orders } = (await report()).orders;
  expect(orders).toHaveLength(missing ?? -1);
  return orders;
}

/** Shoppers order, and their orders arrive. */
async function ordersFlow(): Promise<void> {
  const before = (await report()).orders.acknowledged;
  await expect.poll(async () => (await report()).orders.acknowledged, patience).toBeGreaterThan(before);
}

describe('every plan of recovery, on the lab', { timeout: 240_000 }, () => {
  it('connects Ireland and Singapore both ways', async () => {
    expectDone(await carryOut('connect-regions', { from: EU, to: AP }));
    const { regions } = await look(port.aws);
    expect(regions.map(({ noPathTo }) => noPathTo)).toEqual([[], [], []]);
  });

  it('prepares the switch of Singapore, sends its readers away by it and lets them back', async () => {
    expectDone(await carryOut('prepare-switch', { region: AP }));
    expectDone(await carryOut('evacuate', { region: AP }));
    expect((await look(port.aws)).regions.map(({ switchedOff }) => switchedOff)).toEqual([
      false,
      false,
      true,
    ]);
    expectDone(await carryOut('return', { region: AP }));
    expect((await look(port.aws)).regions.map(({ switchedOff }) => switchedOff)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('aborts a switchover behind the seal: the old writer takes orders again, and none is lost', async () => {
    const run = await carryOut('switchover', { target: EU }, { abortBefore: `promote-${EU}` });
    expect(run.failed?.outcome.note, run.story()).toBeUndefined();
    const keys = run.steps.map(({ step }) => step.key);
    expect(keys).toContain(`seal-${US}`);
    expect(keys.slice(-run.plan.compensation.length)).toEqual(run.plan.compensation.map(({ key }) => key));
    await ordersFlow();
    expect(await missingOrders()).toEqual([]);
    expect((await look(port.aws)).writer).toBe(US);
  });

  it('tries the loss of Virginia at a table, and changes nothing', async () => {
    expectDone(await carryOut('prepare-switch', { region: US }));
    const run = await carryOut('drill', { level: 'tabletop', region: US });
    expectDone(run);
    expect(run.steps.flatMap(({ calls }) => calls).filter(({ mutating }) => mutating)).toEqual([]);
  });

  it('drills a promotion on a throw-away copy alone, and leaves nothing of it', async () => {
    const idsIn = async (code: string) =>
      (await port.aws.listDatabases(code)).map(({ instanceId, role }) => `${role} ${instanceId}`).toSorted();
    const before = await idsIn(EU);
    const run = await carryOut('drill', { level: 'promotion', region: EU });
    expectDone(run);
    const promoted = run.outputs[`promote-drill-${EU}`] as { instanceId: string };
    expect(promoted.instanceId).toContain('drill');
    expect(before.join()).not.toContain(promoted.instanceId);
    expect(await idsIn(EU)).toEqual(before);
    expect((await look(port.aws)).writer).toBe(US);
    await ordersFlow();
    expect(await missingOrders()).toEqual([]);
  });

  let seenBefore: RecoveryTopology;
  let declared: { lastCommitAt: string };
  let lost: LedgerOrder[];

  it('leaves Virginia when it is lost, and says what was lost with it', async () => {
    seenBefore = await look(port.aws);
    // Orders that Singapore still hears of and Ireland, which is to take over, does not; then some that nobody hears of.
    await lab.admin('/cut', { between: [US, EU] });
    await ordersFlow();
    const flowed = new Date();
    await expect.poll(() => isInSingapore(flowed), patience).toBe(true);
    await lab.admin('/cut', { between: [US, AP] });
    await ordersFlow();
    await lab.admin('/outage', { region: US });
    const topology = await look(port.aws, seenBefore);
    const run = await carryOut('failover', { lost: US, target: EU, accept: acceptedNow() }, { topology });
    expectDone(run);
    expect(run.outputs[`fence-database-${US}`]).toMatchObject({ fenced: 'unreachable', reached: false });
    expect(run.outputs['verify-redundancy']).toMatchObject({ restored: true });
    const waitedForVirginia = run.steps
      .filter(({ step }) => step.needsRegions.includes(US))
      .map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs);
    expect(Math.max(...waitedForVirginia)).toBeLessThan(10_000);
    declared = run.outputs[`declare-${EU}`]?.rpo as typeof declared;
    await ordersFlow();
    lost = await missingOrders();
    const listed = run.outputs[`delete-replica-${AP}`]?.orders as { id: string }[];
    const found = lost.filter(({ orderId }) => listed.some(({ id }) => id === orderId));
    expect(found.length).toBeGreaterThan(0);
    expect(lost.length).toBeGreaterThan(found.length);
  });

  it('brings the writes back: rebuilt, read for what was lost, its readers back, and no order lost on the way', async () => {
    await lab.admin('/heal', {});
    const topology = await look(port.aws, seenBefore);
    const changes = { writer: EU, divergedAt: declared.lastCommitAt };
    const run = await carryOut('failback', { target: US }, { topology, changes });
    expectDone(run);
    expect(run.outputs[`rebuild-salvage-${US}`]).toMatchObject({
      salvaged: true,
      complete: true,
      orders: expect.arrayContaining(lost.map(({ orderId }) => expect.objectContaining({ id: orderId }))),
    });

    await ordersFlow();
    expect((await missingOrders()).map(({ orderId }) => orderId).sort()).toEqual(
      lost.map(({ orderId }) => orderId).sort(),
    );
    const after = await look(port.aws);
    expect(after.writer).toBe(US);
    expect(after.regions.map(({ database }) => [database?.role, database?.replication])).toEqual([
      ['primary', null],
      ['replica', 'replicating'],
      ['replica', 'replicating'],
    ]);
    expect(after.regions.map(({ switchedOff }) => switchedOff)).toEqual([false, false, false]);
  });
});

const acceptedNow = () => ({ seconds: 60, bytes: null, measuredAt: new Date().toISOString() });
