import { createElement } from 'react';
import { beforeEach, describe, expect, it } from 'vitest';
import { DeploymentsView } from '#components/deployments/deployments-view.tsx';
import { ReleaseView } from '#components/deployments/release-view.tsx';
import type { ServiceObservation } from '#lib/domain/observation/kinds.ts';
import { markReleaseBad } from '#lib/services/releases/mark.ts';
import { registerRelease } from '#lib/services/releases/register.ts';
import { type DeploymentsPageQuery, deploymentsModel } from '../../app/(console)/_models/deployments/page.ts';
import { releaseModel } from '../../app/(console)/_models/deployments/release.ts';
import { insertDeployment, REGIONS } from './deployment-rows.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { textOf } from './pages.ts';

const world = testWorld();
const [US = '', EU = '', AP = ''] = REGIONS;
const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;

let operator: TestPerson;
let viewer: TestPerson;

beforeEach(async () => {
  for (const table of ['release', 'operation_event', 'operation_step', 'operation'])
    await world.owner.query(`delete from ${table}`);
  await world.observe();
  operator = await world.person('operator', { name: 'Oda' });
  viewer = await world.person('viewer');
});

async function register(version: string, digit: string) {
  await registerRelease(world.contextFor(operator), {
    version,
    digest: digestOf(digit),
    schema: 'contract',
    schemaNote: 'Drops orders.old.',
    changeUrl: 'https://git.example.com/1',
  });
}

/** What each Region of production serves; undefined leaves it unseen. */
function serve(versions: Record<string, string | undefined>, registry: Record<string, string> = {}) {
  return world.observe({
    without: (region, kind, name) => kind === 'service' && name === 'shop' && versions[region] === undefined,
    change: ({ region, kind, name }) => {
      const version = versions[region];
      if (kind !== 'service' || name !== 'shop' || !version) return undefined;
      const service: ServiceObservation = {
        namespace: 'shop',
        service: 'shop',
        liveVersion: version,
        liveColour: 'blue',
        liveSince: '2026-11-20T00:00:00.000Z',
        deployments: [{ name: 'blue', version, image: 'x', desired: 2, ready: 2, colour: 'blue' }],
      };
      return service;
    },
    extra: Object.entries(registry).map(([region, digest]) => ({
      region,
      kind: 'registry',
      name: 'ecommerce/shop',
      value: {
        repository: 'ecommerce/shop',
        immutableTags: true,
        images: [{ digest, tags: ['v2.0.0'], pushedAt: null, scan: null }],
      },
    })),
  });
}

async function page(query: DeploymentsPageQuery = {}, person = operator) {
  const model = await deploymentsModel(world.contextFor(person), 'production', query);
  const view = createElement(DeploymentsView, { deployments: model, actions: { register: never } });
  return { model, text: textOf(model.at, view) };
}

async function releasePage(version: string, person = operator, environment = 'production') {
  const model = await releaseModel(world.contextFor(person), environment, version);
  const view = createElement(ReleaseView, { release: model, actions: { markBad: never, clear: never } });
  return { model, text: textOf(model.at, view) };
}

const never = async () => ({ ok: true as const });
const EVERYWHERE = { [US]: 'v2.0.0', [EU]: 'v2.0.0', [AP]: 'v2.0.0' };

describe('the head of the page', () => {
  it.each<[string, Record<string, string | undefined>, string, string]>([
    ['all the same', EVERYWHERE, 'ok', 'All 3 Regions of production serve v2.0.0.'],
    [
      'one apart',
      { ...EVERYWHERE, [AP]: 'v1.9.0' },
      'warning',
      'The Regions of production do not serve the same.',
    ],
    [
      'one silent',
      { ...EVERYWHERE, [EU]: undefined },
      'unknown',
      'eu-west-1 of production does not say what is served there.',
    ],
    ['all silent', {}, 'unknown', 'What production serves is not known.'],
  ])('%s', async (_, versions, status, answer) => {
    await serve(versions);
    expect((await page()).model).toMatchObject({ status, answer });
  });

  it('names what runs, and what serves meanwhile', async () => {
    await serve({ ...EVERYWHERE, [US]: 'v2.1.0' });
    const id = await insertDeployment(world, operator.id, {
      version: 'v2.1.0',
      state: 'running',
      endedAtMs: null,
      switched: { [US]: Date.now() },
    });
    const { model, text } = await page();
    expect(model).toMatchObject({
      status: 'running',
      answer: `${id} deploys v2.1.0: 1 of 3 Regions reached.`,
      detail: 'v2.1.0 serves in us-east-1; v2.0.0 in eu-west-1 and ap-southeast-1.',
    });
    expect(text).toContain('1 of 3');
    await world.database.pool.query(`update operation set state = 'holding' where id = $1`, [id]);
    expect((await page()).model.answer).toBe(`${id}, deploying v2.1.0, is held: 1 of 3 Regions reached.`);
  });

  it('says first where a bad version serves users', async () => {
    await register('v2.0.0', '2');
    await markReleaseBad(world.contextFor(operator), { version: 'v2.0.0', reason: 'errors' });
    await serve({ ...EVERYWHERE, [AP]: 'v1.9.0' });
    expect((await page()).model).toMatchObject({
      status: 'critical',
      answer: 'v2.0.0, which is marked bad, serves users in us-east-1 and eu-west-1.',
    });
  });
});

describe('the tabs', () => {
  it('list runs, narrowed by the address and paged', async () => {
    for (let n = 0; n < 26; n += 1)
      await insertDeployment(world, operator.id, { state: n === 0 ? 'failed' : 'done' });
    const { model } = await page();
    const runs =
      model.content.tab === 'deployments' && model.content.section.ok ? model.content.section.value : null;
    expect(runs?.rows).toHaveLength(25);
    expect(runs?.older).toContain('/deployments?cursor=');
    expect(runs?.newer).toBeNull();
    const failed = await page({ state: 'failed' });
    expect(failed.text).toContain('1 run on this page');
    expect((await page({ state: 'refused' })).text).toContain(
      'No deployment to production was refused, sent back',
    );
    const odd = await deploymentsModel(world.contextFor(operator), 'production', {
      state: 'odd',
      cursor: 'nonsense',
    });
    expect(odd.content).toMatchObject({
      tab: 'deployments',
      section: { ok: false, problem: { title: 'Deployments could not be read' } },
    });
  });

  it('list releases with what stands against each', async () => {
    expect((await page({ tab: 'releases' })).text).toContain('release register');
    await register('v2.0.0', '2');
    await serve(EVERYWHERE, { [US]: digestOf('2'), [EU]: digestOf('3'), [AP]: digestOf('2') });
    const { text } = await page({ tab: 'releases' });
    expect(text).toContain('tag moved');
    expect(text).toContain('2 of 3');
    expect(text).toContain('production 3 of 3');
    expect((await page({ tab: 'releases', state: 'bad' })).text).toContain('No release is bad.');
  });

  it('compare versions', async () => {
    await register('v2.0.0', '2');
    await serve({ ...EVERYWHERE, [AP]: 'v1.9.0' });
    const { text } = await page({ tab: 'versions' });
    expect(text).toContain('ap-southeast-1 differs from v2.0.0.');
    expect(text).toContain('v1.9.0 here, v2.0.0 in us-east-1 , eu-west-1 .');
    expect(text).toContain('v1.9.0 was never registered as a release.');
  });

  it('count, and say where there is nothing to count', async () => {
    const empty = await page({ tab: 'numbers' });
    expect(empty.text).toContain('no deployment ended');
    expect(empty.text).not.toMatch(/\b0\.0\b/);
    const at = Date.now() - 86_400_000;
    await insertDeployment(world, operator.id, {
      state: 'reverted',
      requestedAtMs: at,
      switched: { [US]: at },
      turnedAtMs: at + 1_000,
      endedAtMs: at + 15_000,
    });
    const { text } = await page({ tab: 'numbers' });
    expect(text).toMatch(/Change failure rate .* 100\.0 % 1 of 1 deployment/);
    expect(text).toMatch(/Time to restore .* 14 s 1 restored/);
  });
});

describe('who may register', () => {
  it('is an operator; others are told', async () => {
    expect((await page()).model.register).toMatchObject({ permission: { allowed: true }, author: 'Oda' });
    expect((await page({}, viewer)).text).toContain('Registering a release needs the role operator');
  });
});

describe('a release’s page', () => {
  it('says what it is, where its image is, where it serves, and what was done with it', async () => {
    await register('v2.0.0', '2');
    await serve(EVERYWHERE, { [US]: digestOf('2'), [EU]: digestOf('2'), [AP]: digestOf('2') });
    const id = await insertDeployment(world, operator.id, { version: 'v2.0.0' });
    await insertDeployment(world, operator.id, { version: 'v2.1.0' });
    const { model, text } = await releasePage('v2.0.0');
    expect(model).toMatchObject({
      status: 'ok',
      answer: 'v2.0.0 serves users in 3 of 3 Regions of production.',
      deploy: { allowed: true },
    });
    expect(model.runs.map((run) => run.id)).toEqual([id]);
    expect(text).toContain('Contracts it: no rollback past it. Drops orders.old.');
    expect(text).toContain('Every Region’s registry has its image. Not proven in staging.');
    expect(text).toContain(digestOf('2'));
  });

  it('that cannot be deployed says why', async () => {
    await register('v2.0.0', '2');
    await serve({}, { [US]: digestOf('2'), [EU]: digestOf('3'), [AP]: digestOf('2') });
    const { model, text } = await releasePage('v2.0.0', viewer);
    expect(model).toMatchObject({
      status: 'critical',
      answer: 'v2.0.0 cannot be deployed: its tag names another image in eu-west-1.',
      clear: null,
    });
    expect(text).toContain('Marking a release bad needs the role operator');
  });

  it('that is bad says by whom and why, and who may clear it', async () => {
    await register('v2.0.0', '2');
    await markReleaseBad(world.contextFor(operator), { version: 'v2.0.0', reason: '4 % of orders fail' });
    const { model, text } = await releasePage('v2.0.0');
    expect(model).toMatchObject({
      status: 'critical',
      answer: 'v2.0.0 is bad: 4 % of orders fail',
      clear: { permission: { allowed: false } },
      deploy: { allowed: false, reason: 'v2.0.0 was found to be bad: 4 % of orders fail.' },
    });
    expect(text).toContain('Marked bad by Oda.');
    const approver = await world.person('approver');
    expect((await releasePage('v2.0.0', approver)).model.clear).toMatchObject({
      permission: { allowed: true },
    });
  });

  it('leads to what is of another environment in that one', async () => {
    await register('v2.0.0', '2');
    const run = { version: 'v2.0.0', environment: 'staging', regions: [US] };
    const id = await insertDeployment(world, operator.id, run);
    await world.database.pool.query(
      `update release set bad_at = now(), bad_reason = 'its gate', bad_operation = $1 where version = 'v2.0.0'`,
      [id],
    );
    const { facts } = (await releasePage('v2.0.0')).model;
    for (const fact of ['Proven in staging', 'Shown bad by'])
      expect(facts.find(({ term }) => term === fact)?.href).toBe(`/operations/${id}?environment=staging`);
    const { regions } = (await releasePage('v2.0.0', operator, 'staging')).model;
    expect(regions.map(({ href }) => href)).toEqual([
      `/regions/${US}?environment=staging`,
      `/regions/${EU}`,
      `/regions/${AP}`,
    ]);
  });

  it('that nobody registered is not found', async () => {
    const context = world.contextFor(operator);
    for (const version of ['v404.0.0', '..', "v1'--"])
      expect((await failure(releaseModel(context, 'production', version))).code).toBe('not-found');
  });
});
