import { type DBInstance, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { UnansweredError } from '../../ports/aws.ts';
import { isRefusal } from '../../ports/refusal.ts';
import type { AwsClients } from './clients.ts';
import { allPages } from './pages.ts';

interface Asked {
  clients: AwsClients;
  region: string;
  abortSignal?: AbortSignal;
}

/** Every instance of the Region, all pages; only the one of that id where it is given. */
export async function describeInstances({
  clients,
  region,
  instanceId,
  abortSignal,
}: Asked & { instanceId?: string }): Promise<DBInstance[]> {
  return allPages((Marker) =>
    clients
      .rds(region)
      .send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: instanceId, Marker }), { abortSignal })
      .then((page) => ({ items: page.DBInstances, next: page.Marker })),
  );
}

/** The instance of that id, or undefined where RDS has none. */
export async function describeInstance(
  asked: Asked & { instanceId: string },
): Promise<DBInstance | undefined> {
  try {
    const [found] = await describeInstances(asked);
    return found;
  } catch (error) {
    if (isRefusal(error, 'DBInstanceNotFound')) return undefined;
    throw error;
  }
}

/**
 * The application's instances among them: the declared id, and what was renamed from it or made to stand beside it. Other
 * applications' databases share the account.
 */
export function ofApplication(instances: readonly DBInstance[], declaredId: string): DBInstance[] {
  return instances.filter(
    ({ DBInstanceIdentifier: id }) => id === declaredId || id?.startsWith(`${declaredId}-`),
  );
}

/** An instance as RDS describes it. Rejects one without name or ARN: nothing could be said about it, or done to it. */
export function toDatabase(instance: DBInstance): DatabaseObservation {
  const { DBInstanceIdentifier: instanceId, DBInstanceArn: arn, Endpoint } = instance;
  if (!instanceId || !arn) throw new UnansweredError('RDS described an instance without its name and ARN');
  const source = instance.ReadReplicaSourceDBInstanceIdentifier;
  const replicates = instance.StatusInfos?.find(({ StatusType }) => StatusType === 'read replication');
  return {
    instanceId,
    arn,
    role: source ? 'replica' : 'primary',
    status: instance.DBInstanceStatus ?? 'unknown',
    sourceArn: source ? sourceArn(source, arn) : null,
    replication: replicates?.Status ?? null,
    class: instance.DBInstanceClass ?? '',
    engineVersion: instance.EngineVersion ?? '',
    multiAz: instance.MultiAZ ?? false,
    backupRetentionDays: instance.BackupRetentionPeriod ?? 0,
    endpoint: Endpoint?.Address ? `${Endpoint.Address}:${Endpoint.Port}` : null,
    storageGiB: instance.AllocatedStorage ?? 0,
    parameterGroup: instance.DBParameterGroups?.[0]?.DBParameterGroupName ?? null,
    securityGroupIds: (instance.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId: id, Status }) =>
      id && Status !== 'removing' ? [id] : [],
    ),
    kmsKeyId: instance.KmsKeyId ?? null,
    deletionProtection: instance.DeletionProtection ?? false,
    createdAt: instance.InstanceCreateTime?.toISOString() ?? null,
  };
}

/** RDS names a source in the same Region by its name alone. */
function sourceArn(source: string, ownArn: string): string {
  return source.startsWith('arn:') ? source : ownArn.replace(/[^:]*$/, source);
}
