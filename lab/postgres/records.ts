import { createHash } from 'node:crypto';
import { hexId, type Random } from '#lab/kernel/random.ts';

export interface SourceRecord {
  resourceId: string;
  id: string;
  region: string;
}

/** What is remembered of a server across restarts of the lab. */
export interface ServerRecord {
  resourceId: string;
  id: string;
  region: string;
  /** Environment that it belongs to; absent in what an earlier lab left: the owner of the Regions' own. */
  environment?: string;
  role: 'primary' | 'replica';
  source?: SourceRecord;
  /** Its replication slot on the source. */
  slot?: string;
  parameters: Record<string, string>;
  open: boolean;
  stopped: boolean;
  seeding: boolean;
  createdAt: number;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const RESOURCE_ID_LENGTH = 26;

/** Resource id of one of the estate's own instances: the same after every reset. */
export function estateResourceId(region: string, id: string): string {
  return resourceIdFrom(createHash('sha256').update(`${region}/${id}`).digest('hex'));
}

export function newResourceId(random: Random): string {
  return resourceIdFrom(hexId(random, 2 * RESOURCE_ID_LENGTH));
}

function resourceIdFrom(hex: string): string {
  const letters = Array.from({ length: RESOURCE_ID_LENGTH }, (_unused, at) => {
    return ALPHABET[Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16) % ALPHABET.length];
  });
  return `db-${letters.join('')}`;
}

/** As RDS names the slot that feeds a replica. */
export function slotName(region: string, resourceId: string): string {
  return `rds_${region}_${resourceId}`.toLowerCase().replace(/[^a-z0-9_]/g, '_');
}
