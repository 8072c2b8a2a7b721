import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LoggedCall } from '#lab/wire/call-log.ts';
import type { AwsPortOptions } from '#lib/adapters/aws/aws-port.ts';
import { errorSentence } from '#lib/adapters/aws/observe-calls.ts';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import type { NewReplica } from '#lib/ports/recovery.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { type Lab, startLab } from './harness.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const PRIMARY = 'ecommerce-db-us-east-1';
const EU_REPLICA = 'ecommerce-db-eu-west-1';
const AP_REPLICA = 'ecommerce-db-ap-southeast-1';

const estate = seedEstate();
const opened: RecordedPort[] = [];
let lab: Lab;
let leaveLab: () => void;

beforeAll(async () => {
  lab = await startLab({ seed: 11 });
  leaveLab = reachLab(lab);
});

afterEach(async () => {
  for (const { aws } of opened.splice(0)) aws.close();
  await lab.admin('/heal', {});
});

afterAll(async () => {
  leaveLab?.();
  await lab?.stop();
});

function port(options: Partial<AwsPortOptions> = {}): RecordedPort {
  const recorded = openPort(estate, options);
  opened.push(recorded);
  return recorded;
}

async function failureOf(call: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const startedAt = performance.now();
  try {
    await call;
  } catch (error) {
    return { error, ms: performance.now() - startedAt };
  }
  throw new Error('It succeeded, and should have failed.');
}

/** Calls of that operation that have reached the lab. */
async function callsOf(operation: string): Promise<LoggedCall[]> {
  const { calls } = (await lab.admin('/calls')) as { calls: LoggedCall[] };
  return calls.filter((call) => call.operation === operation);
}

const arn = (region: string, id: string) => `arn:aws:rds:${region}:000000000000:db:${id}`;

const patience = { timeout: 20_000, interval: 100 };

/** Waits until the instance is so, as its Region describes it. */
async function until(region: string, id: string, expected: Partial<DatabaseObservation>) {
  const { aws } = port();
  await expect.poll(() => aws.findDatabase(region, id), patience).toMatchObject(expected);
}

/** A replica of the primary in that Region, as what stands there is made. */
async function newReplica(
  region: string,
  instanceId: string,
  change: Partial<NewReplica> = {},
): Promise<NewReplica> {
  const { aws } = port();
  const [like] = await aws.listDatabases(region);
  return {
    instanceId,
    sourceArn: arn(US, PRIMARY),
    class: like?.class ?? '',
    multiAz: false,
    kmsKeyId: like?.kmsKeyId ?? null,
    securityGroupIds: [(await aws.findSecurityGroup(region, 'ecommerce-database')) ?? ''],
    operation: 'meridian:operation=OP-1001',
    ...change,
  };
}

describe('databases', () => {
  it('are described as RDS has them', async () => {
    const { aws, calls } = port();
    await until(EU, EU_REPLICA, { replication: 'replicating' });
    const [found, ...others] = await aws.listDatabases(EU);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      instanceId: EU_REPLICA,
      arn: arn(EU, EU_REPLICA),
      role: 'replica',
      status: 'available',
      sourceArn: arn(US, PRIMARY),
      class: 'db.r6g.xlarge',
      multiAz: false,
      backupRetentionDays: 7,
      storageGiB: 100,
      parameterGroup: 'ecommerce-postgres18',
      deletionProtection: false,
    });
    expect(found?.endpoint).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(found?.kmsKeyId).toContain(`arn:aws:kms:${EU}:`);
    expect(found?.securityGroupIds).toEqual([await aws.findSecurityGroup(EU, 'ecommerce-database')]);
    expect(Date.parse(found?.createdAt ?? '')).toBeLessThanOrEqual(Date.now());
    expect(calls.find(({ action }) => action === 'DescribeDBInstances')).toMatchObject({
      service: 'rds',
      region: EU,
      status: '200',
      mutating: false,
      requestId: expect.stringMatching(/.+/),
    });
  });

  it('are looked for in their own Region alone', async () => {
    const { aws } = port();
    expect(await aws.findDatabase(EU, PRIMARY)).toBeNull();
    expect(await aws.findDatabase(US, PRIMARY)).toMatchObject({ role: 'primary', sourceArn: null });
  });
});

describe('a change', () => {
  it.each<[string, (aws: RecordedPort['aws']) => Promise<unknown>, RegExp]>([
    ['in the wrong Region', (aws) => aws.promoteReplica(US, EU_REPLICA, 7), /^DBInstanceNotFoundFault: /],
    [
      'that promotes a primary',
      (aws) => aws.promoteReplica(US, PRIMARY, 7),
      /^InvalidDBInstanceStateFault: .*not a read replica/,
    ],
    [
      'to a security group of another Region',
      (aws) => aws.modifyDatabase(EU, EU_REPLICA, { securityGroupIds: ['sg-0fffffffffffffff1'] }),
      /^InvalidParameterValue: Invalid security group/,
    ],
    [
      'that deletes a primary, which would be gone with its data',
      (aws) => aws.deleteReplica(US, PRIMARY),
      /^RefusedError: Cannot delete ecommerce-db-us-east-1 in us-east-1: it replicates from nothing/,
    ],
    [
      'that makes a replica under a name that is taken',
      async (aws) => aws.createReplica(AP, await newReplica(AP, AP_REPLICA)),
      /^DBInstanceAlreadyExistsFault: /,
    ],
    [
      'that makes a replica with a key of another Region',
      async (aws) =>
        aws.createReplica(
          AP,
          await newReplica(AP, `${AP_REPLICA}-x`, { kmsKeyId: 'arn:aws:kms:eu-west-1:000000000000:key/1' }),
        ),
      /^KMSKeyNotAccessibleFault: /,
    ],
  ])('%s is refused, and that is what is told', async (_what, call, words) => {
    const { aws } = port();
    const { error } = await failureOf(call(aws));
    expect(error).not.toBeInstanceOf(UnansweredError);
    expect(errorSentence(error)).toMatch(words);
  });

  it('is refused while a backup is made, and the snapshot is found by its name', async () => {
    const { aws } = port();
    await aws.createSnapshot(EU, EU_REPLICA, 'before-op-1001');
    const { error } = await failureOf(aws.promoteReplica(EU, EU_REPLICA, 7));
    expect(errorSentence(error)).toMatch(/^InvalidDBInstanceStateFault: /);
    await expect.poll(() => aws.snapshotStatus(EU, 'before-op-1001'), patience).toBe('available');
    await until(EU, EU_REPLICA, { status: 'available' });
    expect(await aws.snapshotStatus(EU, 'never-made')).toBeNull();
    // The same snapshot asked for again is the one that is there; of another instance it is not.
    await aws.createSnapshot(EU, EU_REPLICA, 'before-op-1001');
    const { error: other } = await failureOf(aws.createSnapshot(EU, 'other', 'before-op-1001'));
    expect(errorSentence(other)).toMatch(/^DBInstanceNotFoundFault|^DBSnapshotAlreadyExistsFault/);
  });

  it.each(['error', 'garbage', 'lost-answer'] as const)(
    'whose answer is lost is sent once and may have been made: %s',
    async (kind) => {
      const { aws } = port({ timeoutMs: 1_500 });
      const before = (await callsOf('RebootDBInstance')).length;
      await lab.admin('/throttle', { service: 'rds', operation: 'RebootDBInstance', share: 1, kind });
      const { error } = await failureOf(aws.rebootDatabase(AP, AP_REPLICA));
      expect(error).toBeInstanceOf(UnansweredError);
      expect(String(error)).toContain(
        'RDS RebootDBInstance of ecommerce-db-ap-southeast-1 in ap-southeast-1',
      );
      expect((await callsOf('RebootDBInstance')).length - before).toBe(1);
      await lab.admin('/heal', {});
      await until(AP, AP_REPLICA, { status: 'available' });
    },
  );

  it('that was throttled was not made, and is sent again', async () => {
    const { aws, calls } = port();
    await lab.admin('/throttle', { service: 'rds', operation: 'ModifyDBInstance', share: 1 });
    const changing = aws.modifyDatabase(AP, AP_REPLICA, { backupRetentionDays: 3 });
    await expect
      .poll(async () => (await callsOf('ModifyDBInstance')).at(-1)?.fault, patience)
      .toMatch(/Throttling/);
    await lab.admin('/heal', {});
    await changing;
    await until(AP, AP_REPLICA, { backupRetentionDays: 3 });
    expect(calls.filter(({ action }) => action === 'ModifyDBInstance')).toMatchObject([
      { status: '200', mutating: true },
    ]);
  });

  it('in a Region that hangs is given up before anything was sent', async () => {
    await lab.admin('/outage', { region: AP, mode: 'hang' });
    const { aws, calls } = port({ timeoutMs: 1_000 });
    const { error, ms } = await failureOf(aws.modifyDatabase(AP, AP_REPLICA, { multiAz: true }));
    expect(error).toBeInstanceOf(UnansweredError);
    expect(ms).toBeLessThan(3_000);
    expect(calls.filter(({ mutating }) => mutating)).toEqual([]);
    const reading = await failureOf(aws.listDatabases(AP));
    expect(reading.error).toBeInstanceOf(UnansweredError);
    expect(reading.ms).toBeLessThan(3_000);
    expect((await aws.listDatabases(EU)).map(({ instanceId }) => instanceId)).toEqual([EU_REPLICA]);
  });
});

describe('SQL', () => {
  it('goes to the endpoint that RDS names, by the login that Secrets Manager keeps', async () => {
    const { aws, calls } = port();
    const primary = await aws.readWal(US, PRIMARY);
    expect(primary).toMatchObject({ inRecovery: false, timeline: 1 });
    expect(await aws.readWal(EU, EU_REPLICA)).toMatchObject({ inRecovery: true, timeline: 1 });
    const last = await aws.lastOrder(US, PRIMARY);
    expect(Date.parse(last?.createdAt ?? '')).toBeGreaterThan(Date.parse(lab.startedAt));
    expect(await aws.missingOrders(US, PRIMARY, [last?.id ?? ''])).toEqual([]);
    const orders = await aws.ordersSince(US, PRIMARY, lab.startedAt, 1_000);
    expect(orders.map(({ id }) => id)).toContain(last?.id);

    const endpoint = (await aws.findDatabase(US, PRIMARY))?.endpoint;
    expect(calls.filter(({ service }) => service === 'postgresql')[0]).toEqual({
      at: expect.stringMatching(/Z$/),
      service: 'postgresql',
      action: 'ReadWal',
      region: US,
      host: endpoint,
      status: 'ok',
      requestId: null,
      durationMs: expect.any(Number),
      mutating: false,
      summary: null,
    });
    // Once for all of them, and nothing of it in what is kept.
    expect(calls.filter(({ action }) => action === 'GetSecretValue')).toHaveLength(1);
    const passwords = path.join(lab.dataDir, 'lab/postgres/passwords.json');
    const { shop_admin: password } = JSON.parse(readFileSync(passwords, 'utf8'));
    expect(password.length).toBeGreaterThan(10);
    expect(JSON.stringify(calls)).not.toContain(password);
  });

  it('gates on a token, and ends the sessions of others', async () => {
    const { aws, calls } = port();
    const token = { name: 'OP-1001', ...(await aws.writeToken(US, PRIMARY, 'OP-1001')) };
    await expect.poll(() => aws.hasToken(EU, EU_REPLICA, token), patience).toBe(true);
    expect(await aws.terminateSessions(US, PRIMARY)).toBeGreaterThan(0);
    const changes = calls.filter(({ service, mutating }) => service === 'postgresql' && mutating);
    expect(changes.map(({ action }) => action)).toEqual(['WriteToken', 'TerminateSessions']);
  });

  it('that would write on a replica is refused', async () => {
    const { aws, calls } = port();
    const { error } = await failureOf(aws.writeToken(EU, EU_REPLICA, 'OP-1002'));
    expect(error).not.toBeInstanceOf(UnansweredError);
    expect(errorSentence(error)).toContain('read-only transaction');
    expect(calls.find(({ action }) => action === 'WriteToken')?.status).toBe('25006');
  });

  it('gets its login from another Region when its own gives none', async () => {
    const rule = { service: 'secretsmanager', region: EU, share: 1, kind: 'error' };
    await lab.admin('/throttle', rule);
    const { aws, calls } = port();
    expect(await aws.readWal(EU, EU_REPLICA)).toMatchObject({ inRecovery: true });
    expect(
      calls.filter(({ action }) => action === 'GetSecretValue').map(({ region, status }) => [region, status]),
    ).toEqual([
      [EU, expect.stringMatching(/^[A-Z]/)],
      [US, '200'],
    ]);
  });

  it('without a login from any Region is unknown, and names them all', async () => {
    await lab.admin('/throttle', { service: 'secretsmanager', share: 1, kind: 'garbage' });
    const { aws } = port();
    const { error } = await failureOf(aws.readWal(EU, EU_REPLICA));
    expect(error).toBeInstanceOf(UnansweredError);
    for (const region of [US, EU, AP]) expect(String(error)).toContain(`${region}: `);
  });

  it.each([
    ['no-database-secret', EU_REPLICA, true],
    ['no-endpoint', 'ecommerce-db-eu-west-1-x', false],
  ])('%s: what is missing is told', async (rule, instanceId, withoutSecrets) => {
    const changed = seedEstate();
    if (withoutSecrets) for (const region of changed.regions) delete region.database.secretArn;
    const recorded = openPort(changed);
    opened.push(recorded);
    const { error } = await failureOf(recorded.aws.readWal(EU, instanceId));
    expect(error).toMatchObject({ rule });
  });

  it.each(['hang', 'drop'] as const)('in a Region that is out is given up in time: %s', async (mode) => {
    await lab.admin('/outage', { region: AP, mode });
    const { aws } = port({ timeoutMs: 1_500 });
    for (const call of [
      () => aws.readWal(AP, AP_REPLICA),
      () => aws.writeToken(AP, AP_REPLICA, 'never'),
      () => aws.terminateSessions(AP, AP_REPLICA),
    ]) {
      const { error, ms } = await failureOf(call());
      expect(error).toBeInstanceOf(UnansweredError);
      expect(ms).toBeLessThan(5_000);
    }
  });
});

describe('a drill', () => {
  it('may throw away what it has made and promoted, and nobody else may', async () => {
    const id = `${EU_REPLICA}-drill-1001`;
    const { aws } = port();
    await aws.createReplica(EU, await newReplica(EU, id));
    await until(EU, id, { role: 'replica', status: 'available' });
    await aws.promoteReplica(EU, id, 0);
    await until(EU, id, { role: 'primary', status: 'available' });
    const other = port({ operation: { id: 'OP-1002', epoch: 1n } });
    await expect(other.aws.deleteReplica(EU, id)).rejects.toMatchObject({ rule: 'not-a-replica' });
    await aws.deleteReplica(EU, id);
    await expect.poll(() => aws.findDatabase(EU, id), patience).toBeNull();
  });
});

describe('an operation’s life with databases', () => {
  it('fences by groups, promotes, renames, and rebuilds', async () => {
    const { aws } = port();
    const denyAll = await aws.findSecurityGroup(US, 'ecommerce-deny-all');
    expect(denyAll).toMatch(/^sg-/);
    expect(await aws.findSecurityGroup(US, 'no-such-group')).toBeNull();

    await aws.modifyDatabase(US, PRIMARY, { securityGroupIds: [denyAll ?? ''] });
    await until(US, PRIMARY, { securityGroupIds: [denyAll ?? ''], status: 'available' });
    await aws.promoteReplica(EU, EU_REPLICA, 7);
    await until(EU, EU_REPLICA, { role: 'primary', status: 'available', sourceArn: null });
    expect(await aws.readWal(EU, EU_REPLICA)).toMatchObject({ inRecovery: false, timeline: 2 });
    // Nobody gets in any more, and we no more than others.
    const closed = port({ timeoutMs: 3_000 });
    const { error: shut } = await failureOf(closed.aws.readWal(US, PRIMARY));
    expect(shut).toBeInstanceOf(UnansweredError);

    const fenced = `${PRIMARY}-fenced-20261126-1001`;
    await aws.modifyDatabase(US, PRIMARY, { newInstanceId: fenced, deletionProtection: false });
    await until(US, fenced, { status: 'available' });
    const source = { sourceArn: arn(EU, EU_REPLICA) };
    const replica = await newReplica(US, PRIMARY, source);
    await aws.createReplica(US, replica);
    // A repeat finds its own, whose tag it carries; another operation's is refused.
    await aws.createReplica(US, replica);
    const { error } = await failureOf(aws.createReplica(US, { ...replica, operation: 'OP-1002' }));
    expect(errorSentence(error)).toMatch(/^DBInstanceAlreadyExistsFault: /);
    await until(US, PRIMARY, { role: 'replica', status: 'available', replication: 'replicating', ...source });
    expect((await aws.listDatabases(US)).map(({ instanceId }) => instanceId).sort()).toEqual([
      PRIMARY,
      fenced,
    ]);

    await aws.deleteReplica(US, PRIMARY);
    await aws.deleteReplica(US, PRIMARY);
    await expect.poll(() => aws.findDatabase(US, PRIMARY), patience).toBeNull();
    await aws.deleteReplica(US, PRIMARY);
  });
});
