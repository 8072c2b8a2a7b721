import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Estate, findRegion } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { plannedShares, solveShift } from '#lib/domain/traffic/solve.ts';
import { fromRecordWeights, globalShares, type WeightMatrix } from '#lib/domain/traffic/weights.ts';
import type { StepContext, StepOutcome } from '#lib/operations/action.ts';
import { actions } from '#lib/operations/registry.ts';
import type { RecordWeights } from '#lib/operations/traffic-shift/input.ts';
import { planShift } from '#lib/operations/traffic-shift/plan.ts';
import { setName, targetsOf, weightsOf } from '#lib/operations/traffic-shift/records.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { type RecordedContext, stepContext } from '#test/step-context.ts';
import { type Lab, startLab } from './harness.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';
import { missingTools, skippedWithout, typed } from './support/tools.ts';

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const ALL = [US, EU, AP];

/**
 * As shipped, but that a verdict needs fewer requests, for which the lab's shoppers would take a minute, and that speed is
 * no matter: these tests share a machine.
 */
const estate: Estate = seedEstate();
environmentOf(estate).minSample = 30;
estate.thresholds.gate.p95Ms = 5_000;
estate.thresholds.rollback.p95Ms = 10_000;
const environment = environmentOf(estate);
const geographies = estate.geographies.map(({ key }) => key);

/** More than usual, to have a verdict sooner, and nodes that carry them. */
const SHOPPERS = { requestsPerSecond: 50 };
const ROOM = { [EU]: 30, [AP]: 20 };

let lab: Lab;
let leaveLab: () => void;
let port: RecordedPort;

beforeAll(async () => {
  lab = await startLab({ seed: 11 });
  leaveLab = reachLab(lab);
  port = openPort(estate);
  await lab.admin('/rate', SHOPPERS);
  for (const [region, desired] of Object.entries(ROOM)) {
    await port.aws.updateNodeGroup(region, { minimum: 3, maximum: desired, desired }, `room-${region}`);
  }
});

afterEach(async () => {
  await lab.admin('/heal', {});
  await lab.admin('/rate', SHOPPERS);
});

afterAll(async () => {
  port?.aws.close();
  leaveLab?.();
  await lab?.stop();
});

interface Run {
  outcome: StepOutcome;
  context: RecordedContext;
}

/** Commands by the action that showed them. */
const shown = new Map<string, Set<string>>();

/**
 * One attempt of a step, with the real port and what the engine would give. Whatever the step asked of AWS, Kubernetes or DNS,
 * it shows what a person would type for it.
 */
async function run(step: Partial<PlannedStep>, given: Partial<Omit<StepContext, 'step'>> = {}): Promise<Run> {
  const context = stepContext({ aws: port.aws, estate, step, ...given });
  const name = step.action ?? '';
  const action = actions[name];
  if (!action) throw new Error(`There is no action ${name}.`);
  const before = port.calls.length;
  const outcome = await action.run(context);
  const asked = new Set(port.calls.slice(before).map(({ service }) => service));
  asked.delete('sts');
  for (const service of asked) {
    const word = service === 'kubernetes' ? 'kubectl ' : `aws ${service} `;
    expect(context.commands).toContainEqual(expect.stringContaining(word));
  }
  shown.set(name, new Set([...(shown.get(name) ?? []), ...context.commands]));
  return { outcome, context };
}

async function liveWeights(): Promise<RecordWeights> {
  const names = geographies.map((key) => setName(estate, key));
  return weightsOf(estate, geographies, await port.aws.listWeightedRecords(names));
}

/** What someone beside us does to a geography. */
async function changeBehindOurBack(geography: string, weights: Record<string, number>): Promise<void> {
  const records = await port.aws.listWeightedRecords([setName(estate, geography)]);
  await port.aws.changeWeightedRecords(
    records.map((record) => ({ ...record, weight: weights[record.setIdentifier] ?? record.weight })),
    'someone else',
  );
}

/** EKS takes one update of a node group at a time. */
async function nodeGroupIdle(region: string): Promise<void> {
  await vi.waitFor(
    async () => expect(await port.aws.describeNodeGroup(region)).toMatchObject({ status: 'ACTIVE' }),
    { timeout: 20_000, interval: 100 },
  );
}

const mutations = () => port.calls.filter(({ mutating }) => mutating).length;

/** Twenty points of all traffic from US to EU: 40 % of North America. */
async function planned() {
  const live = await liveWeights();
  const from: WeightMatrix = Object.fromEntries(
    geographies.map((key) => [key, fromRecordWeights(live[key] ?? {})]),
  );
  const solved = solveShift(estate, ALL, from, {
    mode: 'geography',
    geography: 'na',
    weights: { [US]: 60, [EU]: 40 },
    ramp: { kind: 'immediate' },
  });
  if (!solved.ok) throw new Error(solved.message);
  const names = geographies.map((key) => setName(estate, key));
  const plan = planShift({
    kind: 'traffic-shift',
    estate,
    environment,
    title: 'Traffic shift',
    from,
    to: solved.matrix,
    liveWeights: live,
    targets: targetsOf(estate, geographies, await port.aws.listWeightedRecords(names)),
    ramp: { kind: 'immediate' },
    receivers: [EU],
  });
  const step = (key: string): PlannedStep => {
    const found = [...plan.steps, ...plan.compensation].find((candidate) => candidate.key === key);
    if (!found) throw new Error(`The plan has no step ${key}.`);
    return found;
  };
  return { step, shares: globalShares(solved.matrix, plannedShares(estate), ALL) };
}

let plan: Awaited<ReturnType<typeof planned>>;
/** When the resolvers have followed the change, ms. */
let followedAtMs = 0;

describe('a shift, one step after the other', () => {
  it('rechecks that nothing has changed', async () => {
    plan = await planned();
    const { outcome, context } = await run(plan.step('recheck'));
    expect(outcome.status).toBe('done');
    expect(context.told).toEqual([
      'Live weights, targets and health checks are those the plan was made from',
    ]);
  });

  it('refuses when someone else changed the records, and writes nothing', async () => {
    await changeBehindOurBack('na', { [US]: 190, [EU]: 10 });
    const before = mutations();
    for (const key of ['recheck', 'weights-1']) {
      const { outcome } = await run(plan.step(key));
      expect(outcome).toMatchObject({
        status: 'fail',
        note: expect.stringContaining(
          'na: eu-west-1 should be 0 and is 10; na: us-east-1 should be 200 and is 190',
        ),
      });
    }
    expect(mutations()).toBe(before);
    await changeBehindOurBack('na', { [US]: 200, [EU]: 0 });
  });

  it.each(['an alias', 'a health check'] as const)(
    'refuses when someone else swapped %s, before the first write and before every later one',
    async (what) => {
      const records = await port.aws.listWeightedRecords([setName(estate, 'na')]);
      const own = records.find(({ setIdentifier }) => setIdentifier === EU);
      const other = records.find(({ setIdentifier }) => setIdentifier === AP);
      if (!own || !other) throw new Error('The lab has no records of these Regions.');
      const swapped =
        what === 'an alias' ? { ...own, alias: other.alias } : { ...own, healthCheckId: other.healthCheckId };
      await port.aws.changeWeightedRecords([swapped], 'someone else');
      const before = mutations();
      for (const key of ['recheck', 'weights-1', 'restore-weights']) {
        const { outcome } = await run(plan.step(key));
        expect(outcome).toMatchObject({
          status: 'fail',
          note: expect.stringContaining(
            what === 'an alias'
              ? `na: A record of ${EU} should lead to ${own.alias.dnsName} in zone`
              : `na: A record of ${EU} should have health check ${own.healthCheckId} and has ${other.healthCheckId}`,
          ),
        });
      }
      expect(mutations()).toBe(before);
      await port.aws.changeWeightedRecords([own], 'as it was');
    },
  );

  it('sets the weights in one batch, waits for INSYNC, and shows the command', async () => {
    const before = mutations();
    const { outcome, context } = await run(plan.step('weights-1'));
    expect(outcome).toMatchObject({
      status: 'done',
      note: expect.stringMatching(/^Route 53 is in sync with change C/),
    });
    expect(context.told).toEqual([
      expect.stringMatching(/^Change C\w+ accepted: 3 records in one batch$/),
      expect.stringMatching(/^Change C\w+ is INSYNC$/),
    ]);
    expect(context.commands).toEqual([
      expect.stringMatching(/^aws route53 list-resource-record-sets /),
      expect.stringMatching(/^aws route53 change-resource-record-sets /),
      expect.stringMatching(/^aws route53 get-change --region us-east-1 --id C\w+$/),
    ]);
    expect(mutations() - before).toBe(1);
    expect((await liveWeights()).na).toEqual({ [US]: 120, [EU]: 80, [AP]: 0 });
    followedAtMs = Date.now() + estate.dns.ttlSeconds * 1_000 + 500;
  });

  it('run again changes nothing: the work is found done', async () => {
    const before = mutations();
    const { outcome, context } = await run(plan.step('weights-1'));
    expect(outcome).toMatchObject({ status: 'skipped', note: 'The weights are already so.' });
    expect(mutations()).toBe(before);
    expect(context.commands).toEqual([expect.stringMatching(/^aws route53 list-resource-record-sets /)]);
  });

  it('taken over in the midst of it sends the same again, to see it in sync', async () => {
    const { outcome } = await run(plan.step('weights-1'), { attempt: 2 });
    expect(outcome.status).toBe('done');
    expect((await liveWeights()).na).toEqual({ [US]: 120, [EU]: 80, [AP]: 0 });
  });

  it('dwells two TTLs for real, counted from the first start', async () => {
    const startedAt = Date.now();
    const first = await run(plan.step('dwell-1'), { firstStartedAtMs: startedAt });
    // 300 declared seconds are 5 at the lab's time scale, and two TTLs are 10.
    expect(first.outcome).toMatchObject({ status: 'wait' });
    expect(first.context.commands).toEqual([]);
    expect(first.outcome.status === 'wait' && first.outcome.seconds).toBeCloseTo(10, 0);
    const resumed = await run(plan.step('dwell-1'), { firstStartedAtMs: startedAt - 7_000 });
    expect(resumed.outcome.status === 'wait' && resumed.outcome.seconds).toBeCloseTo(3, 0);
    const over = await run(plan.step('dwell-1'), { firstStartedAtMs: startedAt - 10_000 });
    expect(over.outcome).toMatchObject({ status: 'done', note: 'Waited 10 s.' });
  });
});

describe('while resolvers follow', () => {
  it('a receiver is scaled up, and its nodes are Ready when the step is done', async () => {
    // A tenth of this peak is the least load that is reckoned with: a quarter of 50 requests/s is 25 nodes.
    const large = structuredClone(estate);
    large.capacity.peakRequestsPerSecond = 500;
    const step: Partial<PlannedStep> = {
      key: `capacity-${US}`,
      action: 'capacity.ensure',
      input: { region: US, share: 0.25 },
    };
    const { outcome, context } = await run(step, { estate: large });
    expect(outcome).toMatchObject({ status: 'done', note: `25 nodes are ready in ${US}; 25 were needed.` });
    expect(await port.aws.countReadyNodes(US)).toBe(25);
    expect(await port.aws.describeNodeGroup(US)).toMatchObject({ minimum: 25, maximum: 50, desired: 25 });
    expect(context.commands).toContainEqual(expect.stringContaining('minSize=25,maxSize=50,desiredSize=25'));
    const output = outcome.status === 'done' ? outcome.output : undefined;
    expect(output).toMatchObject({ before: 20, after: 25, minimumBefore: 10, minimumSet: 25 });

    const release: Partial<PlannedStep> = {
      key: `release-${US}`,
      action: 'capacity.release',
      input: { region: US, raisedBy: `capacity-${US}` },
    };
    const outputs = { [`capacity-${US}`]: output ?? {} };
    const released = await run(release, { outputs });
    expect(released.outcome).toMatchObject({ status: 'done', note: expect.stringContaining('is 10 again') });
    expect(await port.aws.describeNodeGroup(US)).toMatchObject({ minimum: 10, desired: 25 });
    await nodeGroupIdle(US);
    const again = await run(release, { outputs });
    expect(again.outcome).toMatchObject({
      status: 'skipped',
      note: `The minimum of ${US} is 10, as before.`,
    });
    await port.aws.updateNodeGroup(US, { minimum: 12, maximum: 50, desired: 25 }, 'someone else');
    expect((await run(release, { outputs })).outcome).toMatchObject({
      status: 'wait',
      note: expect.stringContaining('UPDATING'),
    });
    await nodeGroupIdle(US);
    expect((await run(release, { outputs })).outcome).toMatchObject({
      status: 'skipped',
      note: `The minimum of ${US} is 12, not the 25 that was set: someone else changed it.`,
    });
    expect((await run(release)).outcome).toMatchObject({
      status: 'skipped',
      note: `The minimum of ${US} was not raised.`,
    });
  });

  it('a minimum that an interrupted attempt raised is lowered all the same', async () => {
    await port.aws.updateNodeGroup(US, { minimum: 10, maximum: 50, desired: 25 }, 'as it was');
    await nodeGroupIdle(US);
    const large = structuredClone(estate);
    large.capacity.peakRequestsPerSecond = 500;
    const step: Partial<PlannedStep> = {
      key: `capacity-${US}`,
      action: 'capacity.ensure',
      input: { region: US, share: 0.3 },
    };
    const stop = new AbortController();
    const interrupted = stepContext({
      aws: port.aws,
      estate: large,
      step,
      signal: stop.signal,
      evidence({ text }) {
        if (text.includes('asked for 30 nodes')) stop.abort('asked');
        return Promise.resolve();
      },
    });
    await expect(actions['capacity.ensure']?.run(interrupted)).rejects.toThrow();
    expect(await port.aws.describeNodeGroup(US)).toMatchObject({ minimum: 30 });
    expect(interrupted.kept).toEqual([{ minimumBefore: 10, minimumSet: 30 }]);

    const kept = { [`capacity-${US}`]: interrupted.kept.at(-1) ?? {} };
    const { outcome } = await run(step, { estate: large, outputs: kept, attempt: 2 });
    const output = 'output' in outcome ? outcome.output : undefined;
    expect(output ?? interrupted.kept.at(-1)).toMatchObject({ minimumBefore: 10, minimumSet: 30 });
    await nodeGroupIdle(US);
    const release = {
      key: 'r',
      action: 'capacity.release',
      input: { region: US, raisedBy: `capacity-${US}` },
    };
    expect((await run(release, { outputs: kept })).outcome.status).toBe('done');
    expect(await port.aws.describeNodeGroup(US)).toMatchObject({ minimum: 10, desired: 30 });
  });

  it('a receiver with nodes enough is left alone', async () => {
    const before = mutations();
    const { outcome } = await run({
      key: 'c',
      action: 'capacity.ensure',
      input: { region: EU, share: 0.01 },
    });
    expect(outcome.status).toBe('skipped');
    expect(mutations()).toBe(before);
  });

  it('a receiver that cannot have so many nodes fails the step, in words', async () => {
    const tiny = structuredClone(estate);
    tiny.capacity.requestsPerSecondPerNode = 0.01;
    const { outcome } = await run(
      { key: 'c', action: 'capacity.ensure', input: { region: EU, share: 1 } },
      { estate: tiny },
    );
    expect(outcome).toMatchObject({
      status: 'fail',
      note: expect.stringMatching(
        /^eu-west-1 needs \d+ nodes and its node group may have 30\. Raise the maximum, or ask for less\.$/,
      ),
    });
  });

  it('a long wait between steps watches the service levels', async () => {
    const step: Partial<PlannedStep> = {
      key: 'dwell-1',
      action: 'traffic.dwell',
      input: { seconds: 86_400, minimumRealSeconds: 10, shares: { [US]: 1 } },
    };
    const startedAt = Date.now();
    const first = await run(step, { firstStartedAtMs: startedAt });
    expect(first.outcome).toMatchObject({ status: 'wait', seconds: 30, note: '24 min to wait.' });
    const later = await run(step, { firstStartedAtMs: startedAt - 60_000 });
    expect(later.outcome).toMatchObject({ status: 'wait', seconds: 30, note: '23 min to wait.' });
  });

  it.each(['down', 'throttled'] as const)(
    'Route 53’s control plane %s: the step holds and nothing is made up',
    async (how) => {
      if (how === 'down') await lab.admin('/route53', { controlPlane: 'down' });
      else
        await lab.admin('/throttle', {
          service: 'route53',
          operation: 'ChangeResourceRecordSets',
          share: 1,
          kind: 'error',
        });
      const { outcome } = await run({ ...plan.step('weights-1'), key: 'weights-9' }, { attempt: 2 });
      expect(outcome).toMatchObject({
        status: 'hold',
        seconds: 10,
        note: expect.stringContaining('got no usable answer'),
      });
      await lab.admin('/heal', {});
      expect((await liveWeights()).na).toEqual({ [US]: 120, [EU]: 80, [AP]: 0 });
    },
  );
});

describe('the verdict, over requests since the resolvers followed', () => {
  const judge = (shares: Record<string, number>, sinceMs = followedAtMs) =>
    run(
      { key: 'verify-1', action: 'traffic.verify', input: { shares, since: 'dwell-1' } },
      { outputs: { 'dwell-1': { overAtMs: sinceMs } } },
    );

  it('waits for requests, and then finds the measured share where it was configured', async () => {
    expect((await judge(plan.shares, Date.now())).outcome).toMatchObject({
      status: 'wait',
      note: expect.stringContaining('Too few requests to judge yet'),
    });
    const passed = await vi.waitFor(
      async () => {
        const judged = await judge(plan.shares);
        expect(judged.outcome.status).toBe('done');
        return judged;
      },
      { timeout: 40_000, interval: 1_000 },
    );
    expect(passed.outcome.note).toMatch(/^measured us-east-1 .* service levels pass\.$/);
    expect(passed.context.evidenceGiven[0]).toMatchObject({
      kind: 'gate',
      data: {
        band: 'pass',
        verdicts: expect.arrayContaining([
          expect.objectContaining({ subject: 'eu-west-1 reads', band: 'pass' }),
        ]),
      },
    });
  });

  it('holds where the measured share is another than the configured', async () => {
    const { outcome } = await judge({ [US]: 0.6, [EU]: 0.2, [AP]: 0.2 });
    expect(outcome).toMatchObject({
      status: 'hold',
      seconds: 10,
      note: expect.stringContaining('more than 5 from what is configured'),
    });
  });

  it('holds where a Region that serves does not report', async () => {
    await lab.admin('/throttle', { service: 'cloudwatch', region: AP, share: 1, kind: 'garbage' });
    const { outcome } = await judge(plan.shares);
    expect(outcome).toMatchObject({ status: 'hold', note: expect.stringContaining(`${AP} does not report`) });
  });

  it('reverts when a Region errs beyond doubt', async () => {
    const brokenSince = Math.floor(Date.now() / 5_000) * 5_000;
    await lab.admin('/inject', { region: EU, errorShare: 1 });
    const { outcome, context } = await vi.waitFor(
      async () => {
        const judged = await judge(plan.shares, brokenSince);
        expect(judged.outcome.status).toBe('revert');
        return judged;
      },
      { timeout: 20_000, interval: 500 },
    );
    expect(outcome.note).toMatch(/^eu-west-1 reads: \d+ errors in \d+ requests/);
    expect(context.evidenceGiven[0]?.data?.band).toBe('revert');
    const dwelling = await run(
      {
        key: 'dwell-1',
        action: 'traffic.dwell',
        input: { seconds: 86_400, minimumRealSeconds: 10, shares: plan.shares },
      },
      { firstStartedAtMs: brokenSince, now: () => new Date(Math.max(Date.now(), brokenSince + 30_000)) },
    );
    expect(dwelling.outcome.status).toBe('revert');
  });
});

describe('the way back', () => {
  it('refuses to write over what someone else set', async () => {
    await changeBehindOurBack('na', { [US]: 10, [EU]: 190 });
    const before = mutations();
    const { outcome } = await run(plan.step('restore-weights'));
    expect(outcome).toMatchObject({
      status: 'fail',
      note: expect.stringContaining('Someone else changed the records'),
    });
    expect(mutations()).toBe(before);
    await changeBehindOurBack('na', { [US]: 120, [EU]: 80 });
  });

  it('puts the snapshot back, and is done when it already stands', async () => {
    expect((await run(plan.step('restore-weights'))).outcome.status).toBe('done');
    expect((await liveWeights()).na).toEqual({ [US]: 200, [EU]: 0, [AP]: 0 });
    expect((await run(plan.step('restore-weights'))).outcome.status).toBe('skipped');
  });
});

it('every step of a shift that asks something has shown its commands', () => {
  expect(Object.fromEntries([...shown].map(([name, commands]) => [name, commands.size > 0]))).toEqual({
    'traffic.recheck': true,
    'traffic.set-weights': true,
    'traffic.restore-weights': true,
    'traffic.dwell': true,
    'traffic.verify': true,
    'capacity.ensure': true,
    'capacity.release': true,
  });
});

const missing = missingTools('aws', 'kubectl');

describe.skipIf(missing.length > 0)(`the commands that steps have shown${skippedWithout(missing)}`, () => {
  it('are taken by the tools themselves, and read what the steps have read', {
    timeout: 240_000,
  }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'meridian-shift-commands-'));
    const commands = [...new Set([...shown.values()].flatMap((set) => [...set]))];
    // Contexts come first, for kubectl; what changes something was carried out by the steps, and is not done again.
    const reads = commands
      .filter((command) => !/^aws route53 change-|update-nodegroup-config/.test(command))
      .toSorted((a, b) => Number(b.includes('update-kubeconfig')) - Number(a.includes('update-kubeconfig')));
    try {
      const said = new Map<string, string>();
      for (const command of reads)
        said.set(
          command,
          await typed(command, { env: lab.env, home: folder, more: { AWS_MAX_ATTEMPTS: '3' } }),
        );
      const saidBy = (words: string) =>
        [...said].flatMap(([command, text]) => (command.includes(words) ? [text] : []));
      const sets = saidBy('list-resource-record-sets').flatMap((text) => JSON.parse(text));
      expect(sets.length).toBeGreaterThan(0);
      expect(sets).toContainEqual(expect.objectContaining({ SetIdentifier: EU, Weight: expect.any(Number) }));
      expect(saidBy('get-change').map((text) => JSON.parse(text).ChangeInfo.Status)).toContain('INSYNC');
      expect(saidBy('describe-nodegroup').length).toBeGreaterThan(0);
      expect(saidBy('get nodes')[0]).toContain('Ready');
      expect(saidBy('get-metric-data').some((text) => JSON.parse(text).MetricDataResults.length === 11)).toBe(
        true,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

it('every call is on record, with its Region, host and request id', () => {
  const gateway = new URL(lab.gatewayUrl).host;
  const cluster = (region: string) => new URL(lab.regions[region]?.kubernetesUrl ?? '').host;
  expect(new Set(port.calls.map(({ service }) => service))).toContain('kubernetes');
  expect(port.calls.length).toBeGreaterThan(20);
  for (const call of port.calls) {
    expect(call.host).toBe(call.service === 'kubernetes' ? cluster(call.region) : gateway);
    expect(findRegion(estate, call.region)).toBeDefined();
    expect(call.durationMs).toBeGreaterThanOrEqual(0);
  }
  const changes = port.calls.filter(
    ({ action, status }) => action === 'ChangeResourceRecordSets' && status === '200',
  );
  expect(changes.every(({ mutating, requestId, region }) => mutating && requestId && region === US)).toBe(
    true,
  );
});
