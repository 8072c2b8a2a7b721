import { DisassociateGlobalReplicationGroupCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObservationKind } from '#lib/domain/observation/kinds.ts';
import { type Detection, detectRegions } from '#lib/domain/recovery/detection.ts';
import { writerOf } from '#lib/domain/recovery/topology.ts';
import type { AwsPort } from '#lib/ports/aws.ts';
import { readOutlook } from '#lib/services/recovery/facts.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { sdkFor } from './harness.ts';
import { type Observation, type ObservedLab, startObservedLab } from './support/observed.ts';
import { openPort, type RecordedPort } from './support/product.ts';

// What collectors see while a Region is switched off, lost, replaced and fenced: each test goes on where the one before ended.

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const estate = seedEstate();
const PRIMARY = 'ecommerce-db-us-east-1';
const STAGING = 'ecommerce-staging-db-us-east-1';
const REBUILT = 'ecommerce-db-ap-southeast-1-1004';
const FENCED = `${PRIMARY}-fenced-20261123-1004`;
const [usCheck, euCheck, apCheck] = estate.regions.map(({ healthCheckId }) => healthCheckId);
/** What is asked every period; of the shop (two kinds), the database (two) and the traffic also staging’s. */
const OFTEN: readonly ObservationKind[] = [
  'traffic',
  'canaries',
  'alarms',
  'database',
  'databases',
  'position',
  'nodes',
  'service',
  'shop-config',
  'registry',
  'switch',
];
/** A collector looks every five seconds, at some things every thirty; and the machine may be busy. */
const patience = { timeout: 60_000, interval: 250 };
const SLOWLY = { timeout: 180_000 };

let observed: ObservedLab;
let observation: Observation;
let port: RecordedPort;
let aws: AwsPort;

beforeAll(async () => {
  observed = await startObservedLab(estate, { seed: 11 });
  port = openPort(estate);
  ({ aws } = port);
  observation = await observed.observe();
});

afterAll(async () => {
  port?.aws.close();
  await observed?.stop();
});

const value: ObservedLab['value'] = (region, kind, name) => observed.value(region, kind, name);

async function rowOf(region: string, kind: ObservationKind, name?: string) {
  const found = (await observed.rows()).find(
    (row) => row.region === region && row.kind === kind && (name === undefined || row.name === name),
  );
  if (!found) throw new Error(`${kind} of ${region} was never asked for.`);
  return found;
}

/** Samples of the last so many seconds. */
async function samples(subject: string, metric: string, seconds = 15): Promise<number[]> {
  const { rows } = await observed.database.pool.query<{ value: number }>(
    `select p.value from series s join sample p on p.series_id = s.id
     where s.subject = $1 and s.metric = $2 and p.at > now() - make_interval(secs => $3) order by p.at`,
    [subject, metric, seconds],
  );
  return rows.map((row) => row.value);
}

/** Takes the Region's cache out of its Global Datastore, as a failover does where the primary's Region does not answer. */
async function leaveDatastore(region: string): Promise<void> {
  await new ElastiCacheClient(sdkFor(observed.lab, region)).send(
    new DisassociateGlobalReplicationGroupCommand({
      GlobalReplicationGroupId: 'ldgnf-ecommerce',
      ReplicationGroupId: `ecommerce-global-${region}`,
      ReplicationGroupRegion: region,
    }),
  );
}

const outlook = () => readOutlook({ database: observed.database, estate, now: new Date() }, 'production');

/** Looks again and again, as a worker does, until it is so; what was seen last. */
async function watch(until: (detection: Detection) => boolean, withinMs: number): Promise<Detection> {
  let detection = detectRegions(await outlook(), null);
  await expect
    .poll(
      async () => {
        detection = detectRegions(await outlook(), detection);
        return until(detection);
      },
      { timeout: withinMs, interval: 500 },
    )
    .toBe(true);
  return detection;
}

const stateOf = (detection: Detection, region: string) =>
  detection.regions.find((candidate) => candidate.region === region);

describe('a healthy estate', SLOWLY, () => {
  it('has databases, positions and the writer', async () => {
    await expect
      .poll(async () => (await value(EU, 'database')).securityGroupNames, patience)
      .toEqual(['ecommerce-database']);
    expect((await value(AP, 'databases')).instances.map(({ instanceId }) => instanceId)).toEqual([
      'ecommerce-db-ap-southeast-1',
    ]);
    await expect
      .poll(async () => (await value(US, 'position')).walBytesPerSecond, patience)
      .toBeGreaterThan(0);
    const [primary, replica] = [await value(US, 'position'), await value(EU, 'position')];
    expect(primary).toMatchObject({ instanceId: PRIMARY, inRecovery: false, replayedLsn: null });
    expect(replica).toMatchObject({ inRecovery: true, walBytesPerSecond: null, timeline: 1 });
    expect(replica.receivedLsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(Date.now() - Date.parse(replica.lastOrder?.createdAt ?? '')).toBeLessThan(30_000);
    expect(writerOf(await outlook())).toMatchObject({ kind: 'one', region: US, unseen: [] });
  });

  it('has the zone with its checks, and what DNS answers', async () => {
    const zone = await value('global', 'zone');
    expect(zone).toMatchObject({
      zoneId: estate.dns.zoneId,
      acceleratedRecovery: false,
      recordChecks: { [US]: usCheck, [EU]: euCheck, [AP]: apCheck },
    });
    expect(zone.checks.find(({ id }) => id === euCheck)).toMatchObject({
      type: 'HTTP',
      inverted: false,
      intervalSeconds: 10,
      failureThreshold: 3,
      children: [],
    });
    const { answers } = await value('global', 'dns');
    expect(answers).toMatchObject({ na: { [US]: 60 }, eu: { [EU]: 60 }, ap: { [AP]: 60 } });
  });

  it('has canaries that read and order in every other Region', async () => {
    await expect
      .poll(async () => (await value(EU, 'canaries')).probes, patience)
      .toEqual(
        [US, AP].flatMap((target) =>
          ['reads', 'writes'].map((path) => ({ target, path, success: 1, at: expect.any(String) })),
        ),
      );
  });

  it('has storage, cache and queue, with how far each is behind', async () => {
    await expect
      .poll(
        async () => (await value(US, 'storage')).rules.map(({ latencySeconds }) => latencySeconds),
        patience,
      )
      .toEqual([expect.any(Number), expect.any(Number)]);
    expect(await value(US, 'storage')).toMatchObject({
      bucket: 'ecommerce-assets-us-east-1',
      versioned: true,
      rules: [
        {
          id: 'to-eu-west-1',
          enabled: true,
          destination: 'ecommerce-assets-eu-west-1',
          timeControl: false,
          deleteMarkers: true,
          encrypted: false,
          pendingOperations: expect.any(Number),
        },
        { id: 'to-ap-southeast-1' },
      ],
    });
    expect((await value(EU, 'storage')).rules).toEqual([]);
    await expect.poll(async () => (await value(EU, 'cache')).lagSeconds, patience).toBeGreaterThan(0);
    expect(await value(EU, 'cache')).toMatchObject({
      replicationGroup: 'ecommerce-global-eu-west-1',
      globalDatastore: 'ldgnf-ecommerce',
      role: 'secondary',
      primaryRegion: US,
      status: 'available',
    });
    expect(await value(US, 'cache')).toMatchObject({ role: 'primary', lagSeconds: null });
    await expect
      .poll(async () => (await value(AP, 'queue')).replicators[0]?.latencySeconds, patience)
      .toBeGreaterThan(0);
    expect(await value(AP, 'queue')).toMatchObject({
      cluster: 'ecommerce-ap-southeast-1',
      status: 'ACTIVE',
      replicators: [
        {
          name: 'ecommerce-us-east-1-to-ap-southeast-1',
          sourceRegion: US,
          state: 'RUNNING',
          messageLag: expect.any(Number),
        },
      ],
    });
    expect((await value(US, 'queue')).replicators).toEqual([]);
    expect(
      (await samples('us-east-1>eu-west-1:storage:to-eu-west-1', 'lagSeconds', 60)).length,
    ).toBeGreaterThan(0);
    expect((await samples('us-east-1>eu-west-1:cache', 'lagSeconds', 60)).length).toBeGreaterThan(0);
  });

  it('has every environment’s own shop in the same cluster', async () => {
    expect(await value(US, 'shop-config', 'shop')).toEqual({
      namespace: 'shop',
      writerEndpoint: expect.any(String),
      writeFreeze: false,
    });
    await aws.writeShopConfig(US, 'shop-staging', { writeFreeze: true });
    await expect
      .poll(async () => (await value(US, 'shop-config', 'shop-staging')).writeFreeze, patience)
      .toBe(true);
    expect((await value(US, 'shop-config', 'shop')).writeFreeze).toBe(false);
    expect(await value(US, 'service', 'shop-staging')).toMatchObject({ namespace: 'shop-staging' });
    expect(await value(US, 'service', 'shop')).toMatchObject({ namespace: 'shop' });
    const services = (await observed.rows()).filter(({ kind }) => kind === 'service');
    expect(services.map(({ region, name }) => `${region} ${name}`)).toEqual([
      `${AP} shop`,
      `${EU} shop`,
      `${US} shop`,
      `${US} shop-staging`,
    ]);
  });

  it('has staging’s own database, in numbers too, and none of it among production’s', async () => {
    expect(await value(US, 'database', STAGING)).toMatchObject({
      instanceId: STAGING,
      role: 'primary',
      class: 'db.t4g.large',
      status: 'available',
      replication: null,
    });
    const idsOf = async (name: string) =>
      (await value(US, 'databases', name)).instances.map(({ instanceId }) => instanceId);
    expect(await idsOf(STAGING)).toEqual([STAGING]);
    expect(await idsOf(PRIMARY)).toEqual([PRIMARY]);
    await expect
      .poll(async () => (await samples(STAGING, 'db.connections', 60)).length, patience)
      .toBeGreaterThan(0);
    expect(writerOf(await outlook())).toMatchObject({ kind: 'one', region: US });
  });

  it('is seen as serving, by two vantage points outside of each Region', async () => {
    const detection = await watch(
      ({ regions }) => regions.every(({ state }) => state === 'serving'),
      patience.timeout,
    );
    for (const { vantages } of detection.regions)
      expect(vantages.filter(({ decisive, sees }) => decisive && sees === 'up')).toHaveLength(3);
    expect(detection.orders.state).toBe('up');
  });
});

describe('a switch', SLOWLY, () => {
  it('is off where an object says so, in the Region whose bucket has it, and in no other', async () => {
    await aws.setSwitch(EU, AP, 'off');
    await new S3Client({ ...sdkFor(observed.lab, EU), forcePathStyle: true }).send(
      new PutObjectCommand({ Bucket: 'ecommerce-switch-eu-west-1', Key: `serve/${US}`, Body: 'serves' }),
    );
    await expect.poll(async () => (await value(EU, 'switch')).off, patience).toEqual([AP]);
    expect(await value(EU, 'switch')).toMatchObject({ bucket: 'ecommerce-switch-eu-west-1' });
    expect((await value(US, 'switch')).off).toEqual([]);
    await aws.setSwitch(EU, AP, 'on');
    await expect.poll(async () => (await value(EU, 'switch')).off, patience).toEqual([]);
  });

  it('on the records of a Region is a check over others; records that differ have none', async () => {
    const watched = await aws.createSwitchCheck({ inRegion: EU, region: AP, callerReference: 'switch' });
    const children = [apCheck ?? '', watched.id];
    const { id } = await aws.createCalculatedCheck({
      children,
      healthThreshold: 2,
      callerReference: 'serve',
    });
    const names = estate.geographies.map(({ key }) => `${key}.${estate.dns.originName}`);
    const records = (await aws.listWeightedRecords(names)).map((record) => ({
      ...record,
      healthCheckId: id,
    }));
    const of = (region: string) => records.filter(({ setIdentifier }) => setIdentifier === region);
    await aws.changeWeightedRecords([...of(AP), ...of(EU).slice(0, 1)], 'all of one, half of the other');
    await expect.poll(async () => (await value('global', 'zone')).recordChecks[AP], patience).toBe(id);
    const { checks, recordChecks } = await value('global', 'zone');
    expect(recordChecks).toEqual({ [US]: usCheck, [EU]: null, [AP]: id });
    expect(checks.find((check) => check.id === id)).toMatchObject({
      type: 'CALCULATED',
      target: null,
      children,
      healthThreshold: 2,
    });
    expect(checks.find((check) => check.id === watched.id)).toMatchObject({
      type: 'HTTP_STR_MATCH',
      target: `ecommerce-switch-eu-west-1.s3.eu-west-1.amazonaws.com:80/serve/${AP}`,
      searchString: 'off',
      inverted: true,
    });
  });
});

describe('a lost Region', SLOWLY, () => {
  it('is seen failing from two places outside within a minute, and only says that it cannot be asked', async () => {
    await observed.lab.admin('/outage', { region: US, mode: 'hang' });
    const detection = await watch((seen) => stateOf(seen, US)?.state === 'failing', 60_000);
    expect(stateOf(detection, EU)?.state).not.toBe('failing');
    expect(stateOf(detection, AP)?.state).not.toBe('failing');
    const down = stateOf(detection, US)?.vantages.filter(({ decisive, sees }) => decisive && sees === 'down');
    expect(down?.length).toBeGreaterThanOrEqual(2);
  });

  it('leaves canaries and name servers to tell, as the metrics of health checks went with it', async () => {
    for (const watcher of [EU, AP]) {
      const success = async () => {
        const { probes } = await value(watcher, 'canaries');
        const of = (isSo: (target: string) => boolean) =>
          probes.find(({ target, path }) => isSo(target) && path === 'reads')?.success;
        return { lost: of((target) => target === US), other: of((target) => target !== US) };
      };
      await expect.poll(success, patience).toEqual({ lost: 0, other: 1 });
    }
    await expect
      .poll(async () => (await value('global', 'dns')).answers.na?.[US] ?? 0, {
        ...patience,
        timeout: 60_000,
      })
      .toBe(0);
    const detection = await watch(
      (seen) => stateOf(seen, US)?.vantages.find(({ id }) => id === 'route53')?.sees === 'down',
      patience.timeout,
    );
    expect(stateOf(detection, US)?.vantages.find(({ id }) => id === 'route53')?.detail).toContain(
      'DNS no longer',
    );
    expect(detection.correlated).toBe(false);
    expect(detection.orders.state).toBe('down');
  });

  it('keeps what was last seen of it, with the reason; nothing of it is new', async () => {
    const lost = async () =>
      (await observed.rows()).filter(({ region, kind }) => region === US && OFTEN.includes(kind));
    await expect.poll(async () => (await lost()).filter(({ error }) => error === null), patience).toEqual([]);
    for (const row of await lost()) expect(row.value).not.toBeNull();
    expect(await lost()).toHaveLength(OFTEN.length + 5);
    for (const kind of ['health-check', 'records'] as const)
      await expect.poll(async () => (await rowOf('global', kind)).error, patience).not.toBeNull();
    expect((await rowOf('global', 'dns')).error).toBeNull();
    expect((await value(EU, 'position')).inRecovery).toBe(true);
  });
});

describe('the promoted Region', SLOWLY, () => {
  it('is followed as the writer, with the slots and the WAL of its database', async () => {
    await aws.promoteReplica(EU, 'ecommerce-db-eu-west-1', 7);
    await leaveDatastore(EU);
    await expect.poll(async () => (await value(EU, 'database')).role, patience).toBe('primary');
    await expect.poll(async () => (await value(EU, 'position')).inRecovery, patience).toBe(false);
    await expect.poll(() => samples(EU, 'db.walBytesPerSecond'), patience).not.toEqual([]);
    expect(await samples(US, 'db.walBytesPerSecond')).toEqual([]);
    const writer = writerOf(await outlook());
    expect(writer).toMatchObject({ kind: 'one', region: EU, unseen: [US] });
  });

  it('has a replica of another name, which is followed in the place of the one that lost its source', async () => {
    const { arn } = await value(EU, 'database');
    const before = await value(AP, 'database');
    await aws.createReplica(AP, {
      instanceId: REBUILT,
      sourceArn: arn,
      class: before.class,
      multiAz: false,
      kmsKeyId: before.kmsKeyId,
      securityGroupIds: before.securityGroupIds,
      operation: 'OP-1004',
    });
    await expect
      .poll(async () => await value(AP, 'database'), { ...patience, timeout: 90_000 })
      .toMatchObject({ instanceId: REBUILT, role: 'replica', replication: 'replicating', sourceArn: arn });
    expect((await rowOf(AP, 'database')).name).toBe('ecommerce-db-ap-southeast-1');
    expect((await value(AP, 'databases')).instances.map(({ instanceId }) => instanceId).sort()).toEqual([
      'ecommerce-db-ap-southeast-1',
      REBUILT,
    ]);
    await expect
      .poll(async () => await value(AP, 'position'), patience)
      .toMatchObject({ instanceId: REBUILT, inRecovery: true });
    // Judged by the slots of the Region that it follows now.
    await expect
      .poll(async () => await value(AP, 'lag'), patience)
      .toMatchObject({ class: 'ok', bytes: expect.any(Number), seconds: expect.any(Number) });
    await expect.poll(() => samples(AP, 'db.lagSeconds'), patience).not.toEqual([]);
    await expect.poll(() => samples(AP, 'db.connections'), patience).not.toEqual([]);
  });

  it('has a cache of its own now, and not another group than before', async () => {
    await expect.poll(async () => (await value(EU, 'cache')).role, patience).toBe('standalone');
    expect(await value(EU, 'cache')).toMatchObject({
      replicationGroup: 'ecommerce-global-eu-west-1',
      globalDatastore: null,
      primaryRegion: null,
      lagSeconds: null,
    });
  });

  it('stays the writer for the next worker that observes', async () => {
    await observation.stop();
    observation = await observed.observe();
    await expect.poll(async () => (await rowOf(AP, 'lag')).epoch, patience).toBe('2');
    await expect
      .poll(async () => await value(AP, 'lag'), patience)
      .toMatchObject({ class: 'ok', bytes: expect.any(Number) });
    expect(await value(EU, 'database')).toMatchObject({ role: 'primary' });
  });
});

describe('the lost Region, back', SLOWLY, () => {
  it('unfenced, is a second writer until nothing reaches its database any more', async () => {
    await observed.lab.admin('/heal', {});
    await expect.poll(async () => writerOf(await outlook()).kind, patience).toBe('several');
    const denyAll = await aws.findSecurityGroup(US, 'ecommerce-deny-all');
    await aws.modifyDatabase(US, PRIMARY, { securityGroupIds: [denyAll ?? ''] });
    await expect
      .poll(async () => (await value(US, 'database')).securityGroupNames, patience)
      .toEqual(['ecommerce-deny-all']);
    await expect
      .poll(async () => writerOf(await outlook()), patience)
      .toMatchObject({ kind: 'one', region: EU, unseen: [] });
  });

  it('renamed, leaves its Region without a database, which is said and not guessed', async () => {
    await aws.modifyDatabase(US, PRIMARY, { newInstanceId: FENCED });
    await expect
      .poll(async () => (await rowOf(US, 'database')).error, patience)
      .toBe(`RDS has no instance ${PRIMARY}, only ${FENCED}, which is fenced`);
    expect((await value(US, 'databases')).instances).toMatchObject([
      { instanceId: FENCED, role: 'primary', securityGroupNames: ['ecommerce-deny-all'] },
    ]);
    await expect
      .poll(async () => (await rowOf(US, 'position')).error, patience)
      .toBe('RDS has no database in us-east-1 to ask');
    expect((await rowOf(US, 'traffic')).error).toBeNull();
  });
});

it('nothing was logged as failed', () => {
  expect(observed.logged.filter((line) => /failed|could not|refused/.test(line))).toEqual([]);
});
