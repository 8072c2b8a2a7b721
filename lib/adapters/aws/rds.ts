import {
  CreateDBInstanceReadReplicaCommand,
  CreateDBSnapshotCommand,
  type DBInstance,
  DeleteDBInstanceCommand,
  DescribeDBSnapshotsCommand,
  DescribeDBSubnetGroupsCommand,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
  RebootDBInstanceCommand,
  type Tag,
} from '@aws-sdk/client-rds';
import { RefusedError } from '../../errors.ts';
import type { NewReplica, RecoveryPort } from '../../ports/recovery.ts';
import { isRefusal } from '../../ports/refusal.ts';
import { describeInstance, describeInstances, ofApplication, toDatabase } from './database.ts';
import { allPages } from './pages.ts';
import type { InRegion, PortContext } from './port-context.ts';

type DatabaseCalls = Pick<
  RecoveryPort,
  | 'listDatabases'
  | 'findDatabase'
  | 'promoteReplica'
  | 'createReplica'
  | 'modifyDatabase'
  | 'rebootDatabase'
  | 'deleteReplica'
  | 'createSnapshot'
  | 'snapshotStatus'
>;

const OPERATION_TAG = 'meridian:operation';
/** In the id of what a drill promotes and throws away. */
const THROW_AWAY = '-drill-';

export function databaseCalls(context: PortContext): DatabaseCalls {
  const { reading, changing, regionOf } = context;
  return {
    listDatabases: (code) =>
      context.read(`RDS DescribeDBInstances in ${code}`, async (options) => {
        const all = await describeInstances({ clients: reading, region: code, ...options });
        return ofApplication(all, regionOf(code).database.instanceId).map(toDatabase);
      }),
    findDatabase: (code, instanceId) =>
      context.read(`RDS DescribeDBInstances of ${instanceId} in ${code}`, async (options) => {
        const found = await describeInstance({ clients: reading, region: code, instanceId, ...options });
        return found ? toDatabase(found) : null;
      }),
    promoteReplica: (code, instanceId, backupRetentionDays) =>
      context.change(`RDS PromoteReadReplica of ${instanceId} in ${code}`, code, async (options) => {
        await changing.rds(code).send(
          new PromoteReadReplicaCommand({
            DBInstanceIdentifier: instanceId,
            BackupRetentionPeriod: backupRetentionDays,
          }),
          options,
        );
      }),
    createReplica: (code, replica) =>
      context.change(`RDS CreateDBInstanceReadReplica of ${replica.instanceId} in ${code}`, code, (options) =>
        createReplica({ context, code, options }, replica),
      ),
    modifyDatabase: (code, instanceId, change) =>
      context.change(`RDS ModifyDBInstance of ${instanceId} in ${code}`, code, async (options) => {
        await changing.rds(code).send(
          new ModifyDBInstanceCommand({
            DBInstanceIdentifier: instanceId,
            ApplyImmediately: true,
            NewDBInstanceIdentifier: change.newInstanceId,
            VpcSecurityGroupIds: change.securityGroupIds && [...change.securityGroupIds],
            BackupRetentionPeriod: change.backupRetentionDays,
            MultiAZ: change.multiAz,
            DBParameterGroupName: change.parameterGroup,
            DeletionProtection: change.deletionProtection,
          }),
          options,
        );
      }),
    rebootDatabase: (code, instanceId) =>
      context.change(`RDS RebootDBInstance of ${instanceId} in ${code}`, code, async (options) => {
        await changing
          .rds(code)
          .send(new RebootDBInstanceCommand({ DBInstanceIdentifier: instanceId }), options);
      }),
    deleteReplica: (code, instanceId) =>
      context.change(`RDS DeleteDBInstance of ${instanceId} in ${code}`, code, (options) =>
        deleteReplica({ context, code, options }, instanceId),
      ),
    createSnapshot: (code, instanceId, snapshotId) =>
      context.change(`RDS CreateDBSnapshot ${snapshotId} in ${code}`, code, async (options) => {
        try {
          await changing.rds(code).send(
            new CreateDBSnapshotCommand({
              DBInstanceIdentifier: instanceId,
              DBSnapshotIdentifier: snapshotId,
            }),
            options,
          );
        } catch (error) {
          const repeated = isRefusal(error, 'DBSnapshotAlreadyExists');
          const snapshot = repeated && (await findSnapshot({ context, code, options }, snapshotId));
          if (!snapshot || snapshot.DBInstanceIdentifier !== instanceId) throw error;
        }
      }),
    snapshotStatus: (code, snapshotId) =>
      context.read(`RDS DescribeDBSnapshots of ${snapshotId} in ${code}`, async (options) => {
        const snapshot = await findSnapshot({ context, code, options }, snapshotId);
        return snapshot?.Status ?? null;
      }),
  };
}

/** In the destination's Region, from the source's ARN (aws-facts B-19); no parameter group, RDS takes none across Regions. */
async function createReplica(place: InRegion, replica: NewReplica): Promise<void> {
  const { context, code, options } = place;
  const tag = operationTag(replica.operation);
  const DBSubnetGroupName = await subnetGroupIn(place);
  try {
    await context.changing.rds(code).send(
      new CreateDBInstanceReadReplicaCommand({
        DBInstanceIdentifier: replica.instanceId,
        SourceDBInstanceIdentifier: replica.sourceArn,
        DBInstanceClass: replica.class,
        MultiAZ: replica.multiAz,
        KmsKeyId: replica.kmsKeyId ?? undefined,
        VpcSecurityGroupIds: [...replica.securityGroupIds],
        DBSubnetGroupName,
        PubliclyAccessible: false,
        CopyTagsToSnapshot: true,
        Tags: [tag],
      }),
      options,
    );
  } catch (error) {
    const repeated = isRefusal(error, 'DBInstanceAlreadyExists');
    if (!repeated || !(await isOwnReplica(place, { replica, tag }))) throw error;
  }
}

/** An instance of that name is ours when it carries our tag and replicates from the same source. */
async function isOwnReplica(
  { context, code, options }: InRegion,
  { replica, tag }: { replica: NewReplica; tag: Tag },
): Promise<boolean> {
  const found = await describeInstance({
    clients: context.reading,
    region: code,
    instanceId: replica.instanceId,
    ...options,
  });
  return found !== undefined && hasTag(found, tag) && toDatabase(found).sourceArn === replica.sourceArn;
}

function hasTag({ TagList = [] }: DBInstance, tag: Tag): boolean {
  return TagList.some(({ Key, Value }) => Key === tag.Key && Value === tag.Value);
}

function operationTag(operation: string): Tag {
  const [, key = OPERATION_TAG, value = operation] = /^([^=]+)=(.*)$/.exec(operation) ?? [];
  return { Key: key, Value: value };
}

/** Without its name RDS would put a cross-Region replica into the default VPC (aws-facts B-19). */
async function subnetGroupIn({ context, code, options }: InRegion): Promise<string> {
  const { reading } = context;
  const { vpcId, database } = context.regionOf(code);
  const groups = await allPages((Marker) =>
    reading
      .rds(code)
      .send(new DescribeDBSubnetGroupsCommand({ Marker }), options)
      .then((page) => ({ items: page.DBSubnetGroups, next: page.Marker })),
  );
  const names = groups.flatMap(({ VpcId, DBSubnetGroupName: name }) =>
    name && VpcId === vpcId ? [name] : [],
  );
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const instances = ofApplication(
    await describeInstances({ clients: reading, region: code, ...options }),
    database.instanceId,
  );
  const used = instances.flatMap(({ DBSubnetGroup }) => DBSubnetGroup?.DBSubnetGroupName ?? []);
  const known = used.find((name) => names.includes(name));
  if (known !== undefined) return known;
  throw new RefusedError(
    'no-subnet-group',
    `Cannot place a replica in ${code}: ${names.length === 0 ? 'no' : 'more than one'} DB subnet group is in ${vpcId}${names.length ? ` (${names.join(', ')}) and no instance says which` : ''}. Make one for databases there, then try again.`,
  );
}

/**
 * Only a replica: without a final snapshot a primary's data would be gone. One that this very operation has made to be
 * promoted and thrown away is its own to delete. What is gone or going already is done.
 */
async function deleteReplica({ context, code, options }: InRegion, instanceId: string): Promise<void> {
  const { reading, changing } = context;
  const instance = await describeInstance({ clients: reading, region: code, instanceId, ...options });
  if (!instance || instance.DBInstanceStatus === 'deleting') return;
  const ownDrill =
    instanceId.includes(THROW_AWAY) && hasTag(instance, { Key: OPERATION_TAG, Value: context.operationId });
  if (toDatabase(instance).role === 'primary' && !ownDrill) {
    throw new RefusedError(
      'not-a-replica',
      `Cannot delete ${instanceId} in ${code}: it replicates from nothing, and would be gone with its data. Keep it, or take a snapshot and delete it by hand.`,
    );
  }
  try {
    await changing.rds(code).send(
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier: instanceId,
        SkipFinalSnapshot: true,
        DeleteAutomatedBackups: true,
      }),
      options,
    );
  } catch (error) {
    if (!isRefusal(error, 'DBInstanceNotFound')) throw error;
  }
}

async function findSnapshot({ context, code, options }: InRegion, snapshotId: string) {
  try {
    const { DBSnapshots } = await context.reading
      .rds(code)
      .send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: snapshotId }), options);
    return DBSnapshots?.[0];
  } catch (error) {
    if (isRefusal(error, 'DBSnapshotNotFound')) return undefined;
    throw error;
  }
}
