export interface SecretVersion {
  id: string;
  /** AWSCURRENT, AWSPREVIOUS, AWSPENDING or names of one's own. Without any it is deprecated. */
  stages: string[];
  /** `binary`: the value is base64. */
  kind: 'string' | 'binary';
  value: string;
  createdAtMs: number;
}

/** A secret as one Region has it. */
export interface SecretRecord {
  region: string;
  name: string;
  arn: string;
  description: string;
  kmsKeyId: string;
  tags: { Key: string; Value: string }[];
  /** Where it is changed; its own Region unless it is a replica. */
  primaryRegion: string;
  /** Counts changes; a replica has that of the change it got last. */
  revision: number;
  /** The newest last. */
  versions: SecretVersion[];
  createdAtMs: number;
  changedAtMs: number;
  /** Midnight UTC of the day it was last read, as AWS keeps it. */
  accessedAtMs?: number;
}

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
