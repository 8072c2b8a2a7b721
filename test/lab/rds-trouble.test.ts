import {
  CreateDBInstanceReadReplicaCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  PromoteReadReplicaCommand,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RdsChaos } from '#lab/kernel/chaos.ts';
import { AP, EU, EU_REPLICA, PRIMARY, queryAt, US } from './support/databases.ts';
import { type RdsLab, startRds } from './support/rds.ts';

let lab: RdsLab;

beforeAll(async () => {
  lab = await startRds();
});

afterEach(async () => {
  await lab.ctx.chaos.heal();
  await lab.reset();
});

afterAll(async () => {
  await lab.stop();
  lab.remove();
});

const misbehave = (region: string, how: Partial<RdsChaos>) =>
  lab.ctx.chaos.change({ rds: { [region]: { promotion: 'normal', replicaDelaySeconds: 0, ...how } } });

const promote = () =>
  lab
    .client(EU)
    .send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: EU_REPLICA, BackupRetentionPeriod: 7 }));

const createReplica = () =>
  lab.client(AP).send(
    new CreateDBInstanceReadReplicaCommand({
      DBInstanceIdentifier: 'second',
      SourceDBInstanceIdentifier: `arn:aws:rds:${US}:000000000000:db:${PRIMARY}`,
      KmsKeyId: 'alias/ecommerce',
    }),
  );

const isStandby = async () => {
  const sql = 'select pg_is_in_recovery() as standby';
  const [row] = await queryAt<{ standby: boolean }>(lab.databases.endpointUrl(EU_REPLICA), sql);
  return row?.standby;
};

const statusOf = async (region: string, id: string) => (await lab.describe(region, id))?.DBInstanceStatus;

/** Until another instance of that Region has gone through as much AWS time as a promotion needs. */
async function whileSomethingElseIsDone() {
  const snapshot = { DBInstanceIdentifier: PRIMARY, DBSnapshotIdentifier: `s-${Date.now()}` };
  await lab.client(US).send(new CreateDBSnapshotCommand(snapshot));
  await lab.untilStatus(US, PRIMARY, 'available');
}

describe('a promotion', () => {
  it('is refused while the instance is backing up, and accepted afterwards', async () => {
    const snapshot = { DBInstanceIdentifier: EU_REPLICA, DBSnapshotIdentifier: 'before' };
    await lab.client(EU).send(new CreateDBSnapshotCommand(snapshot));
    await expect(promote()).rejects.toMatchObject({
      name: 'InvalidDBInstanceStateFault',
      message: expect.stringContaining('backing-up'),
    });
    expect(await isStandby()).toBe(true);
    await lab.untilStatus(EU, EU_REPLICA, 'available');
    await promote();
    await lab.untilStatus(EU, EU_REPLICA, 'available');
    expect(await isStandby()).toBe(false);
  });

  it('that hangs is accepted, stays in modifying as a replica, and goes on when released', async () => {
    await misbehave(EU, { promotion: 'hang' });
    expect((await promote()).DBInstance?.DBInstanceStatus).toBe('modifying');
    await whileSomethingElseIsDone();
    expect(await statusOf(EU, EU_REPLICA)).toBe('modifying');
    expect(await isStandby()).toBe(true);
    await expect(promote()).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
    await misbehave(EU, { promotion: 'normal' });
    const promoted = await lab.untilStatus(EU, EU_REPLICA, 'available');
    expect(promoted.ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
    expect(await isStandby()).toBe(false);
  });

  it('that hangs does so in its Region alone, and ends with a deletion', async () => {
    await misbehave(AP, { promotion: 'hang' });
    await promote();
    await lab.untilStatus(EU, EU_REPLICA, 'available');
    expect(await isStandby()).toBe(false);
    const id = 'ecommerce-db-ap-southeast-1';
    await lab.client(AP).send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: id }));
    await lab
      .client(AP)
      .send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: id, SkipFinalSnapshot: true }));
    await expect.poll(() => lab.describe(AP, id), { timeout: 10_000 }).toBeUndefined();
  });

  it('that was under way at a reset does not reach the new database of that name', async () => {
    await misbehave(EU, { promotion: 'hang' });
    await promote();
    await lab.reset();
    await lab.ctx.chaos.heal();
    await whileSomethingElseIsDone();
    expect(await statusOf(EU, EU_REPLICA)).toBe('available');
    expect(await isStandby()).toBe(true);
  });

  it('whose answer is lost has been accepted all the same', async () => {
    await lab.ctx.chaos.change({
      throttles: [
        { service: 'rds', operation: 'PromoteReadReplica', region: EU, share: 1, kind: 'lost-answer' },
      ],
    });
    const command = new PromoteReadReplicaCommand({ DBInstanceIdentifier: EU_REPLICA });
    const answer = lab.client(EU).send(command, { abortSignal: AbortSignal.timeout(700) });
    await expect(answer).rejects.toMatchObject({ name: expect.stringMatching(/Abort|Timeout/) });
    const promoted = await lab.untilStatus(EU, EU_REPLICA, 'available');
    expect(promoted.ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
    // What is refused is told: only what was carried out is lost.
    await expect(promote()).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
  });
});

describe('a new replica', () => {
  it('takes longer by what was said, in real seconds', async () => {
    await misbehave(AP, { replicaDelaySeconds: 2 });
    const startedAt = performance.now();
    await createReplica();
    await lab.untilStatus(AP, 'second', 'available');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(2_000);
    expect((await lab.describe(AP, 'second'))?.StatusInfos).toMatchObject([{ Status: 'replicating' }]);
  });

  it('that would take for ever is there soon after the fault has ended', async () => {
    await misbehave(AP, { replicaDelaySeconds: 86_400 });
    await createReplica();
    await whileSomethingElseIsDone();
    expect(await statusOf(AP, 'second')).toBe('creating');
    await lab.ctx.chaos.heal();
    await lab.untilStatus(AP, 'second', 'available');
  });
});
