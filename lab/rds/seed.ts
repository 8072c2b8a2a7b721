import type { LabContext } from '#lab/kernel/context.ts';
import { type Databases, estateResourceId } from '#lab/postgres/index.ts';
import { type DeclaredDatabase, declaredDatabases } from '#lib/domain/estate/environments.ts';
import type { Store } from './store.ts';
import { SUBNET_GROUP } from './subnet-groups.ts';
import type { InstanceRecord, SecurityGroups } from './types.ts';

const STORAGE_GIB = 100;
const RETENTION_DAYS = 7;

/**
 * The estate's instances as AWS would describe them, those whose server has no record yet: promotable ones keep backups, as
 * promotion needs (aws-facts 2.4).
 */
export function seedRecords(parts: {
  ctx: LabContext;
  store: Store;
  databases: Databases;
  groups: SecurityGroups;
  family: string;
}): void {
  const { ctx, store, databases, groups, family } = parts;
  const { estate } = ctx;
  const parameterGroup = `${estate.estate}-${family}`;
  const declared = declaredDatabases(estate);

  function recordOf({ environment, region, database }: DeclaredDatabase): InstanceRecord {
    const { code, promotable } = region;
    const primary = declared.find(
      (other) => other.environment === environment && other.database.role === 'primary',
    );
    return {
      resourceId: estateResourceId(code, database.instanceId),
      id: database.instanceId,
      region: code,
      status: 'available',
      class: database.class,
      multiAz: database.multiAz,
      storageGiB: STORAGE_GIB,
      backupRetentionDays: promotable ? RETENTION_DAYS : 0,
      backupWindow: '03:00-03:30',
      maintenanceWindow: 'sun:04:00-sun:04:30',
      securityGroupIds: [groups.initial(code)],
      parameterGroup,
      subnetGroup: SUBNET_GROUP,
      kmsKeyId: `arn:aws:kms:${code}:${estate.account}:key/mrk-1234abcd12ab34cd56ef1234567890ab`,
      availabilityZone: `${code}a`,
      deletionProtection: database.role === 'primary',
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: false,
      rebootNeeded: false,
      pending: {},
      tags: [
        { Key: 'application', Value: estate.estate },
        { Key: 'environment', Value: environment },
      ],
      createdAt: ctx.clock.now(),
      source: primary && database.role === 'replica' ? sourceOf(primary) : undefined,
    };
  }

  function sourceOf({ region: { code }, database }: DeclaredDatabase) {
    return {
      resourceId: estateResourceId(code, database.instanceId),
      arn: store.instanceArn({ region: code, id: database.instanceId }),
    };
  }

  for (const database of declared) {
    const record = recordOf(database);
    if (store.instances.get(record.resourceId) || !databases.find(record.resourceId)) continue;
    store.instances.put(record.resourceId, record);
  }
  for (const { code } of estate.regions) {
    if (store.groups.get(`${code}/${parameterGroup}`)) continue;
    store.groups.put(`${code}/${parameterGroup}`, {
      name: parameterGroup,
      region: code,
      family,
      description: `Parameters of ${estate.title}`,
      parameters: {},
      tags: [],
    });
  }
}
