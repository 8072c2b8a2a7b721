import type { DatabaseChange, NewReplica } from '../../ports/recovery.ts';
import { literal, quoted, word, words } from './shell.ts';

// What a person would type, each with its Region: the environment's default Region is never relied on (aws-facts B-07).

function instanceCommand(verb: string, region: string, instanceId: string): string {
  return `aws rds ${verb} --region ${word(region)} --db-instance-identifier ${word(instanceId)}`;
}

export function describeCommand(region: string, instanceId: string): string {
  return instanceCommand('describe-db-instances', region, instanceId);
}

/** The application's instances: the declared id, and what begins with it. */
export function listDatabasesCommand(region: string, declaredId: string): string {
  const query = `DBInstances[?starts_with(DBInstanceIdentifier, ${literal(declaredId)})]`;
  return `aws rds describe-db-instances --region ${word(region)} --query ${quoted(query)}`;
}

export function promoteCommand(region: string, instanceId: string, backupRetentionDays: number): string {
  return `${instanceCommand('promote-read-replica', region, instanceId)} --backup-retention-period ${backupRetentionDays}`;
}

export function modifyCommand(region: string, instanceId: string, change: DatabaseChange): string {
  const options = [
    change.newInstanceId && `--new-db-instance-identifier ${word(change.newInstanceId)}`,
    change.securityGroupIds && `--vpc-security-group-ids ${words(change.securityGroupIds)}`,
    change.backupRetentionDays !== undefined && `--backup-retention-period ${change.backupRetentionDays}`,
    change.multiAz !== undefined && (change.multiAz ? '--multi-az' : '--no-multi-az'),
    change.parameterGroup && `--db-parameter-group-name ${word(change.parameterGroup)}`,
    change.deletionProtection !== undefined &&
      (change.deletionProtection ? '--deletion-protection' : '--no-deletion-protection'),
  ].filter((option) => typeof option === 'string');
  return `${instanceCommand('modify-db-instance', region, instanceId)} ${options.join(' ')} --apply-immediately`;
}

export function rebootCommand(region: string, instanceId: string): string {
  return instanceCommand('reboot-db-instance', region, instanceId);
}

export function deleteCommand(region: string, instanceId: string): string {
  return `${instanceCommand('delete-db-instance', region, instanceId)} --skip-final-snapshot --delete-automated-backups`;
}

export function snapshotCommand(region: string, instanceId: string, snapshotId: string): string {
  return `${instanceCommand('create-db-snapshot', region, instanceId)} --db-snapshot-identifier ${word(snapshotId)}`;
}

export function describeSnapshotCommand(region: string, snapshotId: string): string {
  return `aws rds describe-db-snapshots --region ${word(region)} --db-snapshot-identifier ${word(snapshotId)}`;
}

/** Without its subnet group a copy across Regions would come into the default VPC (aws-facts B-19). */
export function createReplicaCommand(
  region: { code: string; vpcId: string },
  /** Without its `operation` it has no tag that proves whose it is. */
  replica: Omit<NewReplica, 'operation'> & Partial<Pick<NewReplica, 'operation'>>,
): string {
  const source = replica.sourceArn.split(':')[3];
  const [key = '', value = ''] = replica.operation?.split('=') ?? [];
  return [
    instanceCommand('create-db-instance-read-replica', region.code, replica.instanceId),
    `--source-db-instance-identifier ${word(replica.sourceArn)}`,
    source === undefined || source === region.code ? '' : `--source-region ${word(source)}`,
    `--db-instance-class ${word(replica.class)}`,
    replica.multiAz ? '--multi-az' : '--no-multi-az',
    replica.kmsKeyId ? `--kms-key-id ${word(replica.kmsKeyId)}` : '',
    replica.securityGroupIds.length > 0 ? `--vpc-security-group-ids ${words(replica.securityGroupIds)}` : '',
    `--db-subnet-group-name "$(${subnetGroupCommand(region)})"`,
    '--no-publicly-accessible --copy-tags-to-snapshot',
    replica.operation ? `--tags ${word(`Key=${key},Value=${value}`)}` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** Name of the VPC's DB subnet group. */
function subnetGroupCommand({ code, vpcId }: { code: string; vpcId: string }): string {
  const query = `DBSubnetGroups[?VpcId==${literal(vpcId)}]|[0].DBSubnetGroupName`;
  return `aws rds describe-db-subnet-groups --region ${word(code)} --query ${quoted(query)} --output text`;
}
