import type * as rds from '@aws-sdk/client-rds';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { instanceClass } from './classes.ts';
import { readIdentifier } from './identifiers.ts';
import { backupsNeeded, readRetention } from './instance-handlers.ts';
import { getParameterGroup } from './parameter-handlers.ts';
import type { Rds } from './rds.ts';
import { INCOMPATIBLE, requireAvailable } from './store.ts';
import type { DeferredChange, InstanceRecord, SecurityGroups } from './types.ts';

type Input = rds.ModifyDBInstanceCommandInput;

const MODELLED = new Set<string>([
  'DBInstanceIdentifier',
  'ApplyImmediately',
  'NewDBInstanceIdentifier',
  'DBInstanceClass',
  'MultiAZ',
  'AllocatedStorage',
  'VpcSecurityGroupIds',
  'BackupRetentionPeriod',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'DBParameterGroupName',
  'DeletionProtection',
  'CopyTagsToSnapshot',
  'AutoMinorVersionUpgrade',
] satisfies (keyof Input)[]);

export function modifyHandlers(parts: Rds): OperationHandlers<typeof rds> {
  const { store, databases, describer, jobs, groups } = parts;

  return {
    async ModifyDBInstance(input, call) {
      const record = store.getInstance(call.region, input.DBInstanceIdentifier);
      requireAvailable(record, INCOMPATIBLE);
      refuseUnmodelled(input);
      const deferred = { ...record.pending, ...readDeferred(parts, input, record) };
      const immediate = readImmediate(parts, input, record);
      const next = store.update(record.resourceId, { ...immediate, pending: deferred }) ?? record;
      if (immediate.securityGroupIds) {
        await databases.setOpen(
          record.resourceId,
          groups.allows(record.region, immediate.securityGroupIds, 5432),
        );
        store.event(record, 'Applied change to security group', 'configuration change');
      }
      // As on AWS, a call that applies immediately applies what earlier ones left for the maintenance window too.
      if (input.ApplyImmediately && Object.keys(deferred).length > 0) {
        return {
          DBInstance: await describer.instance(jobs.begin(next, { kind: 'modify', change: deferred })),
        };
      }
      return { DBInstance: await describer.instance(next) };
    },
  };
}

function refuseUnmodelled(input: Input): void {
  const unknown = Object.entries(input).find(([name, value]) => value !== undefined && !MODELLED.has(name));
  if (!unknown) return;
  throw new AwsFault(
    'InvalidParameterValue',
    `The lab does not model a change of ${unknown[0]}; leave it out.`,
  );
}

function readDeferred({ store }: Rds, input: Input, record: InstanceRecord): DeferredChange {
  const change: DeferredChange = {};
  if (input.NewDBInstanceIdentifier !== undefined) {
    const id = readIdentifier('NewDBInstanceIdentifier', input.NewDBInstanceIdentifier);
    if (id !== record.id && store.findInstance(record.region, id)) {
      throw new AwsFault('DBInstanceAlreadyExistsFault', 'DB instance already exists');
    }
    if (id !== record.id) change.id = id;
  }
  if (input.DBInstanceClass !== undefined && input.DBInstanceClass !== record.class) {
    instanceClass(input.DBInstanceClass);
    change.class = input.DBInstanceClass;
  }
  if (input.MultiAZ !== undefined && input.MultiAZ !== record.multiAz) change.multiAz = input.MultiAZ;
  if (input.AllocatedStorage !== undefined && input.AllocatedStorage !== record.storageGiB) {
    if (input.AllocatedStorage < record.storageGiB) {
      throw new AwsFault(
        'InvalidParameterCombination',
        'The allocated storage of a DB instance can only grow.',
      );
    }
    change.storageGiB = input.AllocatedStorage;
  }
  return change;
}

/** What acts at once whether or not ApplyImmediately was said. */
function readImmediate(parts: Rds, input: Input, record: InstanceRecord): Partial<InstanceRecord> {
  const change: Partial<InstanceRecord> = {};
  if (input.VpcSecurityGroupIds) {
    requireKnownGroups(parts.groups, record.region, input.VpcSecurityGroupIds);
    change.securityGroupIds = input.VpcSecurityGroupIds;
  }
  if (input.BackupRetentionPeriod !== undefined) {
    change.backupRetentionDays = readRetention(input.BackupRetentionPeriod);
    if (change.backupRetentionDays === 0 && parts.store.replicasOf(record).length > 0) throw backupsNeeded();
  }
  if (input.DBParameterGroupName !== undefined) {
    const group = getParameterGroup(parts, record.region, input.DBParameterGroupName);
    change.parameterGroup = group.name;
    change.rebootNeeded = record.rebootNeeded || group.name !== record.parameterGroup;
  }
  if (input.PreferredBackupWindow)
    change.backupWindow = readWindow('PreferredBackupWindow', input.PreferredBackupWindow);
  if (input.PreferredMaintenanceWindow) change.maintenanceWindow = input.PreferredMaintenanceWindow;
  if (input.DeletionProtection !== undefined) change.deletionProtection = input.DeletionProtection;
  if (input.CopyTagsToSnapshot !== undefined) change.copyTagsToSnapshot = input.CopyTagsToSnapshot;
  if (input.AutoMinorVersionUpgrade !== undefined)
    change.autoMinorVersionUpgrade = input.AutoMinorVersionUpgrade;
  return change;
}

/** A daily window such as 04:00-04:30. */
function readWindow(parameter: string, value: string): string {
  if (/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/.test(value)) return value;
  throw new AwsFault(
    'InvalidParameterValue',
    `The parameter ${parameter} is not a valid window: it must be in the format hh24:mi-hh24:mi.`,
  );
}

export function requireKnownGroups(groups: SecurityGroups, region: string, ids: string[]): void {
  if (ids.length === 0)
    throw new AwsFault('InvalidParameterValue', 'At least one VPC security group must be given.');
  const unknown = ids.find((id) => !groups.exists(region, id));
  if (unknown)
    throw new AwsFault('InvalidParameterValue', `Invalid security group , groupId= ${unknown}, groupName=.`);
}
