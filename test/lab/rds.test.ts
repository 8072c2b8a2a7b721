import * as rds from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AP, AP_REPLICA, EU, EU_REPLICA, PRIMARY, queryAt, US } from './support/databases.ts';
import { DENY_ALL, OPEN_GROUP, type RdsLab, startRds } from './support/rds.ts';

let lab: RdsLab;

beforeAll(async () => {
  lab = await startRds();
});

afterEach(() => lab.ctx.chaos.heal());

afterAll(async () => {
  await lab.stop();
  lab.remove();
});

const arn = (region: string, id: string) => `arn:aws:rds:${region}:000000000000:db:${id}`;

/** What a refusal says, by name and words. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error('the call was accepted'),
    (reason: Error) => reason,
  );
  return `${error.name}: ${error.message}`;
}

const resourceId = (name: string) => lab.databases.find(name)?.resourceId ?? '';

const replicates = (region: string, id: string) =>
  expect
    .poll(async () => (await lab.describe(region, id))?.StatusInfos?.[0]?.Status, {
      timeout: 40_000, // every copy is made anew after a reset, on a machine that others load
      interval: 50,
    })
    .toBe('replicating');

describe('DescribeDBInstances', () => {
  it('describes the estate as AWS would, and the endpoint is where the server answers', async () => {
    const primary = await lab.describe(US, PRIMARY);
    expect(primary).toMatchObject({
      DBInstanceStatus: 'available',
      DBInstanceClass: 'db.r6g.2xlarge',
      Engine: 'postgres',
      MultiAZ: true,
      BackupRetentionPeriod: 7,
      DBInstanceArn: arn(US, PRIMARY),
      DBSubnetGroup: { VpcId: 'vpc-0a00000000000001' },
    });
    expect(primary?.ReadReplicaDBInstanceIdentifiers?.sort()).toEqual([
      arn(AP, AP_REPLICA),
      arn(EU, EU_REPLICA),
    ]);
    const url = new URL(lab.databases.endpointUrl(PRIMARY));
    url.hostname = primary?.Endpoint?.Address ?? '';
    url.port = String(primary?.Endpoint?.Port);
    expect(await queryAt(url.href, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('names a source in another Region by ARN and reads the replication state from the server', async () => {
    await replicates(EU, EU_REPLICA);
    const replica = await lab.describe(EU, EU_REPLICA);
    expect(replica?.ReadReplicaSourceDBInstanceIdentifier).toBe(arn(US, PRIMARY));
    expect(replica?.StatusInfos).toMatchObject([{ StatusType: 'read replication', Normal: true }]);
    await lab.ctx.chaos.change({ links: { [`${US}>${EU}`]: { mode: 'reset', extraRttMs: 0 } } });
    const state = async () => (await lab.describe(EU, EU_REPLICA))?.StatusInfos?.[0];
    await expect.poll(state, { timeout: 5000 }).toMatchObject({ Status: 'error', Normal: false });
  });

  it('knows only its own Region', async () => {
    const elsewhere = new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: PRIMARY });
    expect(await refusal(lab.client(EU).send(elsewhere))).toMatch(
      /^DBInstanceNotFoundFault: .*ecommerce-db-us-east-1 not found/,
    );
  });

  it('filters, and refuses what is no filter, no page size or no marker', async () => {
    const ask = (input: rds.DescribeDBInstancesCommandInput) =>
      lab.client(EU).send(new rds.DescribeDBInstancesCommand(input));
    const byName = (value: string) => ask({ Filters: [{ Name: 'db-instance-id', Values: [value] }] });
    expect((await byName(EU_REPLICA)).DBInstances).toHaveLength(1);
    expect((await byName('other')).DBInstances).toHaveLength(0);
    expect(await refusal(ask({ Filters: [{ Name: 'colour', Values: ['red'] }] }))).toMatch(
      /Unrecognized filter name: colour/,
    );
    expect(await refusal(ask({ MaxRecords: 5 }))).toMatch(/^InvalidParameterValue: .*between 20 and 100/);
    expect(await refusal(ask({ Marker: 'nonsense' }))).toMatch(/^InvalidParameterValue: .*marker/);
  });

  it('pages', async () => {
    const seen: string[] = [];
    const pages = rds.paginateDescribeDBParameters(
      { client: lab.client(US), pageSize: 50 },
      { DBParameterGroupName: 'default.postgres18' },
    );
    for await (const { Parameters = [] } of pages) {
      expect(Parameters.length).toBeLessThanOrEqual(50);
      seen.push(...Parameters.map(({ ParameterName = '' }) => ParameterName));
    }
    expect(seen.length).toBeGreaterThan(200);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('parameters', () => {
  const group = 'ecommerce-postgres18';
  const modify = (name: string, Parameters: rds.Parameter[]) =>
    lab.client(US).send(new rds.ModifyDBParameterGroupCommand({ DBParameterGroupName: name, Parameters }));
  const one = (
    ParameterName: string,
    ParameterValue: string,
    ApplyMethod: rds.ApplyMethod,
  ): rds.Parameter => ({
    ParameterName,
    ParameterValue,
    ApplyMethod,
  });

  it('of a group act on its server at once, and on no other', async () => {
    await modify(group, [one('default_transaction_read_only', '1', 'immediate')]);
    const setting = (name: string) =>
      queryAt<{ value: string }>(
        lab.databases.endpointUrl(name),
        "select current_setting('default_transaction_read_only') as value",
      );
    expect(await setting(PRIMARY)).toEqual([{ value: 'on' }]);
    expect(await setting(EU_REPLICA)).toEqual([{ value: 'off' }]);
    const changed = await lab
      .client(US)
      .send(new rds.DescribeDBParametersCommand({ DBParameterGroupName: group, Source: 'user' }));
    expect(changed.Parameters).toMatchObject([
      { ParameterName: 'default_transaction_read_only', ParameterValue: '1' },
    ]);
    await modify(group, [one('default_transaction_read_only', '0', 'immediate')]);
    expect(await setting(PRIMARY)).toEqual([{ value: 'off' }]);
  });

  const reboot = async (region: string, id: string) => {
    await lab.client(region).send(new rds.RebootDBInstanceCommand({ DBInstanceIdentifier: id }));
  };

  it('that are static wait for a reboot', async () => {
    await modify(group, [one('max_files_per_process', '900', 'pending-reboot')]);
    const status = async () =>
      (await lab.describe(US, PRIMARY))?.DBParameterGroups?.[0]?.ParameterApplyStatus;
    expect(await status()).toBe('pending-reboot');
    await reboot(US, PRIMARY);
    await lab.untilStatus(US, PRIMARY, 'available');
    expect(await status()).toBe('in-sync');
    const [row] = await queryAt(lab.databases.endpointUrl(PRIMARY), 'show max_files_per_process');
    expect(row).toEqual({ max_files_per_process: '900' });
  });

  it('that a source has higher than its replica stop the replay there until it is rebooted', async () => {
    await modify(group, [one('max_connections', '64', 'pending-reboot')]);
    await reboot(US, PRIMARY);
    await lab.untilStatus(US, PRIMARY, 'available');
    const replay = () =>
      lab.databases.query(resourceId(AP_REPLICA), 'select pg_get_wal_replay_pause_state() as state');
    await expect.poll(replay, { timeout: 10_000, interval: 50 }).toEqual([{ state: 'paused' }]);
    await reboot(AP, AP_REPLICA);
    await lab.untilStatus(AP, AP_REPLICA, 'available');
    await reboot(EU, EU_REPLICA);
    await lab.untilStatus(EU, EU_REPLICA, 'available');
    expect(await replay()).toEqual([{ state: 'not paused' }]);
    await replicates(AP, AP_REPLICA);
  });

  it.each([
    [
      'a default group',
      'default.postgres18',
      one('work_mem', '4096', 'immediate'),
      /^InvalidDBParameterGroupStateFault/,
    ],
    ['an unknown group', 'nobody', one('work_mem', '4096', 'immediate'), /^DBParameterGroupNotFoundFault/],
    [
      'a static one at once',
      group,
      one('max_connections', '70', 'immediate'),
      /^InvalidParameterCombination/,
    ],
    ['a value out of bounds', group, one('work_mem', '1', 'immediate'), /^InvalidParameterValue: .*work_mem/],
    [
      'a word for a switch',
      group,
      one('default_transaction_read_only', 'yes', 'immediate'),
      /allowed values are: 0,1/,
    ],
    ['what RDS keeps', group, one('fsync', '1', 'immediate'), /fsync cannot be modified/],
    ['what does not exist', group, one('colour', '1', 'immediate'), /Could not find parameter/],
  ])('refuses %s', async (_case, name, parameter, words) => {
    expect(await refusal(modify(name, [parameter]))).toMatch(words);
  });
});

describe('ModifyDBInstance', () => {
  const modify = (input: Omit<rds.ModifyDBInstanceCommandInput, 'DBInstanceIdentifier'>) =>
    lab.client(EU).send(new rds.ModifyDBInstanceCommand({ DBInstanceIdentifier: EU_REPLICA, ...input }));

  it('fences by a deny-all group: newcomers at once, those inside with the reboot', async () => {
    await modify({ VpcSecurityGroupIds: [DENY_ALL] });
    const url = lab.databases.endpointUrl(EU_REPLICA, 'shop');
    await expect(queryAt(url, 'select 1')).rejects.toThrow(/timeout/);
    await modify({ VpcSecurityGroupIds: [OPEN_GROUP] });
    await queryAt(url, 'select 1');
    expect(await refusal(modify({ VpcSecurityGroupIds: ['sg-12345678'] }))).toMatch(/Invalid security group/);
  });

  it('leaves a change for the maintenance window unless it is to apply immediately', async () => {
    const { DBInstance } = await modify({ MultiAZ: true });
    expect(DBInstance).toMatchObject({
      MultiAZ: false,
      PendingModifiedValues: { MultiAZ: true },
      DBInstanceStatus: 'available',
    });
    await modify({ ApplyImmediately: true });
    const done = await lab.untilStatus(EU, EU_REPLICA, 'available');
    expect(done.MultiAZ).toBe(true);
    expect(done.PendingModifiedValues?.MultiAZ).toBeUndefined();
  });

  it('refuses a second change while one is under way', async () => {
    await modify({ DBInstanceClass: 'db.r6g.2xlarge', ApplyImmediately: true });
    expect(await refusal(modify({ BackupRetentionPeriod: 3 }))).toMatch(
      /^InvalidDBInstanceStateFault: .*modifying/,
    );
    expect((await lab.untilStatus(EU, EU_REPLICA, 'available')).DBInstanceClass).toBe('db.r6g.2xlarge');
  });

  it.each([
    [{ DBInstanceClass: 'db.enormous' }, /^InvalidParameterValue: .*db.enormous/],
    [{ BackupRetentionPeriod: 36 }, /^InvalidParameterValue: .*between 0 and 35/],
    [{ NewDBInstanceIdentifier: '1-bad' }, /^InvalidParameterValue: .*NewDBInstanceIdentifier/],
    [{ AllocatedStorage: 1 }, /can only grow/],
    [{ EngineVersion: '99' }, /does not model a change of EngineVersion/],
  ])('refuses %j', async (input, words) => {
    expect(await refusal(modify(input))).toMatch(words);
  });
});

describe('snapshots, events and tags', () => {
  it('back up, and nothing is promoted meanwhile', async () => {
    const snapshot = { DBInstanceIdentifier: EU_REPLICA, DBSnapshotIdentifier: 'before-switch' };
    await lab.client(EU).send(new rds.CreateDBSnapshotCommand(snapshot));
    const promote = new rds.PromoteReadReplicaCommand({ DBInstanceIdentifier: EU_REPLICA });
    expect(await refusal(lab.client(EU).send(promote))).toMatch(/^InvalidDBInstanceStateFault: .*backing-up/);
    expect(await refusal(lab.client(EU).send(new rds.CreateDBSnapshotCommand(snapshot)))).toMatch(
      /^InvalidDBInstanceStateFault|^DBSnapshotAlreadyExists/,
    );
    await lab.untilStatus(EU, EU_REPLICA, 'available');
    const described = await lab
      .client(EU)
      .send(new rds.DescribeDBSnapshotsCommand({ DBInstanceIdentifier: EU_REPLICA }));
    expect(described.DBSnapshots).toMatchObject([
      { DBSnapshotIdentifier: 'before-switch', Status: 'available', PercentProgress: 100 },
    ]);
    const missing = new rds.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'none' });
    expect(await refusal(lab.client(EU).send(missing))).toMatch(/^DBSnapshotNotFoundFault/);
  });

  it('are told by events of that Region', async () => {
    const events = new rds.DescribeEventsCommand({ SourceType: 'db-instance', SourceIdentifier: EU_REPLICA });
    const { Events = [] } = await lab.client(EU).send(events);
    expect(Events.map(({ Message }) => Message)).toContain('Finished DB Instance backup');
    const elsewhere = await lab.client(AP).send(new rds.DescribeEventsCommand({}));
    expect(elsewhere.Events?.map(({ SourceIdentifier }) => SourceIdentifier)).not.toContain(EU_REPLICA);
  });

  it('are kept by ARN', async () => {
    const ResourceName = arn(EU, EU_REPLICA);
    const client = lab.client(EU);
    await client.send(
      new rds.AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: 'operation', Value: 'op & <1>' }] }),
    );
    const { TagList } = await client.send(new rds.ListTagsForResourceCommand({ ResourceName }));
    expect(TagList).toContainEqual({ Key: 'operation', Value: 'op & <1>' });
    expect(await refusal(lab.client(US).send(new rds.ListTagsForResourceCommand({ ResourceName })))).toMatch(
      /InvalidParameterValue/,
    );
  });
});

describe('rules', () => {
  it('an instance with replicas cannot be stopped, nor one that is protected deleted', async () => {
    const stop = new rds.StopDBInstanceCommand({ DBInstanceIdentifier: PRIMARY });
    expect(await refusal(lab.client(US).send(stop))).toMatch(/^InvalidDBInstanceStateFault: .*Read Replica/);
    const remove = new rds.DeleteDBInstanceCommand({
      DBInstanceIdentifier: PRIMARY,
      SkipFinalSnapshot: true,
    });
    expect(await refusal(lab.client(US).send(remove))).toMatch(
      /^InvalidParameterCombination: Cannot delete protected/,
    );
    const noChoice = new rds.DeleteDBInstanceCommand({ DBInstanceIdentifier: AP_REPLICA });
    expect(await refusal(lab.client(AP).send(noChoice))).toMatch(/FinalDBSnapshotIdentifier is required/);
    const withSnapshot = new rds.DeleteDBInstanceCommand({
      DBInstanceIdentifier: AP_REPLICA,
      FinalDBSnapshotIdentifier: 'x',
    });
    expect(await refusal(lab.client(AP).send(withSnapshot))).toMatch(/deleting a read replica/);
  });

  it('only a replica can be promoted', async () => {
    const promote = new rds.PromoteReadReplicaCommand({ DBInstanceIdentifier: PRIMARY });
    expect(await refusal(lab.client(US).send(promote))).toMatch(
      /^InvalidDBInstanceStateFault: DB Instance is not a read replica/,
    );
  });

  const base = {
    DBInstanceIdentifier: 'new-replica',
    SourceDBInstanceIdentifier: arn(US, PRIMARY),
    KmsKeyId: 'alias/ecommerce',
  };
  it.each([
    [
      'a source of another Region by plain name',
      { SourceDBInstanceIdentifier: PRIMARY },
      /^DBInstanceNotFoundFault/,
    ],
    ['no key of the destination', { KmsKeyId: undefined }, /KmsKeyId of the destination/],
    [
      'a key of another Region',
      { KmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/1' },
      /^KMSKeyNotAccessibleFault/,
    ],
    [
      'a parameter group',
      { DBParameterGroupName: 'ecommerce-postgres18' },
      /^InvalidParameterCombination: .*default group/,
    ],
    ['an id in use', { DBInstanceIdentifier: AP_REPLICA }, /^DBInstanceAlreadyExistsFault/],
    ['a third Region in a chain', { SourceDBInstanceIdentifier: arn(EU, EU_REPLICA) }, /two Regions at most/],
    ['an unknown subnet group', { DBSubnetGroupName: 'nowhere' }, /^DBSubnetGroupNotFoundFault/],
  ])('a replica is refused with %s', async (_case, change, words) => {
    const create = new rds.CreateDBInstanceReadReplicaCommand({ ...base, ...change });
    expect(await refusal(lab.client(AP).send(create))).toMatch(words);
  });
});

describe('failover by API', () => {
  it('shows the states of a promotion, really promotes, and rebuilds the others from it', async () => {
    await replicates(EU, EU_REPLICA);
    await lab.ctx.chaos.change({ outages: { [US]: 'drop' } });
    const promoted = await lab
      .client(EU)
      .send(
        new rds.PromoteReadReplicaCommand({ DBInstanceIdentifier: EU_REPLICA, BackupRetentionPeriod: 7 }),
      );
    const states = [promoted.DBInstance?.DBInstanceStatus];
    const look = async () => {
      const status = (await lab.describe(EU, EU_REPLICA))?.DBInstanceStatus;
      if (status !== states.at(-1)) states.push(status);
      return status;
    };
    await expect.poll(look, { timeout: 10_000, interval: 5 }).toBe('available');
    expect(states).toEqual(['modifying', 'rebooting', 'available']);
    const standalone = await lab.describe(EU, EU_REPLICA);
    expect(standalone?.ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
    expect(standalone?.BackupRetentionPeriod).toBe(7);
    expect(
      await queryAt(lab.databases.endpointUrl(EU_REPLICA), 'select pg_is_in_recovery() as standby'),
    ).toEqual([{ standby: false }]);

    await lab
      .client(AP)
      .send(new rds.DeleteDBInstanceCommand({ DBInstanceIdentifier: AP_REPLICA, SkipFinalSnapshot: true }));
    await expect.poll(() => lab.describe(AP, AP_REPLICA), { timeout: 5000 }).toBeUndefined();
    const created = await lab.client(AP).send(
      new rds.CreateDBInstanceReadReplicaCommand({
        DBInstanceIdentifier: AP_REPLICA,
        SourceDBInstanceIdentifier: arn(EU, EU_REPLICA),
        KmsKeyId: 'alias/ecommerce',
        DBInstanceClass: 'db.r6g.large',
        Tags: [{ Key: 'operation', Value: 'op-1' }],
      }),
    );
    expect(created.DBInstance).toMatchObject({ DBInstanceStatus: 'creating' });
    expect(created.DBInstance?.Endpoint).toBeUndefined();
    const replica = await lab.untilStatus(AP, AP_REPLICA, 'available');
    expect(replica).toMatchObject({
      ReadReplicaSourceDBInstanceIdentifier: arn(EU, EU_REPLICA),
      DBParameterGroups: [{ DBParameterGroupName: 'default.postgres18' }],
      BackupRetentionPeriod: 0,
      TagList: [{ Key: 'operation', Value: 'op-1' }],
      StatusInfos: [{ Status: 'replicating' }],
    });
  });

  it('renames the old primary, then gives its name to a replica of the new one', async () => {
    const before = (await lab.describe(US, PRIMARY))?.Endpoint;
    await lab.client(US).send(
      new rds.ModifyDBInstanceCommand({
        DBInstanceIdentifier: PRIMARY,
        NewDBInstanceIdentifier: 'fenced-us',
        DeletionProtection: false,
        ApplyImmediately: true,
      }),
    );
    const renamed = await lab.untilStatus(US, 'fenced-us', 'available');
    expect(renamed.Endpoint).not.toEqual(before);
    expect(await lab.describe(US, PRIMARY)).toBeUndefined();
    await lab.client(US).send(
      new rds.CreateDBInstanceReadReplicaCommand({
        DBInstanceIdentifier: PRIMARY,
        SourceDBInstanceIdentifier: arn(EU, EU_REPLICA),
        KmsKeyId: 'alias/ecommerce',
      }),
    );
    const rebuilt = await lab.untilStatus(US, PRIMARY, 'available');
    expect(rebuilt.Endpoint).toEqual(before);
    await lab.client(US).send(new rds.StopDBInstanceCommand({ DBInstanceIdentifier: 'fenced-us' }));
    await lab.untilStatus(US, 'fenced-us', 'stopped');
    await expect(queryAt(lab.databases.endpointUrl('fenced-us'), 'select 1')).rejects.toThrow(
      /ECONNRESET|terminated/,
    );
    await lab.client(US).send(new rds.StartDBInstanceCommand({ DBInstanceIdentifier: 'fenced-us' }));
    await lab.untilStatus(US, 'fenced-us', 'available');
    const last = { DBInstanceIdentifier: 'fenced-us', FinalDBSnapshotIdentifier: 'salvage' };
    await lab.client(US).send(new rds.DeleteDBInstanceCommand(last));
    await expect.poll(() => lab.describe(US, 'fenced-us'), { timeout: 5000 }).toBeUndefined();
    const { DBSnapshots } = await lab
      .client(US)
      .send(new rds.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'salvage' }));
    expect(DBSnapshots).toHaveLength(1);
  });

  it('shows a replica whose source was deleted as terminated, not promoted', async () => {
    await lab
      .client(EU)
      .send(new rds.DeleteDBInstanceCommand({ DBInstanceIdentifier: EU_REPLICA, SkipFinalSnapshot: true }));
    await expect.poll(() => lab.describe(EU, EU_REPLICA), { timeout: 5000 }).toBeUndefined();
    expect(await lab.describe(AP, AP_REPLICA)).toMatchObject({
      ReadReplicaSourceDBInstanceIdentifier: arn(EU, EU_REPLICA),
      StatusInfos: [{ Status: 'terminated', Normal: false }],
    });
  });
});

describe('metrics', () => {
  const latest = (region: string, id: string, name: string) => {
    const now = Date.now();
    const metric = { region, namespace: 'AWS/RDS', name, dimensions: { DBInstanceIdentifier: id } };
    return lab.ctx.metrics.query(metric, 'Maximum', 5, now - 12_000, now + 5000).at(-1)?.value;
  };
  const eventually = (region: string, id: string, name: string) =>
    expect.poll(() => latest(region, id, name), { timeout: 15_000, interval: 100 });

  it('come from the servers: lag of an idle replica grows although nothing is behind', async () => {
    await lab.reset();
    await replicates(EU, EU_REPLICA);
    lab.ctx.metrics.clear();
    // The last commit from here on; how long ago the one before was depends on the machine.
    const [written] = await lab.databases.query<{ at: Date }>(
      resourceId(PRIMARY),
      'update rds_heartbeat set value = value + 1 returning now() as at',
    );
    await eventually(EU, EU_REPLICA, 'ReplicaLag').toBeGreaterThan(2);
    await eventually(US, PRIMARY, 'OldestReplicationSlotLag').toBeLessThan(100_000);
    expect(latest(EU, EU_REPLICA, 'ReplicaLag')).toBeLessThan(
      (Date.now() - (written?.at.getTime() ?? 0)) / 1000 + 10,
    );
    expect(latest(US, PRIMARY, 'ReplicaLag')).toBeUndefined();
    expect(latest(EU, EU_REPLICA, 'OldestReplicationSlotLag')).toBeUndefined();
    for (const name of ['TransactionLogsDiskUsage', 'FreeStorageSpace', 'FreeableMemory']) {
      expect(latest(US, PRIMARY, name)).toBeGreaterThan(0);
    }
    await eventually(US, PRIMARY, 'CPUUtilization').toBeGreaterThanOrEqual(0);
    expect(latest(US, PRIMARY, 'TransactionLogsGeneration')).toBeGreaterThanOrEqual(0);
  });

  it('say -1 for a replica that receives nothing, and bytes pile up on its slot', async () => {
    await lab.ctx.chaos.change({ links: { [`${US}>${EU}`]: { mode: 'reset', extraRttMs: 0 } } });
    await queryAt(
      lab.databases.adminUrl(PRIMARY),
      "insert into orders (region, product, amount, customer) select 'eu', 1, 1, repeat('x', 200) from generate_series(1, 2000)",
    );
    await expect
      .poll(async () => (await lab.describe(EU, EU_REPLICA))?.StatusInfos?.[0]?.Status, { timeout: 5000 })
      .toBe('error');
    lab.ctx.metrics.clear();
    await eventually(EU, EU_REPLICA, 'ReplicaLag').toBe(-1);
    await eventually(US, PRIMARY, 'OldestReplicationSlotLag').toBeGreaterThan(400_000);
    expect(latest(US, PRIMARY, 'ReplicationSlotDiskUsage')).toBeGreaterThan(400_000);
  });
});

describe('a restart of the lab', () => {
  it('carries on with the work that was under way', async () => {
    await lab.reset();
    await lab.client(EU).send(new rds.PromoteReadReplicaCommand({ DBInstanceIdentifier: EU_REPLICA }));
    await lab.client(AP).send(
      new rds.CreateDBInstanceReadReplicaCommand({
        DBInstanceIdentifier: 'second',
        SourceDBInstanceIdentifier: arn(US, PRIMARY),
        KmsKeyId: 'alias/ecommerce',
      }),
    );
    const recovering = async () => {
      const sql = 'select pg_is_in_recovery() as yes';
      return (await lab.databases.query(resourceId(EU_REPLICA), sql))[0];
    };
    // The worst moment: the server is promoted, and the lab ends before it has noted so.
    await expect.poll(recovering, { timeout: 5000, interval: 1 }).toEqual({ yes: false });
    await lab.stop();
    lab = await startRds({ dataDir: lab.ctx.dataDir });
    expect((await lab.describe(AP, 'second'))?.DBInstanceStatus).toBe('creating');
    const promoted = await lab.untilStatus(EU, EU_REPLICA, 'available');
    expect(promoted.ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
    expect(lab.databases.find(EU_REPLICA)?.role).toBe('primary');
    await lab.untilStatus(AP, 'second', 'available');
    await replicates(AP, 'second');
  });
});
