import type * as rds from '@aws-sdk/client-rds';
import type { OperationHandlers } from '#lab/wire/service.ts';
import { AwsFault } from '#lab/wire/service.ts';
import { applyFilters } from './filters.ts';
import { parseArn, readIdentifier } from './identifiers.ts';
import { page } from './paging.ts';
import type { Rds } from './rds.ts';
import { INCOMPATIBLE, requireAvailable } from './store.ts';
import { readTags } from './tags.ts';
import type { InstanceRecord } from './types.ts';

const LONGEST_RETENTION_DAYS = 35;

/** What may be done with an instance, short of changing or creating it. */
export function instanceHandlers({ ctx, store, describer, jobs }: Rds): OperationHandlers<typeof rds> {
  const answer = async (record: InstanceRecord) => ({ DBInstance: await describer.instance(record) });

  return {
    async DescribeDBInstances(input, call) {
      const all = input.DBInstanceIdentifier
        ? [store.getInstance(call.region, input.DBInstanceIdentifier)]
        : store.instancesIn(call.region);
      const kept = applyFilters(all, input.Filters, {
        'db-instance-id': (record, value) => record.id === value || store.instanceArn(record) === value,
        'dbi-resource-id': (record, value) => record.resourceId === value,
        'db-cluster-id': () => false,
        domain: () => false,
        engine: (_record, value) => value === 'postgres',
      });
      const { items, marker } = page(kept, ({ id }) => id, input);
      return { DBInstances: await Promise.all(items.map(describer.instance)), Marker: marker };
    },

    PromoteReadReplica(input, call) {
      const record = store.getInstance(call.region, input.DBInstanceIdentifier);
      if (!record.source)
        throw new AwsFault('InvalidDBInstanceStateFault', 'DB Instance is not a read replica.');
      requireAvailable(record);
      const backupRetentionDays = readRetention(input.BackupRetentionPeriod ?? 1);
      if (backupRetentionDays === 0 && store.replicasOf(record).length > 0) throw backupsNeeded();
      if (input.PreferredBackupWindow)
        store.update(record.resourceId, { backupWindow: input.PreferredBackupWindow });
      return answer(jobs.begin(record, { kind: 'promote', backupRetentionDays }));
    },

    RebootDBInstance(input, call) {
      const record = store.getInstance(call.region, input.DBInstanceIdentifier);
      requireAvailable(record, INCOMPATIBLE);
      if (input.ForceFailover && !record.multiAz) {
        throw new AwsFault(
          'InvalidParameterCombination',
          'You cannot force a failover: the DB instance is not a Multi-AZ deployment.',
        );
      }
      return answer(jobs.begin(record, { kind: 'reboot' }));
    },

    StopDBInstance(input, call) {
      const record = store.getInstance(call.region, input.DBInstanceIdentifier);
      requireAvailable(record);
      if (record.source || store.replicasOf(record).length > 0) {
        throw new AwsFault(
          'InvalidDBInstanceStateFault',
          `Cannot stop ${record.id}: an instance that has or is a Read Replica cannot be stopped.`,
        );
      }
      if (input.DBSnapshotIdentifier) {
        throw new AwsFault(
          'InvalidParameterValue',
          'The lab takes no snapshot while stopping: call CreateDBSnapshot first.',
        );
      }
      return answer(jobs.begin(record, { kind: 'stop' }));
    },

    StartDBInstance(input, call) {
      const record = store.getInstance(call.region, input.DBInstanceIdentifier);
      if (record.status !== 'stopped') {
        throw new AwsFault(
          'InvalidDBInstanceStateFault',
          `Instance ${record.id} is not stopped: it is ${record.status}.`,
        );
      }
      return answer(jobs.begin(record, { kind: 'start' }));
    },

    DeleteDBInstance(input, call) {
      const record = store.getInstance(call.region, input.DBInstanceIdentifier);
      checkDeletion(record, input);
      const id = input.FinalDBSnapshotIdentifier;
      if (id) {
        const snapshotId = readIdentifier('FinalDBSnapshotIdentifier', id, 255);
        addSnapshot(store, record, snapshotId, ctx.clock.now(), 'available', record.tags);
      }
      return answer(jobs.begin(record, { kind: 'delete' }));
    },

    CreateDBSnapshot(input, call) {
      const snapshotId = readIdentifier('DBSnapshotIdentifier', input.DBSnapshotIdentifier, 255);
      const record = store.getInstance(call.region, input.DBInstanceIdentifier);
      requireAvailable(record);
      const tags = readTags(input.Tags);
      const copied = record.copyTagsToSnapshot ? [...record.tags, ...tags] : tags;
      const snapshot = addSnapshot(store, record, snapshotId, ctx.clock.now(), 'creating', copied);
      jobs.begin(record, { kind: 'backup', snapshotId });
      store.event(record, 'Backing up DB instance', 'backup');
      return { DBSnapshot: describer.snapshot(snapshot) };
    },

    DescribeDBSnapshots(input, call) {
      const arn = input.DBSnapshotIdentifier?.startsWith('arn:')
        ? parseArn(input.DBSnapshotIdentifier)
        : undefined;
      const wanted = arn?.name ?? input.DBSnapshotIdentifier?.toLowerCase();
      const kept = store.snapshots
        .list()
        .filter(({ region }) => region === call.region)
        .filter(({ id }) => wanted === undefined || id === wanted)
        .filter(
          ({ instanceId }) =>
            !input.DBInstanceIdentifier || instanceId === input.DBInstanceIdentifier.toLowerCase(),
        )
        .filter(({ resourceId }) => !input.DbiResourceId || resourceId === input.DbiResourceId)
        .filter(() => !input.SnapshotType || input.SnapshotType === 'manual');
      if (wanted !== undefined && kept.length === 0) {
        throw new AwsFault('DBSnapshotNotFoundFault', `DBSnapshot ${wanted} not found.`);
      }
      const filtered = applyFilters(kept, input.Filters, {
        'db-instance-id': (snapshot, value) => snapshot.instanceId === value,
        'db-snapshot-id': (snapshot, value) => snapshot.id === value,
        'dbi-resource-id': (snapshot, value) => snapshot.resourceId === value,
        'snapshot-type': (_snapshot, value) => value === 'manual',
        engine: (_snapshot, value) => value === 'postgres',
      });
      const { items, marker } = page(filtered, ({ id }) => id, input);
      return { DBSnapshots: items.map(describer.snapshot), Marker: marker };
    },
  };
}

export function readRetention(days: number): number {
  if (!Number.isInteger(days) || days < 0 || days > LONGEST_RETENTION_DAYS) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Invalid backup retention period: ${days}. It must be between 0 and ${LONGEST_RETENTION_DAYS}.`,
    );
  }
  return days;
}

export function backupsNeeded(): AwsFault {
  return new AwsFault(
    'InvalidDBInstanceStateFault',
    'Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set the backup retention period to a non-zero value.',
  );
}

function checkDeletion(record: InstanceRecord, input: rds.DeleteDBInstanceCommandInput): void {
  const { SkipFinalSnapshot: skip = false, FinalDBSnapshotIdentifier: finalId } = input;
  const refuse = (message: string) => new AwsFault('InvalidParameterCombination', message);
  if (record.status === 'deleting') {
    throw new AwsFault('InvalidDBInstanceStateFault', `Instance ${record.id} is already being deleted.`);
  }
  if (record.deletionProtection) {
    throw refuse('Cannot delete protected DB Instance, please disable deletion protection and try again.');
  }
  if (record.source && finalId) {
    throw refuse('FinalDBSnapshotIdentifier can not be specified when deleting a read replica.');
  }
  if (skip && finalId) {
    throw refuse('FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is enabled.');
  }
  if (!skip && !finalId) {
    throw refuse('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
  }
}

function addSnapshot(
  store: Rds['store'],
  record: InstanceRecord,
  id: string,
  createdAt: number,
  status: 'creating' | 'available',
  tags: InstanceRecord['tags'],
) {
  const key = `${record.region}/${id}`;
  if (store.snapshots.get(key)) {
    throw new AwsFault(
      'DBSnapshotAlreadyExistsFault',
      `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`,
    );
  }
  const snapshot = {
    id,
    region: record.region,
    instanceId: record.id,
    resourceId: record.resourceId,
    status,
    storageGiB: record.storageGiB,
    kmsKeyId: record.kmsKeyId,
    availabilityZone: record.availabilityZone,
    instanceCreatedAt: record.createdAt,
    createdAt,
    tags,
  };
  store.snapshots.put(key, snapshot);
  return snapshot;
}
