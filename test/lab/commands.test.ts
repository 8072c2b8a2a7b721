import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withCommands } from '#lib/operations/commands/of-port.ts';
import type { AwsPort } from '#lib/ports/aws.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { type Lab, startLab } from './harness.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';
import { missingTools, skippedWithout, typed } from './support/tools.ts';

// Commands of the calls that recoveries and deployments read with: typed as they stand they answer what the port answers.

const missing = missingTools('aws', 'kubectl', 'psql', 'jq');
const why = skippedWithout(missing);
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
  async function asked<T>(call: (aws: AwsPort) => Promise<T>): Promise<{ answer: T; printed: string }> {
    const commands: string[] = [];
    const answer = await call(withCommands(port.aws, estate, (command) => commands.push(command)));
    expect(commands.length).toBeGreaterThan(0);
    const printed = await typed(`set -e\n${commands.join('\n')}`, {
      env: lab.env,
      home: folder,
      more: { PGSSLROOTCERT: lab.caFile },
    });
    return { answer, printed };
  }

  it('name the application’s databases of a Region', async () => {
    const { answer, printed } = await asked((aws) => aws.listDatabases(EU));
    const ids = JSON.parse(printed).map(
      (found: { DBInstanceIdentifier: string }) => found.DBInstanceIdentifier,
    );
    expect(ids.sort()).toEqual(answer.map(({ instanceId }) => instanceId).sort());
  });

  it('name the security group of that name', async () => {
    const { answer, printed } = await asked((aws) => aws.findSecurityGroup(EU, `${estate.estate}-deny-all`));
    expect(JSON.parse(printed).SecurityGroups).toEqual([expect.objectContaining({ GroupId: answer })]);
  });

  it('name the peerings', async () => {
    const { answer, printed } = await asked((aws) => aws.listPeerings(US));
    const ids = JSON.parse(printed).VpcPeeringConnections.map(
      (found: { VpcPeeringConnectionId: string }) => found.VpcPeeringConnectionId,
    );
    expect(ids).toEqual(expect.arrayContaining(answer.map(({ id }) => id)));
  });

  it('turn a switch off, read it, and turn it on again', async () => {
    await asked((aws) => aws.setSwitch(EU, AP, 'off'));
    const { answer, printed } = await asked((aws) => aws.readSwitch(EU, AP));
    expect([answer, printed]).toEqual(['off', 'off']);
    await asked((aws) => aws.setSwitch(EU, AP, 'on'));
  });

  it('name the health checks', async () => {
    const { answer, printed } = await asked((aws) => aws.listHealthChecks());
    expect(
      JSON.parse(printed)
        .HealthChecks.map(({ Id }: { Id: string }) => Id)
        .sort(),
    ).toEqual(answer.map(({ id }) => id).sort());
  });

  it('read the shop of a Region, its configuration and its endpoints', async () => {
    const shop = await asked((aws) => aws.readShop(EU, NAMESPACE, null));
    expect(shop.printed).toContain(shop.answer.clusterUid);
    expect(shop.printed).toContain('app-service');
    const config = await asked((aws) => aws.readShopConfig(EU, NAMESPACE));
    expect(config.printed).toContain(`writerEndpoint: ${config.answer.writerEndpoint}`);
    const endpoints = await asked((aws) => aws.readyEndpoints(EU, NAMESPACE, 'live'));
    expect(endpoints.printed).toContain('app-service');
  });

  it('measure the nodes', async () => {
    const toMs = Date.now();
    const { printed } = await asked((aws) => aws.measureUse({ fromMs: toMs - 60_000, toMs }, [EU]));
    expect(printed).toContain('"Id": "memory"');
  });

  it('ask a database by SQL, with the login of Secrets Manager', async () => {
    const { answer, printed } = await asked((aws) => aws.readWal(EU, DATABASE));
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
    const run = async (command: string) => (await typed(command, { env: lab.env, home: folder })).trim();
    expect(await run(subnetGroup)).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(await run(tables)).toMatch(/^rtb-/);
  });
});
