import type { DBInstance, DBInstanceStatusInfo, DBSnapshot } from '@aws-sdk/client-rds';
import type { LabContext } from '#lab/kernel/context.ts';
import type { DatabaseControl } from '#lab/postgres/types.ts';
import { parseArn } from './identifiers.ts';
import type { Store } from './store.ts';
import { describeSubnetGroup } from './subnet-groups.ts';
import type { InstanceRecord, SnapshotRecord } from './types.ts';

export interface Describer {
  instance(record: InstanceRecord): Promise<DBInstance>;
  snapshot(record: SnapshotRecord): DBSnapshot;
}

/** RDS makes the newest restorable moment at most this old. */
const BACKUP_STEP_MS = 5 * 60_000;
const ASK_WITHIN_MS = 1000;

export function createDescriber(parts: {
  ctx: LabContext;
  store: Store;
  databases: DatabaseControl;
  engineVersion: string;
}): Describer {
  const { ctx, store, databases, engineVersion } = parts;

  /** Whether WAL really arrives, asked of the replica itself. */
  async function replicationStatus(record: InstanceRecord): Promise<DBInstanceStatusInfo[]> {
    if (!record.source || record.status === 'creating') return [];
    const info = (Status: string, Normal: boolean, Message?: string): DBInstanceStatusInfo[] => [
      { StatusType: 'read replication', Status, Normal, Message },
    ];
    if (!store.instances.get(record.source.resourceId)) {
      return info(
        'terminated',
        false,
        'Replication has been terminated because the source DB instance was deleted.',
      );
    }
    if (databases.find(record.resourceId)?.state !== 'running') return info('stopped', false);
    try {
      const receiving = await databases.query(
        record.resourceId,
        "select from pg_stat_wal_receiver where status = 'streaming'",
        { timeoutMs: ASK_WITHIN_MS },
      );
      if (receiving.length > 0) return info('replicating', true);
      return info(
        'error',
        false,
        'Streaming replication has stopped: the replica receives nothing from its source.',
      );
    } catch (error) {
      ctx.log('rds', `${record.id} did not say whether it replicates`, { error: String(error) });
      return info('error', false, 'The replica did not answer.');
    }
  }

  /** In the same Region a name, across Regions an ARN. */
  function nameFrom(region: string, arn: string): string {
    const parsed = parseArn(arn);
    return parsed?.region === region ? parsed.name : arn;
  }

  function endpoint(record: InstanceRecord): DBInstance['Endpoint'] {
    const server = databases.find(record.resourceId);
    if (!server || server.state === 'seeding' || record.status === 'creating') return undefined;
    return { Address: server.endpoint.host, Port: server.endpoint.port };
  }

  return {
    async instance(record) {
      const sourceArn = store.sourceArn(record);
      const { pending } = record;
      return {
        DBInstanceIdentifier: record.id,
        DBInstanceClass: record.class,
        Engine: 'postgres',
        EngineVersion: engineVersion,
        DBInstanceStatus: record.status,
        MasterUsername: 'shop_admin',
        DBName: 'shop',
        Endpoint: endpoint(record),
        AllocatedStorage: record.storageGiB,
        InstanceCreateTime: new Date(record.createdAt),
        PreferredBackupWindow: record.backupWindow,
        BackupRetentionPeriod: record.backupRetentionDays,
        DBSecurityGroups: [],
        VpcSecurityGroups: record.securityGroupIds.map((id) => ({
          VpcSecurityGroupId: id,
          Status: 'active',
        })),
        DBParameterGroups: [
          {
            DBParameterGroupName: record.parameterGroup,
            ParameterApplyStatus: record.rebootNeeded ? 'pending-reboot' : 'in-sync',
          },
        ],
        AvailabilityZone: record.availabilityZone,
        SecondaryAvailabilityZone: record.multiAz ? `${record.region}b` : undefined,
        DBSubnetGroup: describeSubnetGroup(ctx.estate, record.region, record.subnetGroup),
        PreferredMaintenanceWindow: record.maintenanceWindow,
        PendingModifiedValues: {
          DBInstanceIdentifier: pending.id,
          DBInstanceClass: pending.class,
          MultiAZ: pending.multiAz,
          AllocatedStorage: pending.storageGiB,
        },
        LatestRestorableTime:
          record.backupRetentionDays > 0 && !record.source
            ? new Date(Math.floor(ctx.clock.now() / BACKUP_STEP_MS) * BACKUP_STEP_MS)
            : undefined,
        MultiAZ: record.multiAz,
        AutoMinorVersionUpgrade: record.autoMinorVersionUpgrade,
        ReadReplicaSourceDBInstanceIdentifier: sourceArn && nameFrom(record.region, sourceArn),
        ReadReplicaDBInstanceIdentifiers: store
          .replicasOf(record)
          .map((replica) => nameFrom(record.region, store.instanceArn(replica))),
        LicenseModel: 'postgresql-license',
        OptionGroupMemberships: [],
        PubliclyAccessible: false,
        StatusInfos: await replicationStatus(record),
        StorageType: 'gp3',
        DbInstancePort: 0,
        StorageEncrypted: true,
        KmsKeyId: record.kmsKeyId,
        DbiResourceId: record.resourceId,
        CACertificateIdentifier: 'rds-ca-rsa2048-g1',
        DomainMemberships: [],
        CopyTagsToSnapshot: record.copyTagsToSnapshot,
        MonitoringInterval: 0,
        DBInstanceArn: store.instanceArn(record),
        IAMDatabaseAuthenticationEnabled: false,
        PerformanceInsightsEnabled: false,
        DeletionProtection: record.deletionProtection,
        AssociatedRoles: [],
        TagList: record.tags,
        CustomerOwnedIpEnabled: false,
        BackupTarget: 'region',
        NetworkType: 'IPV4',
      };
    },

    snapshot: (record) => ({
      DBSnapshotIdentifier: record.id,
      DBInstanceIdentifier: record.instanceId,
      DbiResourceId: record.resourceId,
      SnapshotCreateTime: new Date(record.createdAt),
      OriginalSnapshotCreateTime: new Date(record.createdAt),
      Engine: 'postgres',
      EngineVersion: engineVersion,
      AllocatedStorage: record.storageGiB,
      Status: record.status,
      AvailabilityZone: record.availabilityZone,
      InstanceCreateTime: new Date(record.instanceCreatedAt),
      MasterUsername: 'shop_admin',
      LicenseModel: 'postgresql-license',
      SnapshotType: 'manual',
      PercentProgress: record.status === 'available' ? 100 : 0,
      StorageType: 'gp3',
      Encrypted: true,
      KmsKeyId: record.kmsKeyId,
      DBSnapshotArn: store.arnOf('snapshot', record, record.id),
      TagList: record.tags,
      SnapshotTarget: 'region',
    }),
  };
}
