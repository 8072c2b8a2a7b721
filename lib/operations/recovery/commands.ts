import { type Estate, findRegion } from '#lib/domain/estate/estate.ts';
import type { DatabaseChange, ProbeTask } from '../../ports/recovery.ts';

/** What a person would type, each with its Region: the environment's default Region is never relied on (aws-facts B-07). */

export function promoteCommand(region: string, instanceId: string, backupRetentionDays: number): string {
  return `aws rds promote-read-replica --region ${region} --db-instance-identifier ${instanceId} --backup-retention-period ${backupRetentionDays}`;
}

export function modifyCommand(region: string, instanceId: string, change: DatabaseChange): string {
  const options = [
    change.newInstanceId && `--new-db-instance-identifier ${change.newInstanceId}`,
    change.securityGroupIds && `--vpc-security-group-ids ${change.securityGroupIds.join(' ')}`,
    change.backupRetentionDays !== undefined && `--backup-retention-period ${change.backupRetentionDays}`,
    change.multiAz !== undefined && (change.multiAz ? '--multi-az' : '--no-multi-az'),
    change.parameterGroup && `--db-parameter-group-name ${change.parameterGroup}`,
    change.deletionProtection !== undefined &&
      (change.deletionProtection ? '--deletion-protection' : '--no-deletion-protection'),
  ].filter((option) => typeof option === 'string');
  return `aws rds modify-db-instance --region ${region} --db-instance-identifier ${instanceId} ${options.join(' ')} --apply-immediately`;
}

export function rebootCommand(region: string, instanceId: string): string {
  return `aws rds reboot-db-instance --region ${region} --db-instance-identifier ${instanceId}`;
}

export function describeCommand(region: string, instanceId: string): string {
  return `aws rds describe-db-instances --region ${region} --db-instance-identifier ${instanceId}`;
}

export function deleteCommand(region: string, instanceId: string): string {
  return `aws rds delete-db-instance --region ${region} --db-instance-identifier ${instanceId} --skip-final-snapshot --delete-automated-backups`;
}

export function snapshotCommand(region: string, instanceId: string, snapshotId: string): string {
  return `aws rds create-db-snapshot --region ${region} --db-instance-identifier ${instanceId} --db-snapshot-identifier ${snapshotId}`;
}

export function createReplicaCommand(
  region: string,
  replica: {
    instanceId: string;
    sourceArn: string;
    class: string;
    multiAz: boolean;
    kmsKeyId: string | null;
    securityGroupIds: readonly string[];
  },
): string {
  const source = replica.sourceArn.split(':')[3];
  return [
    `aws rds create-db-instance-read-replica --region ${region}`,
    `--db-instance-identifier ${replica.instanceId}`,
    `--source-db-instance-identifier ${replica.sourceArn}`,
    source === region ? '' : `--source-region ${source}`,
    `--db-instance-class ${replica.class}`,
    replica.multiAz ? '--multi-az' : '--no-multi-az',
    replica.kmsKeyId ? `--kms-key-id ${replica.kmsKeyId}` : '',
    replica.securityGroupIds.length > 0
      ? `--vpc-security-group-ids ${replica.securityGroupIds.join(' ')}`
      : '',
    '--no-publicly-accessible --copy-tags-to-snapshot',
  ]
    .filter(Boolean)
    .join(' ');
}

export interface ShopConfigChange {
  writerEndpoint?: string;
  writeFreeze?: boolean;
}

/** What a merge patch of `shop-config` sets; the rest of it stays as it is. */
export function shopConfigPatch({ writerEndpoint, writeFreeze }: ShopConfigChange): {
  data: Record<string, string>;
} {
  return {
    data: {
      ...(writerEndpoint === undefined ? {} : { writerEndpoint }),
      ...(writeFreeze === undefined ? {} : { writeFreeze: String(writeFreeze) }),
    },
  };
}

/** Contexts of kubectl are named after their Region, as `aws eks update-kubeconfig --alias` does. */
export function shopConfigCommand(region: string, namespace: string, change: ShopConfigChange): string {
  return `kubectl --context ${region} -n ${namespace} patch configmap shop-config --type merge -p '${JSON.stringify(shopConfigPatch(change))}'`;
}

export function probeCommand(region: string, namespace: string, task: ProbeTask): string {
  const { kind, ...rest } = task;
  return `kubectl --context ${region} -n ${namespace} run probe --rm -i --restart=Never --image=meridian/probe -- '${JSON.stringify({ task: kind, ...rest })}'`;
}

export function switchCommand(bucket: string, inRegion: string, region: string, to: 'on' | 'off'): string {
  const object = `--region ${inRegion} --bucket ${bucket} --key serve/${region}`;
  return to === 'off'
    ? `printf off > off && aws s3api put-object ${object} --body off`
    : `aws s3api delete-object ${object}`;
}

/** One question to the zone's own name servers; answers are addresses of load balancers. */
export function digCommand(estate: Estate, geography: string): string {
  const { originName, zoneName } = estate.dns;
  return `dig +short ${geography}.${originName} @$(dig +short NS ${zoneName} | head -1)`;
}

export function peeringCommand(estate: Estate, from: string, to: string): string {
  const vpc = (code: string) => findRegion(estate, code)?.vpcId ?? code;
  return `aws ec2 create-vpc-peering-connection --region ${from} --vpc-id ${vpc(from)} --peer-vpc-id ${vpc(to)} --peer-region ${to}`;
}

export function acceptCommand(region: string, peeringId: string): string {
  return `aws ec2 accept-vpc-peering-connection --region ${region} --vpc-peering-connection-id ${peeringId}`;
}

export function routeCommand(estate: Estate, region: string, to: string, peeringId: string): string {
  const vpcId = findRegion(estate, region)?.vpcId ?? region;
  const cidr = findRegion(estate, to)?.vpcCidr ?? to;
  return `for table in $(aws ec2 describe-route-tables --region ${region} --filters Name=vpc-id,Values=${vpcId} --query 'RouteTables[].RouteTableId' --output text); do aws ec2 create-route --region ${region} --route-table-id $table --destination-cidr-block ${cidr} --vpc-peering-connection-id ${peeringId}; done`;
}
