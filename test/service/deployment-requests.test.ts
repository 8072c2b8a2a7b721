import { beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { expireRequests } from '#lib/observe/maintain.ts';
import { setPolicy } from '#lib/services/approvals/policies.ts';
import { createFreeze } from '#lib/services/freezes/freezes.ts';
import { abortOperation, revertOperation } from '#lib/services/operations/control.ts';
import { approveOperation, withdrawOperation } from '#lib/services/operations/decide.ts';
import { getOperation } from '#lib/services/operations/read.ts';
import { previewOperation, requestOperation } from '#lib/services/operations/request.ts';
import { promoteOperation, skipSoak } from '#lib/services/operations/skip.ts';
import { startDueOperations } from '#lib/services/operations/start-due.ts';
import { markReleaseBad } from '#lib/services/releases/mark.ts';
import { registerRelease } from '#lib/services/releases/register.ts';
import {
  digestOf,
  observeShop,
  REGIONS,
  REPOSITORY,
  releaseOf as release,
  type Seen,
} from './deployment-world.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();
const observe = (seen: Seen = {}) => observeShop(world, seen);

let operator: TestPerson;
let approver: TestPerson;

beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  await world.database.pool.query(
    'update release set bad_at = null, bad_by = null, bad_reason = null, bad_operation = null',
  );
  await world.database.pool.query('update operation_step set output = null where output is not null');
  await world.database.pool.query(
    'update "freeze" set lifted_at = now(), lifted_by = created_by where lifted_at is null',
  );
  operator = await world.person('operator');
  approver = await world.person('approver');
  await observe();
  for (const version of ['v1.9.0', 'v2.0.0'])
    await registerRelease(world.contextFor(operator), release(version));
  await registerRelease(world.contextFor(operator), release('v2.1.0', 'contract'));
});

const PARAMS = { version: 'v2.0.0', stagingException: 'the staging cluster is being rebuilt' };

const preview = (params: object = PARAMS, kind: 'deployment' | 'rollback' = 'deployment') =>
  previewOperation(world.contextFor(operator), { kind, environment: 'production', params });

const request = (params: object = PARAMS, by = operator) =>
  requestOperation(world.contextFor(by), {
    kind: 'deployment',
    environment: 'production',
    params,
    reason: 'a release',
    acknowledged: ['staging'],
  });

async function verdicts(params?: object): Promise<Record<string, string>> {
  const { checks } = await preview(params);
  return Object.fromEntries(checks.map(({ code, verdict }) => [code, verdict]));
}

async function rowOf(id: string) {
  const { rows } = await world.database.pool.query<{
    state: string;
    outcome: string | null;
    desired: string;
  }>('select state, outcome, desired from operation where id = $1', [id]);
  return rows[0];
}

/** As a run leaves it: begun, and with its switches on record. */
async function switched(
  id: string,
  state: string,
  regions: readonly string[] = REGIONS,
  live = 'v2.0.0',
  from = 'v1.9.0',
) {
  await world.database.pool.query(
    `update operation set state = $2, started_at = now(), ended_at = case when $3 then now() end where id = $1`,
    [id, state, state === 'done'],
  );
  for (const region of regions)
    await world.database.pool.query(
      `update operation_step set state = 'done', attempt = 1, started_at = now(), output = $3 where operation_id = $1 and key = $2`,
      [
        id,
        `switch-${region}`,
        JSON.stringify({
          switchedAtMs: Date.now(),
          from,
          to: live,
          colour: 'green',
          resourceVersion: '7',
          fromColour: 'blue',
          fromImage: `${REPOSITORY}@${digestOf(from)}`,
          fromReplicas: 4,
        }),
      ],
    );
}

describe('planning a deployment', () => {
  it('goes through the Regions in the estate’s order, or in the one asked for', async () => {
    const { plan, regions, changes, price } = await preview();
    expect(regions).toEqual(REGIONS);
    expect(plan.steps.map(({ key }) => key).filter((key) => key.startsWith('switch-'))).toEqual(
      REGIONS.map((region) => `switch-${region}`),
    );
    expect(changes[0]).toEqual({ label: 'Version in us-east-1', before: 'v1.9.0', after: 'v2.0.0' });
    expect(price.basis).toMatch(/both colours run for 2\.0 h: \$\d/);
    const other = await preview({ ...PARAMS, regions: ['ap-southeast-1', 'eu-west-1'] });
    expect(other.regions).toEqual(['ap-southeast-1', 'eu-west-1']);
  });

  it('to staging looks at its own traffic there: production’s health check says nothing of it', async () => {
    const balancer = 'app/shop-us-east-1-staging/50dc6c495c0c9188';
    const traffic = (errorRate: number): Seen => ({
      extra: [{ region: 'us-east-1', kind: 'traffic', name: balancer, value: { errorRate, p95Ms: 90 } }],
    });
    const healthSeen = async () => {
      const asked = { kind: 'deployment', environment: 'staging', params: { version: 'v2.0.0' } } as const;
      const { checks } = await previewOperation(world.contextFor(operator), asked);
      return checks.find(({ code }) => code === 'health-us-east-1');
    };
    expect(await healthSeen()).toMatchObject({
      verdict: 'unknown',
      message: expect.stringContaining('no health check of its own'),
    });
    await observe(traffic(0));
    await world.database.pool.query(
      `update observation set value = value || '{"healthy": false}' where kind = 'health-check'`,
    );
    expect(await healthSeen()).toMatchObject({ verdict: 'pass' });
    await observe(traffic(0.5));
    expect(await healthSeen()).toMatchObject({ verdict: 'refuse' });
  });

  it('says what could go wrong, and that there is a safer order', async () => {
    expect(await verdicts()).toMatchObject({
      'one-at-a-time': 'pass',
      freeze: 'pass',
      release: 'pass',
      staging: 'accept',
      'image-us-east-1': 'pass',
      'scan-eu-west-1': 'pass',
      'colour-ap-southeast-1': 'pass',
      parity: 'pass',
      'health-us-east-1': 'pass',
      'capacity-us-east-1': 'pass',
      order: 'warn',
    });
    expect(
      await verdicts({ ...PARAMS, regions: ['ap-southeast-1', 'eu-west-1', 'us-east-1'] }),
    ).toMatchObject({ order: 'pass' });
  });

  it.each<[string, Seen, Record<string, string>]>([
    ['an image is missing', { pushed: ['v1.9.0'] }, { 'image-us-east-1': 'refuse' }],
    [
      'nobody saw the registry',
      { without: (region, kind) => kind === 'registry' && region === 'eu-west-1' },
      { 'image-eu-west-1': 'unknown' },
    ],
    [
      'alarms are not known',
      { without: (region, kind) => kind === 'alarms' && region === 'eu-west-1' },
      { 'alarms-eu-west-1': 'unknown' },
    ],
  ])('refuses where %s', async (_, seen, found) => {
    await observe(seen);
    expect(await verdicts()).toMatchObject(found);
    expect(await failure(request())).toMatchObject({ code: 'refused' });
  });

  it('warns where the image is older than those that were looked at', async () => {
    const newest = Array.from({ length: 200 }, (_, i) => `v3.0.${i}`);
    await observe({ pushed: newest });
    expect(await verdicts()).toMatchObject({ 'image-us-east-1': 'warn' });
  });

  it('refuses a tag that was moved to another image', async () => {
    const rows = await world.database.pool.query(
      `update observation set value = jsonb_set(value, '{images}', $1::jsonb) where kind = 'registry' and region = 'us-east-1'`,
      [JSON.stringify([{ digest: digestOf('v9.9.9'), tags: ['v2.0.0'], pushedAt: null, scan: null }])],
    );
    expect(rows.rowCount).toBe(1);
    expect(await verdicts()).toMatchObject({ 'tag-us-east-1': 'refuse', 'image-us-east-1': 'refuse' });
  });

  it('refuses what is not registered, what is bad, and what staging has not proven', async () => {
    expect(await verdicts({ ...PARAMS, version: 'v7.0.0' })).toMatchObject({ release: 'refuse' });
    expect(await verdicts({ version: 'v2.0.0' })).toMatchObject({ staging: 'refuse' });
    await markReleaseBad(world.contextFor(operator), { version: 'v2.0.0', reason: 'it loses carts' });
    const refused = await failure(request());
    expect(refused.message).toContain('it loses carts');
  });

  it('warns that a release which contracts the schema cannot be rolled back', async () => {
    expect(await verdicts({ ...PARAMS, version: 'v2.1.0' })).toMatchObject({ schema: 'warn' });
  });

  it('is refused by a freeze that covers it, and says which', async () => {
    await createFreeze(world.contextFor(operator), {
      environment: 'production',
      region: 'eu-west-1',
      kind: null,
      reason: 'the sale of the year',
      endsAt: new Date(Date.now() + 60_000).toISOString(),
    });
    expect(await failure(request())).toMatchObject({
      rule: 'freeze',
      message: expect.stringContaining('the sale of the year'),
    });
  });

  it.each([
    ['a Region that is not there', { ...PARAMS, regions: ['eu-north-1'] }, 'params.regions'],
    ['what serves already', { ...PARAMS, version: 'v1.9.0' }, 'params.regions'],
    ['a Region twice', { ...PARAMS, regions: ['eu-west-1', 'eu-west-1'] }, 'params.regions'],
    ['a version that moves', { ...PARAMS, version: 'latest' }, 'params.version'],
    ['a schedule of no kind', { ...PARAMS, schedule: { kind: 'soon' } }, 'params.schedule.kind'],
  ])('does not fit with %s', async (_, params, field) => {
    const refused = await failure(preview(params));
    expect(refused).toMatchObject({ code: 'validation' });
    expect(Object.keys('fields' in refused ? (refused.fields as object) : {})).toContain(field);
  });

  it('keeps its approval where nothing changed, and loses it where what serves did', async () => {
    const { id, digest } = await request();
    await observe({ live: 'v1.8.5' });
    expect(await failure(approveOperation(world.contextFor(approver), { id, digest }))).toMatchObject({
      code: 'conflict',
    });
    await observe();
    expect(await approveOperation(world.contextFor(approver), { id, digest })).toMatchObject({
      state: 'queued',
    });
  });
});

describe('fifty requests for one environment', () => {
  it('run one, and tell the others who holds it', async () => {
    await setPolicy(world.contextFor(await world.person('admin')), {
      environment: 'production',
      kind: 'deployment',
      needed: 0,
      expiresMinutes: 60,
      tokensApprove: false,
    });
    const asked = Array.from({ length: 50 }, (_, i) =>
      request({ ...PARAMS, soakMinutes: 30 + i }).then(
        ({ id, state }) => ({ id, state, refusal: null }),
        (error: Error) => ({ id: null, state: null, refusal: error.message }),
      ),
    );
    const answers = await Promise.all(asked);
    const started = answers.filter(({ state }) => state === 'queued');
    expect(started).toHaveLength(1);
    const refusals = answers.flatMap(({ refusal }) => refusal ?? []);
    expect(refusals).toHaveLength(49);
    for (const refusal of refusals)
      expect(refusal).toMatch(new RegExp(`${started[0]?.id}, .* holds production`));
    await world.database.pool.query(`delete from approval_policy where kind = 'deployment'`);
  });
});

describe('a start at a time', () => {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  const later = (ms: number) => ({
    database: world.database,
    estate: world.estate,
    engine: world.contextFor(operator).engine,
    now: new Date(Date.now() + ms),
  });

  async function scheduled() {
    const { id, digest } = await request({ ...PARAMS, schedule: { kind: 'at', at: at(3_600_000) } });
    const decided = await approveOperation(world.contextFor(approver), { id, digest });
    expect(decided).toMatchObject({ state: 'scheduled' });
    return id;
  }

  it('waits outside, and starts when it is due', async () => {
    const id = await scheduled();
    expect(await startDueOperations(later(0))).toEqual({});
    // Others may have the environment meanwhile.
    expect((await request()).state).toBe('awaiting-approval');
    await observe();
    const due = later(3_600_001);
    await world.observe({}, due.now);
    await reobserve(due.now);
    expect(await startDueOperations(due)).toEqual({ [id]: 'started' });
    expect(await rowOf(id)).toMatchObject({ state: 'queued' });
    const audit = await world.auditAfter((await world.auditSeq()) - 1);
    expect(audit[0]).toMatchObject({ verb: 'operation.start', outcome: 'done', operation: id });
  });

  it('goes on when its approval expires after the start', async () => {
    const { id, digest } = await request();
    await approveOperation(world.contextFor(approver), { id, digest });
    await world.database.pool.query(
      `update operation set expires_at = now() - interval '1 hour' where id = $1`,
      [id],
    );
    expect(await expireRequests(world.database)).not.toContain(id);
    expect(await startDueOperations(later(0))).toEqual({});
    expect(await rowOf(id)).toMatchObject({ state: 'queued' });
  });

  it('is void where who approved it has left since', async () => {
    const id = await scheduled();
    await world.database.pool.query('update person set disabled_at = now() where id = $1', [approver.id]);
    const due = later(3_600_001);
    await reobserve(due.now);
    expect(await startDueOperations(due)).toEqual({ [id]: 'voided' });
    expect(await rowOf(id)).toMatchObject({
      state: 'expired',
      outcome: expect.stringContaining('counts no more'),
    });
  });

  it('is void where the plan has become another', async () => {
    const id = await scheduled();
    const due = later(3_600_001);
    await reobserve(due.now, 'v1.8.5');
    expect(await startDueOperations(due)).toEqual({ [id]: 'voided' });
    expect((await rowOf(id))?.outcome).toContain('voids the approvals');
  });

  it('waits while another has the environment, and expires with its approval', async () => {
    const id = await scheduled();
    const holder = await request({ ...PARAMS, soakMinutes: 45 });
    await approveOperation(world.contextFor(approver), { id: holder.id, digest: holder.digest });
    const due = later(3_600_001);
    await reobserve(due.now);
    expect(await startDueOperations(due)).toEqual({ [id]: 'waits' });
    expect((await rowOf(id))?.outcome).toContain(holder.id);
    const tooLate = later(3_600_001 + 86_400_000);
    expect(await startDueOperations(tooLate)).toEqual({ [id]: 'expired' });
  });

  it('waits alone where it cannot be planned: the next that is due starts', async () => {
    const broken = await scheduled();
    const id = await scheduled();
    await world.database.pool.query(
      `update operation set start_at = start_at - interval '1 minute',
         params = params || '{"request": {"version": 7}}' where id = $1`,
      [broken],
    );
    const due = later(3_600_001);
    await reobserve(due.now);
    await expect(startDueOperations(due)).rejects.toThrow(broken);
    expect(await rowOf(id)).toMatchObject({ state: 'queued' });
    expect(await rowOf(broken)).toMatchObject({ state: 'scheduled' });
    await withdrawOperation(world.contextFor(operator), { id: broken });
  });

  it('is called off by who asked, or by whoever may abort', async () => {
    const own = await scheduled();
    expect(await withdrawOperation(world.contextFor(operator), { id: own })).toMatchObject({
      state: 'withdrawn',
    });
    const other = await scheduled();
    expect(
      await abortOperation(world.contextFor(approver), { id: other, reason: 'not today' }),
    ).toMatchObject({ state: 'withdrawn' });
    expect((await rowOf(other))?.outcome).toBe('Called off before its time: not today.');
  });

  async function reobserve(now: Date, live?: string): Promise<void> {
    await observe(live ? { live } : {});
    await world.database.pool.query('update observation set observed_at = $1, attempted_at = $1', [now]);
  }
});

describe('cutting a deployment short', () => {
  async function soaking(): Promise<string> {
    const { id, digest } = await request();
    await approveOperation(world.contextFor(await world.person('approver')), { id, digest });
    await switched(id, 'running', ['us-east-1']);
    await world.database.pool.query(
      `update operation_step set state = 'running', attempt = 1 where operation_id = $1 and key = 'soak-us-east-1'`,
      [id],
    );
    return id;
  }

  it('takes an approver who did not ask for it, and a reason', async () => {
    const id = await soaking();
    const ask = { id, step: 'soak-us-east-1', reason: 'a fix for an incident' };
    expect(await failure(skipSoak(world.contextFor(operator), ask))).toMatchObject({ code: 'forbidden' });
    expect(await failure(skipSoak(world.contextFor(approver), { ...ask, reason: '' }))).toMatchObject({
      code: 'validation',
    });
    expect(
      await failure(skipSoak(world.contextFor(approver), { ...ask, step: 'apply-us-east-1' })),
    ).toMatchObject({ rule: 'no-soak' });
    expect(
      await failure(skipSoak(world.contextFor(approver), { ...ask, step: 'soak-eu-west-1' })),
    ).toMatchObject({ rule: 'not-soaking' });
    const before = await world.auditSeq();
    expect(await skipSoak(world.contextFor(approver), ask)).toMatchObject({ step: 'soak-us-east-1' });
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'operation.skip-soak',
        outcome: 'done',
        operation: id,
        detail: { step: 'soak-us-east-1', reason: 'a fix for an incident' },
      },
    ]);
    expect(await failure(skipSoak(world.contextFor(approver), ask))).toMatchObject({ rule: 'skip-asked' });
  });

  it('leaves out the waits once, while there are some', async () => {
    const id = await soaking();
    expect(await promoteOperation(world.contextFor(operator), { id, reason: 'all is well' })).toMatchObject({
      step: null,
    });
    expect(
      await failure(promoteOperation(world.contextFor(operator), { id, reason: 'all is well' })),
    ).toMatchObject({ rule: 'promote-asked' });
    const { may } = await getOperation(world.contextFor(approver), id);
    expect(may.skipSoak).toMatchObject([{ step: 'soak-us-east-1', verdict: { allowed: true } }]);
  });
});

describe('a rollback', () => {
  const rollback = (params: object = {}) =>
    requestOperation(world.contextFor(operator), {
      kind: 'rollback',
      environment: 'production',
      params,
      reason: 'carts are lost',
    });

  async function deployed(version = 'v2.0.0', regions: readonly string[] = REGIONS): Promise<string> {
    const { id } = await request({ ...PARAMS, version });
    await switched(id, 'done', regions, version);
    await observe({ live: version });
    return id;
  }

  it('waits for nobody and for no freeze, and goes to what each Region recorded', async () => {
    await deployed();
    await createFreeze(world.contextFor(operator), {
      environment: 'production',
      region: null,
      kind: null,
      reason: 'the sale of the year',
      endsAt: new Date(Date.now() + 60_000).toISOString(),
    });
    const asked = await rollback();
    expect(asked).toMatchObject({ state: 'queued', needed: 0 });
    const { operation } = await getOperation(world.contextFor(operator), asked.id);
    const plan = operation.plan as unknown as Plan;
    expect(plan.title).toBe(`Roll back ${REGIONS.join(', ')} to v1.9.0`);
    expect(
      plan.steps.filter(({ action }) => action === 'deploy.switch-back').map(({ input }) => input.to),
    ).toEqual(REGIONS.map(() => ({ version: 'v1.9.0', digest: digestOf('v1.9.0') })));
  });

  it('is of one Region where that is asked for', async () => {
    await deployed();
    expect((await preview({ regions: ['eu-west-1'] }, 'rollback')).regions).toEqual(['eu-west-1']);
  });

  it('is asked of the deployment itself, and refused when a later one has come', async () => {
    const first = await deployed();
    const back = await revertOperation(world.contextFor(operator), { id: first, reason: 'carts are lost' });
    expect(back).toMatchObject({ state: 'queued' });
    const { operation } = await getOperation(world.contextFor(operator), back.id);
    expect(operation).toMatchObject({ kind: 'rollback', reverts: first });
    await world.database.pool.query(`update operation set state = 'failed', ended_at = now() where id = $1`, [
      back.id,
    ]);
    await observe({ live: 'v2.0.0' });
    await registerRelease(world.contextFor(operator), release('v2.2.0'));
    await observe({ live: 'v2.0.0', pushed: ['v2.2.0'] });
    const { id } = await request({ ...PARAMS, version: 'v2.2.0' });
    await switched(id, 'done', REGIONS, 'v2.2.0', 'v2.0.0');
    await observe({ live: 'v2.2.0' });
    expect(await failure(revertOperation(world.contextFor(operator), { id: first }))).toMatchObject({
      rule: 'moved-on',
    });
  });

  it('is refused past a contracted schema, to what is bad, and without a record', async () => {
    expect(await failure(preview({}, 'rollback'))).toMatchObject({
      rule: expect.stringMatching(/no-record|moved-on/),
    });
    await deployed('v2.1.0');
    expect(await failure(rollback())).toMatchObject({
      rule: 'contract-migration',
      message: expect.stringContaining('does not run on it any more'),
    });
    await deployed('v2.0.0');
    await markReleaseBad(world.contextFor(operator), { version: 'v1.9.0', reason: 'it loses carts' });
    expect(await failure(rollback())).toMatchObject({ rule: 'known-bad' });
  });

  it('is refused where somebody changed what serves since', async () => {
    await deployed();
    await observe({ live: 'v3.0.0' });
    expect(await failure(rollback({ regions: ['us-east-1'] }))).toMatchObject({ rule: 'moved-on' });
  });
});
