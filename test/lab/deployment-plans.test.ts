import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LabStatus } from '#lab/admin/status.ts';
import { shopImage } from '#lab/ecr/seed.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { planDeployment } from '#lib/operations/deployment/plan.ts';
import type { ShopState } from '#lib/ports/deployment.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { type Lab, startLab } from './harness.ts';
import { type PlanRun, runPlan } from './support/plan-runner.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';

// The product's own plans of deployments on the lab's clusters, registries and shoppers: each goes on from what the one before left.

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const IN_ORDER = [US, EU, AP];
const NAMESPACE = 'shop';
/** A whole deployment has soaks of 15 s and an old colour that goes after a minute. */
const SCALE = 120;
const SLOWLY = { timeout: 300_000 };

const estate = quickEstate();
let lab: Lab;
let leaveLab: () => void;
let port: RecordedPort;

beforeAll(async () => {
  lab = await startLab({ seed: 47 });
  leaveLab = reachLab(lab);
  port = openPort(estate);
});
afterEach(() => lab.admin('/heal', {}));
afterAll(async () => {
  port?.aws.close();
  leaveLab?.();
  await lab?.stop();
});

/** The estate as shipped, but faster, and with few requests for a verdict: the lab has not many. */
function quickEstate(): Estate {
  const quick = seedEstate();
  for (const environment of quick.environments) {
    environment.timeScale = SCALE;
    environment.minSample = 20;
  }
  return quick;
}

const readShop = (region: string): Promise<ShopState> => port.aws.readShop(region, NAMESPACE, null);

async function served(): Promise<string[]> {
  const shops = await Promise.all(IN_ORDER.map(readShop));
  return shops.map(({ live }) => live.version);
}

/** Replicas of the colour that takes no traffic. */
async function idleReplicas(): Promise<(number | undefined)[]> {
  const shops = await Promise.all(IN_ORDER.map(readShop));
  return shops.map(({ live, colours }) => colours.find(({ colour }) => colour !== live.colour)?.replicas);
}

async function deploy(version: string, operation: string): Promise<PlanRun> {
  const [repository = '', digest = ''] = shopImage(version).split('@');
  const live = await served();
  const plan = planDeployment({
    environment: environmentOf(estate),
    version,
    digest,
    repository,
    regions: IN_ORDER.map((code, i) => ({ code, live: live[i] ?? '', window: null })),
    soakMinutes: 30,
    inLowTraffic: false,
  });
  return runPlan(plan, { estate, operation, nameServers: [`${lab.dns.host}:${lab.dns.port}`] });
}

const shoppers = async () => {
  const { shoppers: seen } = (await lab.admin('/status')) as LabStatus;
  if (!seen) throw new Error('The shoppers do not report.');
  return seen;
};

const outcomesOf = (run: PlanRun, prefix: string) =>
  run.steps
    .filter(({ step }) => step.key.startsWith(prefix))
    .map(({ step, outcome }) => `${step.key} ${outcome.status}`);

describe('a release that is well', SLOWLY, () => {
  it('comes to every Region in order, under gates that measure shoppers, and no request is lost', async () => {
    const before = await shoppers();
    const run = await deploy('v2.0.0', 'OP-2001');
    expect(run.failed, run.story()).toBeUndefined();
    expect(await served()).toEqual(['v2.0.0', 'v2.0.0', 'v2.0.0']);
    expect(await idleReplicas()).toEqual([0, 0, 0]);
    const switchedAt = IN_ORDER.map((code) => Number(run.outputs[`switch-${code}`]?.switchedAtMs));
    const [us = 0, eu = 0, ap = 0] = switchedAt;
    // Each bakes its 30 minutes before the next begins (aws-facts C-10).
    for (const between of [eu - us, ap - eu]) expect(between).toBeGreaterThanOrEqual(1_800_000 / SCALE);
    for (const code of IN_ORDER) {
      const soak = run.steps.find(({ step }) => step.key === `soak-${code}`);
      expect(soak?.outcome, run.story()).toMatchObject({ status: 'done', output: { band: 'pass' } });
    }
    const after = await shoppers();
    expect(after.total.errors, run.story()).toBe(before.total.errors);
    expect(after.total.requests - before.total.requests).toBeGreaterThan(200);
    expect(after.orders.missing).toBe(0);
  });
});

describe('a release that is not', SLOWLY, () => {
  it('is turned round by its gate where shoppers meet its errors, and everything is as before', async () => {
    for (const region of IN_ORDER) await lab.admin('/inject', { region, errorShare: 0.4, version: 'v2.1.0' });
    const run = await deploy('v2.1.0', 'OP-2002');
    expect(run.failed?.step.key, run.story()).toBe(`soak-${US}`);
    expect(run.failed?.outcome).toMatchObject({ status: 'revert' });
    expect(await served(), run.story()).toEqual(['v2.0.0', 'v2.0.0', 'v2.0.0']);
    expect(outcomesOf(run, 'back-us')).toEqual([`back-${US} done`]);
    expect(outcomesOf(run, 'back-verify')).toContain(`back-verify-${US} done`);
    expect(await idleReplicas()).toEqual([0, 0, 0]);
    // The two that come later never had a pod of it.
    for (const code of [EU, AP])
      expect((await readShop(code)).colours.map(({ version }) => version)).not.toContain('v2.1.0');
  });

  it('is stopped by its smoke test before a shopper meets it', async () => {
    await lab.admin('/inject', { region: US, errorShare: 1, version: 'v2.2.0', preview: true });
    const before = await shoppers();
    const run = await deploy('v2.2.0', 'OP-2003');
    expect(run.failed?.step.key, run.story()).toBe(`smoke-${US}`);
    expect(run.failed?.outcome.note).toContain('500');
    expect(await served()).toEqual(['v2.0.0', 'v2.0.0', 'v2.0.0']);
    expect(outcomesOf(run, 'clear-us')).toEqual([`clear-${US} done`]);
    expect((await shoppers()).total.errors).toBe(before.total.errors);
  });

  it('whose process ends again and again never gets traffic, and says what its pods say', async () => {
    await lab.admin('/image', { version: 'v2.2.0', trouble: 'crash' });
    const run = await deploy('v2.2.0', 'OP-2004');
    expect(run.failed?.step.key, run.story()).toBe(`rollout-${US}`);
    expect(run.failed?.told.join('\n')).toMatch(/CrashLoopBackOff/);
    expect(await served()).toEqual(['v2.0.0', 'v2.0.0', 'v2.0.0']);
  });

  it('whose image is not in every registry is not begun', async () => {
    const { pushed } = (await lab.admin('/push', { version: 'v2.4.0', regions: [US, EU] })) as {
      pushed: { digest: string };
    };
    expect(`ecommerce/shop@${pushed.digest}`).toBe(shopImage('v2.4.0'));
    const run = await deploy('v2.4.0', 'OP-2005');
    expect(run.failed?.step.key).toBe('images');
    expect(run.failed?.outcome.note).toContain(`${AP} lacks`);
    await lab.admin('/push', { version: 'v2.2.0', regions: [EU], moved: true });
    const moved = await deploy('v2.2.0', 'OP-2006');
    expect(moved.failed?.step.key).toBe('images');
    expect(moved.failed?.outcome.note).toMatch(/eu-west-1: the tag v2\.2\.0 names sha256:.* another image/);
    expect(await served()).toEqual(['v2.0.0', 'v2.0.0', 'v2.0.0']);
  });
});
