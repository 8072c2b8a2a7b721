import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeploymentRun } from '#components/deployments/pipeline-model.ts';
import type { OperationModel } from '#components/operations/model.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { planDeployment, planRollback } from '#lib/operations/deployment/plan.ts';
import { routes } from '#lib/routes.ts';
import { listOpenFreezes } from '#lib/services/operations/facts.ts';
import { findActiveOperation } from '#lib/services/operations/read.ts';
import { previewOperation } from '#lib/services/operations/request.ts';
import { readEstateState } from '#lib/services/regions/state.ts';
import { versionMarks } from '../../app/(console)/_models/chart-marks.ts';
import { deployModel, deployParams, deployPreview } from '../../app/(console)/_models/deployment-request.ts';
import { operationModel } from '../../app/(console)/_models/operations.ts';
import { safeActs } from '../../app/(console)/_models/overview-safe.ts';
import { recentOffer, rollbackOffer, rollbackPreview } from '../../app/(console)/_models/rollback-offer.ts';
import { shellModel } from '../../app/(console)/_models/shell.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { frameOf } from './pages.ts';

const world = testWorld();
const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const DIGEST = `sha256:${'b8'.repeat(32)}`;
const START = Date.parse('2026-11-23T10:00:00.000Z');
/** Seconds after the start of the run. */
const at = (seconds: number) => new Date(START + seconds * 1_000);
const iso = (seconds: number) => at(seconds).toISOString();

let operator: TestPerson;
let viewer: TestPerson;

beforeAll(async () => {
  operator = await world.person('operator', { name: 'Mara Lindqvist' });
  viewer = await world.person('viewer');
});
beforeEach(async () => {
  await world.owner.query('truncate operation, release cascade');
  await world.observe();
});

function environment() {
  const found = findEnvironment(world.estate, 'production');
  if (!found) throw new Error('the estate has production');
  return found;
}

const deploymentPlan = () =>
  planDeployment({
    environment: environment(),
    version: 'v2.1.0',
    digest: DIGEST,
    repository: 'ecommerce/shop',
    regions: REGIONS.map((code) => ({ code, live: 'v2.0.0', window: null })),
    soakMinutes: 30,
    inLowTraffic: false,
  });

interface StepRow {
  state?: string;
  began?: number;
  ended?: number;
  output?: unknown;
  evidence?: unknown;
}

interface RunRow {
  kind?: 'deployment' | 'rollback';
  state: string;
  endedSeconds?: number;
  outcome?: string;
  stoppedAt?: number;
  /** Asked for that time; not started. */
  startSeconds?: number;
  steps: Record<string, StepRow>;
}

const CHANGES = REGIONS.flatMap((code, index) => [
  { label: `Version in ${code}`, before: 'v2.0.0', after: 'v2.1.0' },
  { label: `Pods in ${code}`, before: `${index + 2}`, after: `${index + 2}` },
]);

/** Stores a run as a worker leaves it: the steps that are named, and of the plan those that a run begins with. */
async function storeRun(plan: Plan, { kind = 'deployment', state, steps, ...row }: RunRow): Promise<string> {
  const { rows } = await world.database.pool.query<{ id: string }>(
    `insert into operation (kind, environment, title, state, params, plan, digest, reason, requested_by, requested_via,
       needed, expires_at, created_at, started_at, ended_at, outcome, start_at)
     values ($1, 'production', $2, $3, $4, $5, $6, 'The new search.', $7, 'console', 1, $8, $9, $10, $11, $12, $13) returning id`,
    [
      kind,
      plan.title,
      state,
      JSON.stringify({ request: { version: 'v2.1.0' } }),
      JSON.stringify({ ...plan, changes: CHANGES, checks: [] }),
      randomUUID().replaceAll('-', '').padEnd(64, '0'),
      operator.id,
      at(86_400),
      at(-60),
      state === 'awaiting-approval' || state === 'scheduled' ? null : at(0),
      row.endedSeconds === undefined ? null : at(row.endedSeconds),
      row.outcome ?? null,
      row.startSeconds === undefined ? null : at(row.startSeconds),
    ],
  );
  const id = rows[0]?.id ?? '';
  const planned = [...plan.steps, ...plan.compensation.filter(({ key }) => key in steps)];
  for (const [position, step] of planned.entries()) {
    const known = steps[step.key] ?? {};
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, region, state, attempt, started_at, ended_at,
         output, evidence)
       values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11)`,
      [
        id,
        position,
        step.key,
        step.title,
        step.action,
        step.region,
        known.state ?? (step.key in steps ? 'done' : 'waiting'),
        known.began === undefined ? null : at(known.began),
        known.ended === undefined ? null : at(known.ended),
        known.output === undefined ? null : JSON.stringify(known.output),
        JSON.stringify(known.evidence ?? []),
      ],
    );
  }
  if (row.stoppedAt !== undefined)
    await world.database.pool.query(
      `insert into operation_event (operation_id, kind, at) values ($1, 'stopping', $2)`,
      [id, at(row.stoppedAt)],
    );
  return id;
}

const switched = (seconds: number, from = 'v2.0.0', to = 'v2.1.0') => ({
  switchedAtMs: START + seconds * 1_000,
  from,
  to,
  colour: 'blue',
  fromColour: 'green',
  resourceVersion: '88124',
  fromImage: `ecommerce/shop@sha256:${'4f'.repeat(32)}`,
  fromReplicas: 2,
});

interface MetricRow {
  value?: number | null;
  samples?: number;
  band?: 'pass' | 'hold' | 'revert' | 'unknown';
  message?: string;
}

function look(
  seconds: number,
  band: 'pass' | 'hold' | 'revert',
  errors: MetricRow = {},
  cpu: MetricRow = {},
) {
  return {
    at: iso(seconds),
    kind: 'gate',
    text: `us-east-1: ${band === 'pass' ? 'errors and p95 pass' : 'errors of reads 1.84 %, reverts above 1 %'}`,
    data: {
      band,
      elapsedSeconds: seconds - 20,
      totalSeconds: 30,
      declaredSeconds: 1_800,
      metrics: [
        {
          metric: 'errors',
          subject: 'reads',
          unit: 'share',
          value: 0.0002,
          passBelow: 0.001,
          revertAbove: 0.01,
          samples: 4_820,
          band: 'pass',
          baseline: 0.0003,
          message: '1 error in 4820 requests of reads',
          ...errors,
        },
        {
          metric: 'cpu',
          subject: 'nodes',
          unit: 'percent',
          value: 49,
          passBelow: 70,
          revertAbove: null,
          samples: null,
          band: 'pass',
          baseline: null,
          message: 'CPU 49 %',
          ...cpu,
        },
      ],
    },
  };
}

/** us-east-1 switched 20 s after the start, and soaking since 30 s. */
const soaking = (evidence: unknown[], state = 'running'): Record<string, StepRow> => ({
  images: { began: 0, ended: 1 },
  'apply-us-east-1': {
    began: 1,
    ended: 2,
    output: { clusterUid: 'u', colour: 'blue', replicas: 2, replicasBefore: 0, resourceVersion: '88123' },
  },
  'rollout-us-east-1': { began: 2, ended: 15 },
  'smoke-us-east-1': {
    began: 15,
    ended: 17,
    evidence: [
      {
        at: iso(17),
        kind: 'fact',
        text: '/products answered 200',
        data: { status: 200, ms: 41.4, version: 'v2.1.0' },
      },
    ],
  },
  'endpoints-us-east-1': {
    began: 17,
    ended: 18,
    evidence: [{ at: iso(18), kind: 'fact', text: '2 ready endpoints', data: { fresh: 2, live: 2 } }],
  },
  'switch-us-east-1': { began: 18, ended: 20, output: switched(20) },
  'drain-us-east-1': { began: 20, ended: 30 },
  'soak-us-east-1': { state, began: 30, evidence, ...(state === 'running' ? {} : { ended: 45 }) },
});

async function page(id: string, seconds: number, person = operator): Promise<OperationModel> {
  return operationModel(world.contextFor(person, { now: at(seconds) }), id);
}

async function runOf(id: string, seconds: number): Promise<DeploymentRun> {
  const { deployment } = await page(id, seconds);
  if (deployment === null) throw new Error('a deployment has a pipeline');
  return deployment;
}

const laneOf = (run: DeploymentRun, region: string) => run.lanes.find((lane) => lane.region === region);
const wordsOf = (run: DeploymentRun, region: string) =>
  Object.fromEntries(laneOf(run, region)?.stages.map(({ key, word }) => [key, word]) ?? []);

describe('a deployment that soaks', () => {
  const stored = () =>
    storeRun(deploymentPlan(), {
      state: 'running',
      steps: soaking([look(32, 'pass'), look(36, 'pass')]),
    });

  it('has a lane for each Region, in its order, with what every stage came to', async () => {
    const run = await runOf(await stored(), 38);
    expect(run.lanes.map(({ region }) => region)).toEqual([...REGIONS]);
    expect(laneOf(run, 'us-east-1')).toMatchObject({
      before: { version: 'v2.0.0', colour: 'green' },
      after: { version: 'v2.1.0', colour: 'blue' },
      status: 'running',
      word: 'soaks',
      switchedAt: iso(20),
      start: null,
    });
    expect(wordsOf(run, 'us-east-1')).toEqual({
      apply: '0:01',
      rollout: '2 of 2',
      smoke: '200, 41\u00a0ms',
      endpoints: '2 ≥ 2',
      switch: '0:02',
      drain: '0:10',
      soak: '0:16 of 0:30',
      retire: 'T+120',
    });
    expect(run.checks).toMatchObject([
      { key: 'images', status: 'ok' },
      { key: 'parity', status: 'waiting' },
    ]);
  });

  it('shows the gate, each look of it, what the sample proves and the clock since the switch', async () => {
    const run = await runOf(await stored(), 38);
    expect(run.focus).toBe('us-east-1');
    expect(run.gates).toMatchObject([
      {
        region: 'us-east-1',
        band: 'pass',
        word: 'passes, 2 of 2',
        judgedAt: iso(36),
        baselineOf: 'eu-west-1 and ap-southeast-1 on v2.0.0',
        soak: { state: 'running', elapsedSeconds: 16, totalSeconds: 30, declaredSeconds: 1_800 },
        lines: [
          {
            label: 'Errors, reads',
            unit: '%',
            value: 0.02,
            passBelow: 0.1,
            revertAbove: 1,
            samples: 4_820,
            looks: [{ elapsedSeconds: 12 }, { elapsedSeconds: 16 }],
          },
          { label: 'Processor', unit: '%', value: 49, revertAbove: null, samples: null, proves: null },
        ],
      },
    ]);
    expect(run.gates[0]?.lines[0]?.proves).toMatch(/^at most 0\.\d+\u00a0%$/);
  });

  it('says when the next Region begins, and which of the two moments decides', async () => {
    const run = await runOf(await stored(), 38);
    // 30 min at 1:60 after the switch is later than T+30, which is 30 s after the start.
    expect(run.next).toMatchObject({ region: 'eu-west-1', start: { at: iso(50) } });
    expect(run.next?.start.why).toMatch(
      /^30 min .* after us-east-1 was switched at \S+ 10:00:20 UTC\. Planned for T\+30, \S+ 10:00:30 UTC/,
    );
    expect(laneOf(run, 'ap-southeast-1')?.start).toMatchObject({
      at: null,
      why: '30 min after eu-west-1 is switched, or at T+60 if that is later',
    });
  });

  it('tells who was served what, and what happened', async () => {
    const { timeline } = await runOf(await stored(), 38);
    expect(timeline?.rows[0]).toMatchObject({
      served: [
        { from: iso(0), until: iso(20), version: 'v2.0.0', isNew: false },
        { from: iso(20), until: null, version: 'v2.1.0', isNew: true },
      ],
      holds: [],
    });
    expect(timeline?.rows[1]).toMatchObject({ plannedAt: iso(50) });
    expect(timeline?.events.map(({ text }) => text)).toEqual([
      'Requested by Mara Lindqvist',
      'Started',
      'us-east-1 serves v2.1.0, blue',
    ]);
  });

  it('names what changes once where it is the same everywhere', async () => {
    const { diff } = await runOf(await stored(), 38);
    expect(diff[0]).toEqual({ region: null, label: 'Version', before: 'v2.0.0', after: 'v2.1.0' });
    expect(diff.slice(1).map(({ region, label }) => `${label} ${region}`)).toEqual(
      REGIONS.map((code) => `Pods ${code}`),
    );
  });

  it('can be rolled back by who may control it, from every page, and by nobody else', async () => {
    const id = await stored();
    expect(await page(id, 38)).toMatchObject({
      revert: null,
      rollback: {
        operation: { id, running: true },
        version: 'v2.1.0',
        since: iso(20),
        regions: [{ region: 'us-east-1', now: 'v2.1.0', back: 'v2.0.0' }],
        permission: { allowed: true },
      },
    });
    expect((await page(id, 38, viewer)).rollback?.permission).toMatchObject({ allowed: false });
  });
});

it('a rollout shows how many pods are ready, as they were last observed', async () => {
  const id = await storeRun(deploymentPlan(), {
    state: 'running',
    steps: {
      images: { began: 0, ended: 1 },
      'apply-us-east-1': {
        began: 1,
        ended: 2,
        output: { clusterUid: 'u', colour: 'blue', replicas: 6, replicasBefore: 0, resourceVersion: '88123' },
      },
      'rollout-us-east-1': { state: 'running', began: 2 },
    },
  });
  await world.observe({
    change: ({ region, kind, value }) =>
      kind === 'service' && region === 'us-east-1' && typeof value === 'object' && value !== null
        ? {
            ...value,
            deployments: [
              { name: 'shop-blue', version: 'v2.1.0', image: 'x', desired: 6, ready: 4, colour: 'blue' },
            ],
          }
        : undefined,
  });
  const run = await runOf(id, 8);
  expect(wordsOf(run, 'us-east-1')).toMatchObject({ rollout: '4 of 6', switch: '' });
  expect(laneOf(run, 'us-east-1')).toMatchObject({ status: 'running', word: 'rolls out' });
  expect((await page(id, 8)).rollback).toBeNull();
});

describe('a gate that does not pass', () => {
  it('holds by what is proven to be wrong, and the clock stands', async () => {
    const id = await storeRun(deploymentPlan(), {
      state: 'holding',
      steps: {
        ...soaking([
          look(32, 'pass'),
          look(40, 'hold', { value: 0.004, band: 'hold', message: '19 errors in 4820 requests of reads' }),
          look(56, 'hold', { value: 0.004, band: 'hold', message: '19 errors in 4820 requests of reads' }),
        ]),
        'soak-us-east-1': {
          state: 'holding',
          began: 30,
          evidence: [
            look(32, 'pass'),
            look(40, 'hold', { value: 0.004, band: 'hold', message: '19 errors in 4820 requests of reads' }),
            look(56, 'hold', { value: 0.004, band: 'hold', message: '19 errors in 4820 requests of reads' }),
          ],
        },
      },
    });
    const model = await page(id, 60);
    expect(model).toMatchObject({
      status: 'held',
      answer: 'v2.1.0 is held in us-east-1: 19 errors in 4820 requests of reads.',
    });
    expect(model.deployment?.gates[0]).toMatchObject({
      band: 'hold',
      word: 'holds: 19 errors in 4820 requests of reads',
      soak: { state: 'held', elapsedSeconds: 36 },
    });
    expect(model.deployment?.timeline?.rows[0]?.holds).toEqual([{ from: iso(40), until: null }]);
    expect(laneOf(await runOf(id, 60), 'us-east-1')).toMatchObject({
      status: 'held',
      word: 'held by its gate',
    });
  });

  it('is critical while a limit of a rollback is passed', async () => {
    const id = await storeRun(deploymentPlan(), {
      state: 'holding',
      steps: {
        ...soaking([]),
        'soak-us-east-1': {
          state: 'holding',
          began: 30,
          evidence: [
            look(32, 'revert', { value: 0.2, band: 'revert', message: '8 errors in 41 requests of reads' }),
          ],
        },
      },
    });
    expect(await page(id, 33)).toMatchObject({
      status: 'critical',
      answer:
        'v2.1.0 is past a limit in us-east-1: 8 errors in 41 requests of reads. It rolls back if that goes on.',
    });
  });

  it('cannot judge where too little was measured, or nothing', async () => {
    const id = await storeRun(deploymentPlan(), {
      state: 'running',
      steps: soaking([
        look(
          32,
          'hold',
          { samples: 42, band: 'hold', message: '42 requests of reads, 200 are needed to judge' },
          { value: null, band: 'unknown', message: 'CPU of the nodes not known' },
        ),
      ]),
    });
    expect((await runOf(id, 34)).timeline?.rows[0]?.holds).toEqual([]);
    expect((await runOf(id, 34)).gates[0]).toMatchObject({
      band: 'unknown',
      word: 'cannot judge: 42 requests of reads, 200 are needed to judge',
    });
  });
});

describe('a deployment that its gate turned round', () => {
  const trouble = {
    pod: 'shop-blue-6f7c9d8b5-x2lqp',
    phase: 'Running',
    restarts: 3,
    waiting: 'CrashLoopBackOff: back-off 20s',
    events: [{ at: iso(44), reason: 'BackOff', message: 'Back-off restarting', count: 3 }],
    log: ['basket total: cannot read null'],
  };
  const stored = () =>
    storeRun(deploymentPlan(), {
      state: 'reverted',
      endedSeconds: 60,
      outcome: 'Put back: errors of reads 1.84 %.',
      stoppedAt: 45,
      steps: {
        ...soaking([]),
        'switch-us-east-1': { state: 'reverted', began: 18, ended: 20, output: switched(20) },
        'soak-us-east-1': {
          state: 'failed',
          began: 30,
          ended: 45,
          evidence: [
            look(32, 'pass'),
            look(45, 'revert', {
              value: 0.0184,
              samples: 1_304,
              band: 'revert',
              message: '24 errors in 1304 requests',
            }),
          ],
        },
        'back-us-east-1': { began: 45, ended: 47, output: switched(47, 'v2.1.0', 'v2.0.0') },
        'back-eu-west-1': { state: 'skipped', began: 45, ended: 45 },
        'back-ap-southeast-1': { state: 'skipped', began: 45, ended: 45 },
        'back-verify-us-east-1': { began: 47, ended: 55 },
        'diagnose-us-east-1': {
          began: 55,
          ended: 58,
          evidence: [{ at: iso(57), kind: 'fact', text: 'a pod', data: trouble }],
        },
      },
    });

  it('says which gate, which metric, what stands again and how fast, and what the pods said', async () => {
    const { turned } = await runOf(await stored(), 90);
    expect(turned).toMatchObject({
      status: 'critical',
      region: 'us-east-1',
      metric: 'errors of reads',
      decidedAt: iso(45),
      backSeconds: 2,
      back: [
        { region: 'us-east-1', from: 'v2.1.0', to: 'v2.0.0', status: 'ok', word: 'served again, verified' },
      ],
      diagnostics: {
        note: '1 pod in trouble, 1 Region asked',
        pods: [{ region: 'us-east-1', pod: trouble.pod, log: trouble.log }],
      },
    });
  });

  it('leads its lane back, and shows its gate first', async () => {
    const run = await runOf(await stored(), 90);
    expect(laneOf(run, 'us-east-1')).toMatchObject({
      status: 'held',
      word: 'put back to v2.0.0',
      backAt: iso(47),
    });
    expect(run.focus).toBe('us-east-1');
    expect(run.gates[0]).toMatchObject({ band: 'revert', soak: { state: 'turned' } });
    expect(run.gates[0]?.lines[0]?.proves).toMatch(/^at least/);
    expect(run.timeline?.rows[0]?.served.map(({ version }) => version)).toEqual([
      'v2.0.0',
      'v2.1.0',
      'v2.0.0',
    ]);
    expect(run.next).toBeNull();
  });

  it('says whether the version is marked bad', async () => {
    const id = await stored();
    expect((await runOf(id, 90)).turned?.verdict).toBeNull();
    await world.database.pool.query(
      `insert into release (version, digest, schema, schema_note, notes, author, registered_by, registered_at, bad_at, bad_reason,
         bad_operation) values ('v2.1.0', $1, 'expand', 'One nullable column.', 'Search.', 'ci', $2, $3, $4, 'errors of reads 1.84 %', $5)`,
      [DIGEST, operator.id, at(-600), at(60), id],
    );
    expect((await runOf(id, 90)).turned?.verdict).toMatchObject({ status: 'held' });
    expect((await page(id, 90)).answer).toBe('v2.1.0 was rolled back by the gate of us-east-1.');
  });

  it('leaves nothing to be rolled back', async () => {
    await stored();
    expect(await rollbackOffer(world.contextFor(operator, { now: at(90) }), 'production')).toBeNull();
  });
});

describe('what can be rolled back', () => {
  const done = (steps: Record<string, StepRow> = {}) =>
    storeRun(deploymentPlan(), {
      state: 'done',
      endedSeconds: 200,
      steps: {
        'switch-us-east-1': { began: 18, ended: 20, output: switched(20) },
        'switch-eu-west-1': { began: 58, ended: 60, output: switched(60, 'v1.9.0') },
        'switch-ap-southeast-1': { began: 98, ended: 100, output: switched(100) },
        ...steps,
      },
    });
  const offer = (seconds: number, person = operator) =>
    rollbackOffer(world.contextFor(person, { now: at(seconds) }), 'production');

  it('is every Region of the newest deployment, each to what it served before', async () => {
    const id = await done();
    expect(await offer(220)).toMatchObject({
      operation: { id, running: false },
      since: iso(100),
      regions: [
        { region: 'us-east-1', back: 'v2.0.0' },
        { region: 'eu-west-1', back: 'v1.9.0' },
        { region: 'ap-southeast-1', back: 'v2.0.0' },
      ],
      permission: { allowed: true },
    });
    expect((await offer(220, viewer))?.permission).toMatchObject({ allowed: false });
  });

  it('is less by what a rollback has put back since', async () => {
    await done();
    const plan = planRollback({
      environment: environment(),
      regions: [{ code: 'eu-west-1', from: 'v2.1.0', to: 'v1.9.0', digest: null }],
    });
    const id = await storeRun(plan, {
      kind: 'rollback',
      state: 'done',
      endedSeconds: 320,
      steps: {
        'back-eu-west-1': { began: 300, ended: 302, output: switched(302, 'v2.1.0', 'v1.9.0') },
        'back-verify-eu-west-1': { began: 302, ended: 310, evidence: [look(306, 'pass')] },
      },
    });
    expect((await offer(330))?.regions.map(({ region }) => region)).toEqual(['us-east-1', 'ap-southeast-1']);
    const run = await runOf(id, 330);
    expect(run).toMatchObject({ kind: 'rollback', version: 'v1.9.0' });
    expect(laneOf(run, 'eu-west-1')).toMatchObject({
      before: { version: 'v2.1.0' },
      after: { version: 'v1.9.0' },
      word: 'serves v1.9.0',
      switchedAt: iso(302),
    });
    expect(run.gates).toMatchObject([
      { region: 'eu-west-1', band: 'pass', word: 'passed, 2 of 2', soak: null },
    ]);
  });

  it('is in every page’s palette, opens its sheet, and is told where it is new', async () => {
    await done();
    const context = { ...world.contextFor(operator, { now: at(220) }) };
    const actor = { ...context.actor, name: operator.name, email: operator.email } as never;
    const shell = await shellModel({ ...context, actor }, 'production');
    expect(shell.palette.find(({ opens }) => opens === 'rollback')).toMatchObject({
      label: 'Roll back v2.1.0',
    });
    expect(shell.rollback?.version).toBe('v2.1.0');
    const recent = (seconds: number, region?: string) =>
      recentOffer(world.contextFor(operator, { now: at(seconds) }), {
        environment: 'production',
        ...(region ? { region } : {}),
      });
    expect(await recent(220)).not.toBeNull();
    expect(await recent(220, 'eu-west-1')).not.toBeNull();
    expect(await recent(100 + 31 * 60)).toBeNull();
  });

  it('is what stands again after a later deployment was turned round', async () => {
    const id = await done();
    await storeRun(deploymentPlan(), {
      state: 'reverted',
      endedSeconds: 420,
      steps: {
        'switch-us-east-1': {
          state: 'reverted',
          began: 398,
          ended: 400,
          output: switched(400, 'v2.1.0', 'v2.2.0'),
        },
        'back-us-east-1': { began: 410, ended: 412, output: switched(412, 'v2.2.0', 'v2.1.0') },
      },
    });
    expect(await offer(430)).toMatchObject({
      operation: { id },
      version: 'v2.1.0',
      regions: [
        { region: 'us-east-1', back: 'v2.0.0' },
        { region: 'eu-west-1' },
        { region: 'ap-southeast-1' },
      ],
    });
  });

  it('is nothing where nothing of ours was switched', async () => {
    await storeRun(deploymentPlan(), { state: 'awaiting-approval', steps: {} });
    expect(await offer(10)).toBeNull();
  });
});

it('a request that waits has its lanes and nothing else', async () => {
  const id = await storeRun(deploymentPlan(), { state: 'awaiting-approval', steps: {} });
  const run = await runOf(id, 0);
  expect(run).toMatchObject({ gates: [], focus: null, timeline: null, turned: null, approvedBy: null });
  expect(new Set(run.lanes.map(({ status, word }) => `${status}: ${word}`))).toEqual(
    new Set(['waiting: not begun']),
  );
});

it('charts are marked where users were moved, on a Region’s page its own moves alone', async () => {
  await storeRun(deploymentPlan(), {
    state: 'running',
    steps: {
      'switch-us-east-1': { began: 18, ended: 20, output: switched(20) },
      'switch-eu-west-1': { began: 58, ended: 60, output: switched(60) },
    },
  });
  const context = world.contextFor(operator, { now: at(90) });
  const asked = { environment: 'production', from: at(0), to: at(90) };
  expect(await versionMarks(context, asked)).toEqual([
    { at: START / 1_000 + 20, label: 'v2.1.0 us-east-1' },
    { at: START / 1_000 + 60, label: 'v2.1.0 eu-west-1' },
  ]);
  expect(await versionMarks(context, { ...asked, region: 'eu-west-1' })).toEqual([
    { at: START / 1_000 + 60, label: 'v2.1.0' },
  ]);
  expect(await versionMarks(context, { ...asked, to: at(30) })).toHaveLength(1);
  expect(await versionMarks(context, { ...asked, environment: 'staging' })).toEqual([]);
});

describe('what is safe to do now, on the overview', () => {
  const acts = async (seconds: number, person = operator) => {
    const frame = await frameOf(world.contextFor(person, { now: at(seconds) }));
    const state = await readEstateState(frame.context, 'production');
    const active = await findActiveOperation(frame.context, 'production');
    const freezes = await listOpenFreezes(frame.context);
    const all = await safeActs(frame, state, { active, freezes });
    return all.filter(({ id }) => id === 'rollback' || id === 'deploy');
  };
  const register = () =>
    world.database.pool.query(
      `insert into release (version, digest, schema, schema_note, notes, author, registered_by, registered_at)
       values ('v2.2.0', $1, 'none', 'No change.', 'Faster.', 'ci', $2, $3)`,
      [DIGEST, operator.id, at(-600)],
    );

  it('is to roll back what is new, and to deploy the newest release that is not bad', async () => {
    await register();
    await storeRun(deploymentPlan(), {
      state: 'done',
      endedSeconds: 200,
      steps: { 'switch-us-east-1': { began: 18, ended: 20, output: switched(20) } },
    });
    expect(await acts(220)).toMatchObject([
      { id: 'rollback', title: 'Roll back to v2.0.0', verdict: 'allowed' },
      {
        id: 'deploy',
        title: 'Deploy v2.2.0',
        verdict: 'allowed',
        href: '/deployments?act=deploy&version=v2.2.0',
      },
    ]);
    expect(await acts(220, viewer)).toMatchObject([{ verdict: 'held' }, { verdict: 'held' }]);
  });

  it('waits where something runs, but for the way back of just that', async () => {
    await register();
    const id = await storeRun(deploymentPlan(), { state: 'running', steps: soaking([look(32, 'pass')]) });
    expect(await acts(34)).toMatchObject([
      { id: 'rollback', verdict: 'allowed' },
      { id: 'deploy', verdict: 'held', why: `Waits for ${id}: one operation at a time.` },
    ]);
  });

  it('is neither where nothing was switched and nothing is registered', async () => {
    expect(await acts(0)).toEqual([]);
  });
});

describe('controls of a deployment', () => {
  const stored = () => storeRun(deploymentPlan(), { state: 'running', steps: soaking([look(32, 'pass')]) });
  const controlsFor = async (id: string, person: TestPerson) =>
    (await page(id, 34, person)).deployment?.controls;

  it('the soak that runs is skipped by an approver, never by who asked for it', async () => {
    const approver = await world.person('approver');
    const id = await stored();
    expect((await controlsFor(id, approver))?.skipSoak).toMatchObject({
      step: 'soak-us-east-1',
      region: 'us-east-1',
      permission: { allowed: true },
      plan: { changes: [{ before: '0:12 of 0:30' }] },
    });
    expect((await controlsFor(id, operator))?.skipSoak?.permission.allowed).toBe(false);
  });

  it('what waits for its time is promoted by who may control it', async () => {
    const id = await stored();
    expect((await controlsFor(id, operator))?.promote).toMatchObject({
      permission: { allowed: true },
      plan: { changes: [{ label: 'eu-west-1' }, { label: 'ap-southeast-1' }], verb: 'Promote to 2 Regions' },
    });
    expect((await controlsFor(id, viewer))?.promote?.permission.allowed).toBe(false);
  });

  it('one that has ended leaves only its release to be judged', async () => {
    await world.database.pool.query(
      `insert into release (version, digest, schema, schema_note, notes, author, registered_by, registered_at)
       values ('v2.1.0', $1, 'none', 'No change.', 'Search.', 'ci', $2, $3)`,
      [DIGEST, operator.id, at(-600)],
    );
    const id = await storeRun(deploymentPlan(), {
      state: 'done',
      endedSeconds: 200,
      steps: { 'switch-us-east-1': { began: 18, ended: 20, output: switched(20) } },
    });
    expect(await controlsFor(id, operator)).toMatchObject({
      skipSoak: null,
      promote: null,
      markBad: { permission: { allowed: true } },
    });
  });
});

it('one that is approved for later says when it starts, and which Region first', async () => {
  const id = await storeRun(deploymentPlan(), { state: 'scheduled', startSeconds: 3_600, steps: {} });
  const model = await page(id, 0);
  expect(model.status).toBe('waiting');
  expect(model.answer).toBe('v2.1.0 is approved and starts at 2026-11-23 11:00 UTC.');
  expect(laneOf(await runOf(id, 0), 'us-east-1')?.start?.at).toBe(iso(3_600));
  expect(model.withdraw?.changes).toEqual([
    { label: 'Request', before: 'approved, starts at its time', after: 'withdrawn' },
  ]);
  expect((await page(id, 0, viewer)).withdraw).toBeNull();
});

describe('the sheets', () => {
  const register = (version: string, bad = false) =>
    world.database.pool.query(
      `insert into release (version, digest, schema, schema_note, notes, author, registered_by, registered_at, bad_at, bad_reason)
       values ($1, $2, 'expand', 'One nullable column.', 'Search.', 'ci', $3, $4, $5, $6)`,
      [version, DIGEST, operator.id, at(-600), bad ? at(-60) : null, bad ? 'it lost orders' : null],
    );

  it('of a new deployment offers releases with what stands against each, and both orders', async () => {
    await register('v2.1.0');
    await register('v2.0.1', true);
    const model = await deployModel(world.contextFor(operator, { now: at(0) }), 'production', {
      version: 'v2.1.0',
      closeHref: routes.deployments(),
    });
    expect(model).toMatchObject({
      provenIn: 'staging',
      recommended: { regions: ['ap-southeast-1', 'eu-west-1', 'us-east-1'] },
      initial: { version: 'v2.1.0', regions: [...REGIONS], soakMinutes: 30, schedule: { kind: 'now' } },
      permission: { allowed: true },
    });
    const of = (version: string) => model.releases.find((release) => release.version === version);
    expect(of('v2.1.0')).toMatchObject({
      refused: null,
      staging: null,
      schema: 'expand, One nullable column.',
    });
    expect(of('v2.0.1')?.refused).toContain('it lost orders');
  });

  it('of a new deployment previews what changes, when each Region begins and who must agree', async () => {
    await register('v2.1.0');
    const now = new Date();
    await world.observe({}, now);
    const context = world.contextFor(operator, { now });
    const params = {
      version: 'v2.1.0',
      regions: ['eu-west-1', 'us-east-1'],
      schedule: { kind: 'now' },
      soakMinutes: 15,
      stagingException: ' a fix ',
      accepted: [],
    } as const;
    const planned = await previewOperation(context, {
      kind: 'deployment',
      environment: 'production',
      params: deployParams(params),
    });
    const preview = await deployPreview(context, 'production', planned, params.schedule);
    expect(preview.regions).toMatchObject([
      { region: 'eu-west-1', after: 'v2.1.0', start: 'when approved' },
      { region: 'us-east-1', after: 'v2.1.0', start: '15\u00a0min after eu-west-1' },
    ]);
    expect(preview.agreement.rule).toMatch(/^One approver who is not you\./);
    expect(preview.checks.find(({ id }) => id.startsWith('staging'))?.accept).toContain('was not proven');
    expect(preview.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('of a rollback says what each Region goes back to, and that nobody is asked', async () => {
    await storeRun(deploymentPlan(), {
      state: 'done',
      endedSeconds: 200,
      steps: { 'switch-eu-west-1': { began: 18, ended: 20, output: switched(20, 'v1.8.0', 'v1.9.0') } },
    });
    const now = new Date();
    await world.observe(
      {
        change: ({ region, kind, value }) =>
          kind === 'service' && region === 'eu-west-1' && typeof value === 'object' && value !== null
            ? { ...value, liveVersion: 'v1.9.0' }
            : undefined,
      },
      now,
    );
    const context = world.contextFor(operator, { now });
    const planned = await previewOperation(context, {
      kind: 'rollback',
      environment: 'production',
      params: { regions: ['eu-west-1'] },
    });
    expect(await rollbackPreview(context, planned)).toMatchObject({
      regions: [{ region: 'eu-west-1', now: 'v1.9.0', back: 'v1.8.0', slower: true }],
      refusal: null,
      agreement: expect.stringContaining('Nobody'),
    });
  });
});
