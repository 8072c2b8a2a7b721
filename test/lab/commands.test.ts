import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withCommands } from '#lib/operations/commands/of-port.ts';
import type { AwsPort } from '#lib/ports/aws.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { type Lab, startLab } from './harness.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';

// Commands of the calls that recoveries and deployments read with: typed as they stand they answer what the port answers.

const TOOL_MS = 30_000;
const TOOLS: Record<string, string[]> = {
  aws: ['--version'],
  kubectl: ['version', '--client'],
  psql: ['--version'],
  jq: ['--version'],
};

function isInstalled(tool: string, words: readonly string[]): boolean {
  try {
    execFileSync(tool, words, { stdio: 'ignore', timeout: TOOL_MS });
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

const missing = Object.entries(TOOLS).flatMap(([tool, words]) => (isInstalled(tool, words) ? [] : [tool]));
const why = missing.length > 0 ? ` (skipped: ${missing.join(' and ')} not installed)` : '';
const estate = seedEstate();
const NAMESPACE = 'shop';
const DATABASE = `ecommerce-db-${EU}`;

describe.skipIf(missing.length > 0)(`the commands of a step${why}`, { timeout: 120_000 }, () => {
  let lab: Lab;
  let leaveLab: () => void;
  let port: RecordedPort;
  let folder: string;

  beforeAll(async () => {
    lab = await startLab({ seed: 29 });
    leaveLab = reachLab(lab);
    port = openPort(estate);
    folder = mkdtempSync(path.join(tmpdir(), 'meridian-commands-'));
  });
  afterAll(async () => {
    port?.aws.close();
    leaveLab?.();
    await lab?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the call answered, and what its commands print, typed one after the other into one shell. */
  async function typed<T>(call: (aws: AwsPort) => Promise<T>): Promise<{ answer: T; printed: string }> {
    const commands: string[] = [];
    const answer = await call(withCommands(port.aws, estate, (command) => commands.push(command)));
    expect(commands.length).toBeGreaterThan(0);
    const { stdout } = await promisify(execFile)('/bin/bash', ['-c', `set -e\n${commands.join('\n')}`], {
      timeout: TOOL_MS,
      env: {
        ...Object.fromEntries(Object.entries(lab.env).filter(([name]) => name.startsWith('AWS_'))),
        NODE_ENV: 'test',
        PATH: process.env.PATH,
        HOME: folder,
        KUBECONFIG: path.join(folder, 'kubeconfig'),
        PGSSLROOTCERT: lab.caFile,
        AWS_DEFAULT_OUTPUT: 'json',
        AWS_PAGER: '',
      },
    });
    return { answer, printed: stdout };
  }

  it('name the application’s databases of a Region', async () => {
    const { answer, printed } = await typed((aws) => aws.listDatabases(EU));
    const ids = JSON.parse(printed).map(
      (found: { DBInstanceIdentifier: string }) => found.DBInstanceIdentifier,
    );
    expect(ids.sort()).toEqual(answer.map(({ instanceId }) => instanceId).sort());
  });

  it('name the security group of that name', async () => {
    const { answer, printed } = await typed((aws) => aws.findSecurityGroup(EU, `${estate.estate}-deny-all`));
    expect(JSON.parse(printed).SecurityGroups).toEqual([expect.objectContaining({ GroupId: answer })]);
  });

  it('name the peerings', async () => {
    const { answer, printed } = await typed((aws) => aws.listPeerings(US));
    const ids = JSON.parse(printed).VpcPeeringConnections.map(
      (found: { VpcPeeringConnectionId: string }) => found.VpcPeeringConnectionId,
    );
    expect(ids).toEqual(expect.arrayContaining(answer.map(({ id }) => id)));
  });

  it('turn a switch off, read it, and turn it on again', async () => {
    await typed((aws) => aws.setSwitch(EU, AP, 'off'));
    const { answer, printed } = await typed((aws) => aws.readSwitch(EU, AP));
    expect([answer, printed]).toEqual(['off', 'off']);
    await typed((aws) => aws.setSwitch(EU, AP, 'on'));
  });

  it('name the health checks', async () => {
    const { answer, printed } = await typed((aws) => aws.listHealthChecks());
    expect(
      JSON.parse(printed)
        .HealthChecks.map(({ Id }: { Id: string }) => Id)
        .sort(),
    ).toEqual(answer.map(({ id }) => id).sort());
  });

  it('read the shop of a Region, its configuration and its endpoints', async () => {
    const shop = await typed((aws) => aws.readShop(EU, NAMESPACE, null));
    expect(shop.printed).toContain(shop.answer.clusterUid);
    expect(shop.printed).toContain('app-service');
    const config = await typed((aws) => aws.readShopConfig(EU, NAMESPACE));
    expect(config.printed).toContain(`writerEndpoint: ${config.answer.writerEndpoint}`);
    const endpoints = await typed((aws) => aws.readyEndpoints(EU, NAMESPACE, 'live'));
    expect(endpoints.printed).toContain('app-service');
  });

  it('measure the nodes', async () => {
    const toMs = Date.now();
    const { printed } = await typed((aws) => aws.measureUse({ fromMs: toMs - 60_000, toMs }, [EU]));
    expect(printed).toContain('"Id": "memory"');
  });

  it('ask a database by SQL, with the login of Secrets Manager', async () => {
    const { answer, printed } = await typed((aws) => aws.readWal(EU, DATABASE));
    expect(answer.inRecovery).toBe(true);
    expect(printed).toMatch(/\n t +\|/);
  });

  it('find the subnet group and the private route tables that a change needs', async () => {
    const told: string[] = [];
    const aws = withCommands(
      new Proxy({} as AwsPort, { get: () => () => Promise.resolve() }),
      estate,
      (command) => told.push(command),
    );
    await aws.createReplica(AP, {
      instanceId: 'copy',
      sourceArn: `arn:aws:rds:${EU}:${estate.account}:db:${DATABASE}`,
      class: 'db.r6g.large',
      multiAz: false,
      kmsKeyId: null,
      securityGroupIds: ['sg-1'],
      operation: 'meridian:operation=OP-1',
    });
    await aws.ensureRoute(EU, 'pcx-1', AP);
    const [create = '', route = ''] = told;
    const subnetGroup = /"\$\((aws rds .*)\)"/.exec(create)?.[1] ?? '';
    const tables = /in \$\((aws ec2 .*)\); do/.exec(route)?.[1] ?? '';
    expect(subnetGroup).toContain('describe-db-subnet-groups');
    const run = async (command: string) =>
      (
        await promisify(execFile)('/bin/bash', ['-c', command], {
          timeout: TOOL_MS,
          env: { ...process.env, ...lab.env, NODE_ENV: 'test', HOME: folder, AWS_PAGER: '' },
        })
      ).stdout.trim();
    expect(await run(subnetGroup)).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(await run(tables)).toMatch(/^rtb-/);
  });
});
