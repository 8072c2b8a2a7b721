import { execFile, execFileSync } from 'node:child_process';
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
import { askTopology } from './support/topology.ts';

// Nothing of Meridian runs: no console, no worker, no database. A script, the AWS CLI and curl against the whole lab.

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const RUN_MS = 240_000;
const patience = { timeout: 60_000, interval: 200 };

const estate = seedEstate();
const environment = environmentOf(estate);

const missing = ['aws', 'curl'].filter((tool) => {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore', timeout: 30_000 });
    return false;
  } catch (error) {
    if (error instanceof Error) return true;
    throw error;
  }
});
const why = missing.length > 0 ? ` (skipped: ${missing.join(' and ')} not installed)` : '';

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
  let plan: BreakGlassPlan;

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
    plan = await export_(EU);
  }, 180_000);
  afterAll(async () => {
    port?.aws.close();
    leaveLab?.();
    await lab?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function carryOut(kind: 'prepare-switch' | 'connect-regions', params: unknown): Promise<void> {
    const topology = await askTopology(port.aws, { estate, environment });
    const planned = planRecovery(kind, params, {
      estate,
      environment,
      topology,
      evaluation: [],
      target: null,
    });
    if (!planned.ok) throw new Error(planned.message);
    const nameServers = [`${lab.dns.host}:${lab.dns.port}`];
    const run = await runPlan(planned.plan, { estate, nameServers, operation: 'OP-1001' });
    if (run.failed) throw new Error(run.story());
  }

  /** Writes the script of the plan with that target, as it is with what the lab shows now. */
  async function export_(target: string): Promise<BreakGlassPlan> {
    const facts = { estate, environment, topology: await askTopology(port.aws, { estate, environment }) };
    const found = breakGlassPlans(facts).find(({ subject }) => subject.target === target);
    if (!found) throw new Error(`There is no plan with target ${target}.`);
    writeFileSync(
      path.join(folder, `${found.name}.sh`),
      renderBreakGlass(found, estate, { madeAt: new Date(), target: undefined, history: {} }).script,
    );
    return found;
  }

  /** Runs it as a person on any machine would, in a folder of their own. */
  async function run(words: string, given: { plan?: BreakGlassPlan; typed?: string } = {}): Promise<Ended> {
    const { name } = given.plan ?? plan;
    const record = path.join(folder, `${name}-${words.replaceAll(' ', '')}.jsonl`);
    rmSync(record, { force: true });
    const shops = Object.entries(lab.regions).map(([code, { shopUrl }]) => [
      `SHOP_URL_${code.toUpperCase().replaceAll('-', '_')}`,
      shopUrl.replace(/\/$/, ''),
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

  const results = ({ record }: Ended) =>
    Object.fromEntries(record.map(({ step, result, detail }) => [step, `${result} ${detail}`.trim()]));

  it('brings the orders back in Ireland when Virginia is lost', async () => {
    await lab.admin('/outage', { region: US });
    const ended = await run('run', { typed: 'ecommerce-db-eu-west-1' });
    console.log(ended.said);
    expect(ended.code, ended.said).toBe(0);
    console.log(results(ended));
    const before = (await report()).orders.acknowledged;
    await expect
      .poll(async () => (await report()).orders.acknowledged, patience)
      .toBeGreaterThan(before + 10);
  });
});
