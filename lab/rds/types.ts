export type { SecurityGroupOracle as SecurityGroups } from '#lab/ec2/network.ts';

export interface Tag {
  Key: string;
  Value: string;
}

/** Values that a modification may wait with until it is applied. */
export interface DeferredChange {
  id?: string;
  class?: string;
  multiAz?: boolean;
  storageGiB?: number;
}

export type Job =
  | { kind: 'create' }
  | { kind: 'promote'; backupRetentionDays: number }
  | { kind: 'modify'; change: DeferredChange }
  | { kind: 'backup'; snapshotId: string }
  | { kind: 'reboot' }
  | { kind: 'stop' }
  | { kind: 'start' }
  | { kind: 'delete' };

/** What AWS knows of an instance beside its server. */
export interface InstanceRecord {
  resourceId: string;
  id: string;
  region: string;
  status: string;
  /** Work under way; begun again if the lab is restarted meanwhile. */
  job?: Job;
  class: string;
  multiAz: boolean;
  storageGiB: number;
  backupRetentionDays: number;
  backupWindow: string;
  maintenanceWindow: string;
  securityGroupIds: string[];
  parameterGroup: string;
  subnetGroup: string;
  kmsKeyId: string;
  availabilityZone: string;
  deletionProtection: boolean;
  copyTagsToSnapshot: boolean;
  autoMinorVersionUpgrade: boolean;
  /** Parameters that act only after a reboot. */
  rebootNeeded: boolean;
  pending: DeferredChange;
  /** Of a replica; kept when the source is deleted, gone after promotion. The ARN is the one at creation. */
  source?: { resourceId: string; arn: string };
  tags: Tag[];
  createdAt: number;
}

export interface ParameterSetting {
  value: string;
  method: 'immediate' | 'pending-reboot';
}

export interface ParameterGroupRecord {
  name: string;
  region: string;
  family: string;
  description: string;
  parameters: Record<string, ParameterSetting>;
  tags: Tag[];
}

export interface SnapshotRecord {
  id: string;
  region: string;
  instanceId: string;
  resourceId: string;
  status: 'creating' | 'available';
  storageGiB: number;
  kmsKeyId: string;
  availabilityZone: string;
  instanceCreatedAt: number;
  createdAt: number;
  tags: Tag[];
}

export interface EventRecord {
  sourceId: string;
  sourceArn: string;
  sourceType: 'db-instance' | 'db-parameter-group' | 'db-snapshot';
  region: string;
  message: string;
  categories: string[];
  at: number;
}
