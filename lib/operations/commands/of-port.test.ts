import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsPort, WeightedRecord } from '#lib/ports/aws.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { withCommands } from './of-port.ts';

const estate = seedEstate();
const NOW = Date.parse('2026-11-23T10:00:00Z');

/** What a shell would carry out if it stood in a command unquoted, in each way that shells know. */
const HOSTILE = `x'; : > pwned; echo "$(: > pwned)\` : > pwned \`$(: > pwned)" #`;

const recordNamed = (name: string): WeightedRecord => ({
  name,
  type: 'A',
  setIdentifier: EU,
  weight: 80,
  alias: { hostedZoneId: 'Z35', dnsName: 'lb.example.', evaluateTargetHealth: true },
  healthCheckId: 'hc-1',
});

type Calls = { [Method in keyof AwsPort]: (aws: AwsPort, text: string) => Promise<unknown> };

/** Every method of the port, called as steps call it, with a text of the caller's where it takes one. */
const CALLS: Calls = {
  listWeightedRecords: (aws, text) => aws.listWeightedRecords([text]),
  changeWeightedRecords: (aws, text) =>
    aws.changeWeightedRecords([recordNamed('na.origin.shop.example')], text),
  changeStatus: (aws, text) => aws.changeStatus(text),
  describeNodeGroup: (aws) => aws.describeNodeGroup(EU),
  updateNodeGroup: (aws, text) => aws.updateNodeGroup(EU, { minimum: 3, maximum: 30, desired: 14 }, text),
  nodeGroupUpdateStatus: (aws, text) => aws.nodeGroupUpdateStatus(EU, text),
  countReadyNodes: (aws) => aws.countReadyNodes(EU),
  measureTraffic: (aws) => aws.measureTraffic({ fromMs: NOW - 60_000, toMs: NOW }),
  measureUse: (aws) => aws.measureUse({ fromMs: NOW - 60_000, toMs: NOW }, [EU]),
  listDatabases: (aws) => aws.listDatabases(EU),
  findDatabase: (aws, text) => aws.findDatabase(EU, text),
  promoteReplica: (aws, text) => aws.promoteReplica(EU, text, 7),
  createReplica: (aws, text) =>
    aws.createReplica(EU, {
      instanceId: text,
      sourceArn: `arn:aws:rds:${US}:000000000000:db:${text}`,
      class: text,
      multiAz: false,
      kmsKeyId: text,
      securityGroupIds: [text],
      operation: `meridian:operation=${text}`,
    }),
  modifyDatabase: (aws, text) =>
    aws.modifyDatabase(EU, text, {
      newInstanceId: text,
      securityGroupIds: [text],
      parameterGroup: text,
      multiAz: true,
      deletionProtection: false,
      backupRetentionDays: 7,
    }),
  rebootDatabase: (aws, text) => aws.rebootDatabase(EU, text),
  deleteReplica: (aws, text) => aws.deleteReplica(EU, text),
  createSnapshot: (aws, text) => aws.createSnapshot(EU, text, text),
  snapshotStatus: (aws, text) => aws.snapshotStatus(EU, text),
  findSecurityGroup: (aws, text) => aws.findSecurityGroup(EU, text),
  listPeerings: (aws) => aws.listPeerings(EU),
  createPeering: (aws) => aws.createPeering(EU, AP),
  acceptPeering: (aws, text) => aws.acceptPeering(EU, text),
  ensureRoute: (aws, text) => aws.ensureRoute(EU, text, AP),
  readSwitch: (aws, text) => aws.readSwitch(EU, text),
  setSwitch: (aws, text) => aws.setSwitch(EU, text, 'off'),
  listHealthChecks: (aws) => aws.listHealthChecks(),
  createSwitchCheck: (aws, text) =>
    aws.createSwitchCheck({ inRegion: EU, region: text, callerReference: text }),
  createCalculatedCheck: (aws, text) =>
    aws.createCalculatedCheck({ children: [text], healthThreshold: 1, callerReference: text }),
  askDns: (aws) => aws.askDns('na', 40),
  readShopConfig: (aws, text) => aws.readShopConfig(EU, text),
  writeShopConfig: (aws, text) => aws.writeShopConfig(EU, text, { writerEndpoint: text, writeFreeze: true }),
  runProbe: (aws, text) => aws.runProbe(EU, { kind: 'http', region: US, path: text }, text),
  readShop: (aws, text) => aws.readShop(EU, text, null),
  applyColour: (aws, text) =>
    aws.applyColour(
      EU,
      text,
      { colour: text, version: text, image: text, replicas: 4, operation: text },
      'uid',
    ),
  scaleColour: (aws, text) => aws.scaleColour(EU, text, { colour: text, replicas: 4 }, 'uid'),
  readyEndpoints: (aws, text) => aws.readyEndpoints(EU, text, 'live'),
  switchLive: (aws, text) => aws.switchLive(EU, text, { version: text, resourceVersion: text }, 'uid'),
  smoke: (aws, text) => aws.smoke(EU, text, { path: text, name: text }),
  diagnose: (aws, text) => aws.diagnose(EU, text, text),
  findImages: (aws, text) => aws.findImages(EU, text, { digest: text, tags: [text] }),
  readWal: (aws, text) => aws.readWal(EU, text),
  lastOrder: (aws, text) => aws.lastOrder(EU, text),
  writeToken: (aws, text) => aws.writeToken(EU, text, text),
  hasToken: (aws, text) => aws.hasToken(EU, text, { name: text, lsn: text }),
  terminateSessions: (aws, text) => aws.terminateSessions(EU, text),
  ordersSince: (aws, text) => aws.ordersSince(EU, text, text, 500),
  missingOrders: (aws, text) => aws.missingOrders(EU, text, [text]),
};

/** A port that answers each call with the method's name, and keeps what it was given. */
function echoing(given: unknown[][]): AwsPort {
  return new Proxy({} as AwsPort, {
    get:
      (_, method) =>
      (...args: unknown[]) => {
        given.push(args);
        return Promise.resolve(method);
      },
  });
}

function listening() {
  const told: string[] = [];
  const given: unknown[][] = [];
  const aws = withCommands(echoing(given), estate, (command) => told.push(command));
  return { aws, told, given };
}

async function commandsOf(method: keyof AwsPort, text: string): Promise<string[]> {
  const { aws, told } = listening();
  await CALLS[method](aws, text);
  return told;
}

const METHODS = Object.keys(CALLS) as (keyof AwsPort)[]; // the keys of an object whose type names each

describe('the commands of a call', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'meridian-commands-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(METHODS)('%s: each names its Region, and none relies on a default', async (method) => {
    const commands = await commandsOf(method, 'plain-1');
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const calls = command.split(/\baws (?=[a-z0-9]+ [a-z-]+ )/).slice(1);
      expect(calls.filter((call) => !/--region [a-z]+-[a-z]+-\d\b/.test(call))).toEqual([]);
      const clusters = command.split(/\bkubectl /).slice(1);
      expect(clusters.filter((call) => !call.startsWith(`--context ${EU} `))).toEqual([]);
    }
  });

  it.each(METHODS)('%s: nothing of what it is given is carried out by a shell', async (method) => {
    const commands = await commandsOf(method, HOSTILE);
    for (const command of commands) {
      // No program is found, so that the words alone are read; what stands in them would be carried out all the same.
      const { stderr } = spawnSync('/bin/bash', ['-c', command], {
        cwd: folder,
        env: { NODE_ENV: 'test', PATH: '/nowhere' },
        encoding: 'utf8',
      });
      expect(stderr).not.toMatch(/syntax error|unexpected/);
      expect(readdirSync(folder).filter((file) => file !== 'off')).toEqual([]);
    }
  });

  it('are told once each, before the call, however often a step asks', async () => {
    const { aws, told, given } = listening();
    expect(await aws.changeStatus('C1')).toBe('changeStatus');
    await aws.changeStatus('C1');
    await aws.changeStatus('C2');
    expect(told).toEqual([
      'aws route53 get-change --region us-east-1 --id C1',
      'aws route53 get-change --region us-east-1 --id C2',
    ]);
    expect(given).toEqual([['C1'], ['C1'], ['C2']]);
  });

  it('of a window that moves on while it is looked at are one', async () => {
    const { aws, told } = listening();
    for (const seconds of [70, 130, 300]) {
      await aws.measureTraffic({ fromMs: NOW - seconds * 1_000, toMs: NOW + seconds }, [EU]);
    }
    expect(told).toHaveLength(2);
    expect(told[0]).toContain('--start-time "$(($(date +%s) - 300))"');
    const [, queries = ''] = /--metric-data-queries '(.*)'$/.exec(told[0] ?? '') ?? [];
    expect(JSON.parse(queries)).toHaveLength(11);
  });

  it('of kubectl begin with the one that makes their context', async () => {
    expect(await commandsOf('countReadyNodes', '')).toEqual([
      `aws eks update-kubeconfig --region ${EU} --name ecommerce-eu-west-1 --alias ${EU}`,
      `kubectl --context ${EU} get nodes`,
    ]);
  });

  it('on a database read the login where it is kept, and show none', async () => {
    const [login = '', psql = ''] = await commandsOf('readWal', 'ecommerce-db-eu-west-1');
    const secret = estate.regions.find(({ code }) => code === EU)?.database.secretArn;
    expect(login).toContain(`aws secretsmanager get-secret-value --region ${EU} --secret-id ${secret} `);
    expect(psql).toMatch(/^psql "\$\(aws rds describe-db-instances --region eu-west-1 /);
  });

  it('a batch of records is told whole', async () => {
    const { aws, told } = listening();
    await aws.changeWeightedRecords([recordNamed('na.origin.shop.example')], 'OP-1001 weights-1');
    expect(told[0]).toMatch(
      /^aws route53 change-resource-record-sets --region us-east-1 --hosted-zone-id Z0MERIDIANLAB1 --change-batch '/,
    );
    expect(JSON.parse(/--change-batch '(.*)'$/.exec(told[0] ?? '')?.[1] ?? '')).toEqual({
      Comment: 'OP-1001 weights-1',
      Changes: [
        {
          Action: 'UPSERT',
          ResourceRecordSet: {
            Name: 'na.origin.shop.example',
            Type: 'A',
            SetIdentifier: EU,
            Weight: 80,
            AliasTarget: { HostedZoneId: 'Z35', DNSName: 'lb.example.', EvaluateTargetHealth: true },
            HealthCheckId: 'hc-1',
          },
        },
      ],
    });
  });

  it('a Region that left the estate has none, and the call says so itself', async () => {
    const { aws, told } = listening();
    expect(await aws.countReadyNodes('sa-east-1')).toBe('countReadyNodes');
    expect(told).toEqual([]);
  });

  it('of a page of orders are left to the statement that compares them all', async () => {
    const { aws, told } = listening();
    await aws.missingOrders(
      EU,
      'db',
      Array.from({ length: 500 }, (_, index) => `order-${index}`),
    );
    expect(told).toEqual([]);
  });
});
