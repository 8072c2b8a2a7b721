import type * as rds from '@aws-sdk/client-rds';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { findRegion } from '#lib/domain/estate/estate.ts';
import { instanceClass } from './classes.ts';
import { missing, parseArn, readIdentifier } from './identifiers.ts';
import { backupsNeeded } from './instance-handlers.ts';
import { requireKnownGroups } from './modify-handlers.ts';
import { defaultGroup } from './parameter-handlers.ts';
import type { Rds } from './rds.ts';
import { requireAvailable } from './store.ts';
import { subnetGroupsIn } from './subnet-groups.ts';
import { readTags } from './tags.ts';
import type { InstanceRecord } from './types.ts';

type Input = rds.CreateDBInstanceReadReplicaCommandInput;

/** RDS for PostgreSQL allows fifteen replicas of one source. */
const MOST_REPLICAS = 15;

export function replicaHandlers(parts: Rds): OperationHandlers<typeof rds> {
  const { ctx, store, databases, describer, jobs, groups } = parts;

  return {
    async CreateDBInstanceReadReplica(input, call) {
      const { region } = call;
      if (!findRegion(ctx.estate, region)) {
        throw new AwsFault(
          'InvalidParameterValue',
          `${region} is not a Region of this estate; the lab can place no server there.`,
        );
      }
      const id = readIdentifier('DBInstanceIdentifier', input.DBInstanceIdentifier);
      const source = findSource(parts, region, input.SourceDBInstanceIdentifier);
      checkSource(parts, source, region);
      if (store.findInstance(region, id)) {
        throw new AwsFault('DBInstanceAlreadyExistsFault', 'DB instance already exists');
      }
      const settings = readSettings(parts, input, source, region);
      const { resourceId, seeded } = await databases.createReplica({
        id,
        region,
        sourceResourceId: source.resourceId,
      });
      // Its end is awaited by the job; a replica deleted before it was ready is no failure.
      seeded.catch(() => undefined);
      const record: InstanceRecord = {
        ...settings,
        resourceId,
        id,
        region,
        status: 'creating',
        createdAt: ctx.clock.now(),
        source: { resourceId: source.resourceId, arn: store.instanceArn(source) },
        pending: {},
        rebootNeeded: false,
        backupRetentionDays: 0,
      };
      store.instances.put(resourceId, record);
      await databases.setOpen(resourceId, groups.allows(region, record.securityGroupIds, 5432));
      return { DBInstance: await describer.instance(jobs.begin(record, { kind: 'create' })) };
    },
  };
}

/** In another Region the source must be an ARN: a plain name is looked for here, and is not found. */
function findSource({ ctx, store }: Rds, region: string, name: string | undefined): InstanceRecord {
  if (!name) throw missing('SourceDBInstanceIdentifier');
  const arn = parseArn(name);
  if (!arn) return store.getInstance(region, name);
  if (arn.account !== ctx.estate.account) {
    throw new AwsFault('DBInstanceNotFoundFault', `DBInstance ${name} not found.`);
  }
  return store.getInstance(arn.region, name);
}

function checkSource({ store }: Rds, source: InstanceRecord, region: string): void {
  requireAvailable(source);
  if (source.backupRetentionDays === 0) throw backupsNeeded();
  const origin = source.source && store.instances.get(source.source.resourceId);
  if (origin && new Set([origin.region, source.region, region]).size > 2) {
    throw new AwsFault(
      'InvalidParameterCombination',
      `A chain of read replicas may span two Regions at most: ${source.id} already replicates from ${origin.region}.`,
    );
  }
  if (store.replicasOf(source).length >= MOST_REPLICAS) {
    throw new AwsFault(
      'InstanceQuotaExceededFault',
      `DB instance ${source.id} already has ${MOST_REPLICAS} read replicas.`,
    );
  }
}

function readSettings({ ctx, groups, engine }: Rds, input: Input, source: InstanceRecord, region: string) {
  const crossRegion = source.region !== region;
  if (crossRegion && input.DBParameterGroupName) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'A DB parameter group cannot be given for a cross-Region read replica of PostgreSQL; it gets the default group.',
    );
  }
  const subnetGroup = input.DBSubnetGroupName ?? source.subnetGroup;
  if (!subnetGroupsIn(ctx.estate, region).includes(subnetGroup)) {
    throw new AwsFault('DBSubnetGroupNotFoundFault', `DB subnet group '${subnetGroup}' does not exist.`);
  }
  const securityGroupIds = input.VpcSecurityGroupIds ?? [groups.initial(region)];
  requireKnownGroups(groups, region, securityGroupIds);
  const className = input.DBInstanceClass ?? source.class;
  instanceClass(className);
  return {
    class: className,
    multiAz: input.MultiAZ ?? false,
    storageGiB: input.AllocatedStorage ?? source.storageGiB,
    backupWindow: source.backupWindow,
    maintenanceWindow: source.maintenanceWindow,
    securityGroupIds,
    parameterGroup: crossRegion ? defaultGroup(engine.family) : source.parameterGroup,
    subnetGroup,
    kmsKeyId: crossRegion ? readKey(input.KmsKeyId, region) : source.kmsKeyId,
    availabilityZone: input.AvailabilityZone ?? `${region}a`,
    deletionProtection: input.DeletionProtection ?? false,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? source.autoMinorVersionUpgrade,
    tags: readTags(input.Tags),
  };
}

/** Keys are regional: an encrypted source needs one of the destination. */
function readKey(key: string | undefined, region: string): string {
  if (!key) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'The source is encrypted: KmsKeyId of the destination Region must be given to create a cross-Region read replica.',
    );
  }
  const [, , service, keyRegion] = key.split(':');
  if (key.startsWith('arn:') && (service !== 'kms' || keyRegion !== region)) {
    throw new AwsFault(
      'KMSKeyNotAccessibleFault',
      `The specified KMS key [${key}] does not exist in ${region}, is not enabled or you do not have permissions to access it.`,
    );
  }
  return key;
}
