import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadReport } from '#lab/load/report.ts';
import { type BreakGlassPlan, breakGlassPlans, renderBreakGlass } from '#lib/operations/breakglass/plan.ts';
import { planRecovery } from '#lib/operations/recovery/plan.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { type Lab, startLab } from './harness.ts';
import { runPlan } from './support/plan-runner.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';
import { missingTools, skippedWithout } from './support/tools.ts';
import { askTopology } from './support/topology.ts';

// Nothing of Meridian runs: no console, no worker, no database. A script, the AWS CLI and curl against the whole lab.

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const library = readFileSync(
  path.join(import.meta.dirname, '../../lib/operations/breakglass/library.sh'),
  'utf8',
);
const RUN_MS = 240_000;
const patience = { timeout: 60_000, interval: 200 };

const estate = seedEstate();
const at = { estate, environment: environmentOf(estate) };

const missing = missingTools('aws', 'curl');
const why = skippedWithout(missing);

interface Ended {
  code: number;
  said: string;
  /** Lines of the record, after the one that names the run. */
  record: { step: string; command: string; result: string; who: string; detail: string }[];
}

describe.skipIf(missing.length > 0)(`with the script alone${why}`, { timeout: 300_000 }, () => {
  let lab: Lab;
  let leaveLab: () => void;
  let port: RecordedPort;
  let folder: string;
  let toIreland: BreakGlassPlan;
  let toSingapore: BreakGlassPlan;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'meridian-break-glass-'));
    lab = await startLab({ seed: 23 });
    leaveLab = reachLab(lab);
    port = openPort(estate);
    for (const [kind, params] of [
      ['prepare-switch', { region: US }],
      ['connect-regions', { from: EU, to: AP }],
    ] as const)
      await carryOut(kind, params);
    const plans = breakGlassPlans({ ...at, topology: await askTopology(port.aws, at) });
    toIreland = write(plans.find(({ subject }) => subject.target === EU));
    toSingapore = write(plans.find(({ subject }) => subject.target === AP));
  }, 180_000);
  afterAll(async () => {
    port?.aws.close();
    leaveLab?.();
    await lab?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function carryOut(kind: 'prepare-switch' | 'connect-regions', params: unknown): Promise<void> {
    const topology = await askTopology(port.aws, at);
    const planned = planRecovery(kind, params, {
      ...at,
      topology,
      evaluation: [],
      target: null,
    });
    if (!planned.ok) throw new Error(planned.message);
    const nameServers = [`${lab.dns.host}:${lab.dns.port}`];
    const run = await runPlan(planned.plan, { estate, nameServers, operation: 'OP-1001' });
    if (run.failed) throw new Error(run.story());
  }

  function write(plan: BreakGlassPlan | undefined): BreakGlassPlan {
    if (!plan) throw new Error('There is no such plan.');
    const files = renderBreakGlass(plan, {
      estate,
      library,
      madeAt: new Date(),
      target: undefined,
      history: {},
    });
    writeFileSync(path.join(folder, `${plan.name}.sh`), files.script);
    return plan;
  }

  /** Runs it as a person on any machine would, in a folder of their own. */
  async function run(words: string, given: { plan?: BreakGlassPlan; typed?: string } = {}): Promise<Ended> {
    const { name } = given.plan ?? toIreland;
    const record = path.join(folder, `${name}-${words.replaceAll(' ', '')}.jsonl`);
    rmSync(record, { force: true });
    const shops = Object.entries(lab.regions).map(([code, { shopUrl }]) => [
      `SHOP_URL_${code.toUpperCase().replaceAll('-', '_')}`,
      shopUrl,
    ]);
    const [code, said] = await new Promise<[number, string]>((resolve) => {
      const child = execFile(
        'sh',
        [`${name}.sh`, ...words.split(' '), '--record', record, '--by', 'Ann "on call"'],
        { cwd: folder, timeout: RUN_MS, env: { ...lab.env, ...Object.fromEntries(shops) } },
        (error, stdout, stderr) => resolve([error ? Number(error.code ?? 1) : 0, stdout + stderr]),
      );
      child.stdin?.end(given.typed === undefined ? '' : `${given.typed}\n`);
    });
    const lines = readFileSync(record, 'utf8').trimEnd().split('\n');
    return { code, said, record: lines.slice(1).map((line) => JSON.parse(line)) };
  }

  async function report(): Promise<LoadReport> {
    const response = await fetch(new URL('/report?window=60', lab.ledgerUrl));
    return (await response.json()) as LoadReport;
  }

  /** Shoppers order, and their orders arrive. */
  async function ordersFlow(): Promise<void> {
    const { acknowledged } = (await report()).orders;
    await expect
      .poll(async () => (await report()).orders.acknowledged, patience)
      .toBeGreaterThan(acknowledged + 5);
  }

  /** The last result of each step. */
  const results = ({ record }: Ended) => Object.fromEntries(record.map(({ step, result }) => [step, result]));
  const said = ({ record }: Ended, step: string) =>
    record
      .filter((line) => line.step === step)
      .map(({ detail }) => detail)
      .join(' ');
  const changes = ({ record }: Ended) =>
    record.filter(({ command }) => /PATCH|(promote|modify|reboot|put|delete|update)-/.test(command));
  const database = async (region: string) =>
    (await askTopology(port.aws, at)).regions.find(({ code }) => code === region)?.database;

  it('looks without changing anything', async () => {
    const ended = await run('check');
    expect(ended.code, ended.said).toBe(0);
    expect(said(ended, `declare-${EU}`)).toMatch(/available, replica of arn:aws:rds:us-east-1:/);
    expect(ended.said).toMatch(/The shop in us-east-1 answers/);
    expect(changes(ended)).toEqual([]);
  });

  it('stops where the name is not typed, fenced as it is by then, and puts all of it back', async () => {
    const open = (await database(US))?.securityGroupIds;
    const stopped = await run('run', { typed: 'eu-west-1' });
    expect(stopped.code, stopped.said).toBe(1);
    expect(stopped.said).toMatch(/STOPPED at confirm.*Nothing was promoted.*put-back/s);
    expect(results(stopped)).toMatchObject({
      [`fence-database-${US}`]: 'ok',
      [`switch-off-${US}`]: 'ok',
      confirm: 'stopped',
    });
    expect(results(stopped)).not.toHaveProperty(`promote-${EU}`);
    expect(await database(EU)).toMatchObject({ role: 'replica' });
    const back = await run('put-back');
    expect(back.code, back.said).toBe(0);
    await ordersFlow();
    expect(await database(US)).toMatchObject({ role: 'primary', securityGroupIds: open });
  });

  it('brings the orders back in Ireland when Virginia is lost', async () => {
    await lab.admin('/outage', { region: US });
    const ended = await run('run', { typed: 'ecommerce-db-eu-west-1' });
    expect(ended.code, ended.said).toBe(0);
    expect(results(ended), ended.said).toMatchObject({
      [`freeze-writes-${EU}`]: 'ok',
      [`fence-database-${US}`]: 'unreachable',
      [`switch-off-${US}`]: 'ok',
      [`promote-${EU}`]: 'ok',
      [`point-writer-${AP}`]: 'ok',
      [`verify-order-${EU}`]: 'ok',
      [`verify-order-${AP}`]: 'ok',
      end: 'ok',
    });
    expect(new Set(ended.record.map(({ who }) => who))).toEqual(new Set(['Ann "on call"']));
    expect(ended.said).toMatch(/NOT FENCED/);
    await ordersFlow();
    expect((await report()).orders.writer).toMatchObject({ region: EU });
  });

  it('promotes no second Region', async () => {
    const ended = await run('run --yes', { plan: toSingapore });
    expect(ended.code).toBe(1);
    expect(ended.said).toMatch(/ecommerce-db-eu-west-1 in eu-west-1 is a primary: it was promoted before/);
    expect(changes(ended)).toEqual([]);
  });

  it('promotes no copy of a database that is not the lost one', async () => {
    await lab.admin('/heal', {});
    const topology = await askTopology(port.aws, at);
    const swapped = {
      ...topology,
      writer: EU,
      regions: topology.regions.map((region) =>
        region.code === AP && region.database
          ? {
              ...region,
              database: {
                ...region.database,
                sourceArn: `arn:aws:rds:${EU}:000000000000:db:ecommerce-db-eu-west-1`,
              },
            }
          : region,
      ),
    };
    const wrong = write(
      breakGlassPlans({ ...at, topology: swapped }).find(({ subject }) => subject.target === AP),
    );
    const ended = await run('run --yes', { plan: wrong });
    expect(ended.code).toBe(1);
    expect(ended.said).toMatch(
      /replicates from arn:aws:rds:us-east-1:.*not from eu-west-1: it has none of its orders/,
    );
    expect(changes(ended)).toEqual([]);
  });

  it('fences Virginia once it answers again', async () => {
    const denyAll = await port.aws.findSecurityGroup(US, 'ecommerce-deny-all');
    const ended = await run('fence');
    expect(ended.code, ended.said).toBe(0);
    expect(said(ended, `fence-database-${US}`)).toMatch(/fenced: only sg-\S+, rebooted/);
    expect(await database(US)).toMatchObject({ securityGroupIds: [denyAll] });
  });
});
