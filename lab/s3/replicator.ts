import type { ReplicationRule } from '@aws-sdk/client-s3';
import type { LabContext } from '#lab/kernel/context.ts';
import { crosses } from '#lab/kernel/crossing.ts';
import type { BucketRecord, CopyRecord, Encryption, StoredVersion, VersionRecord } from './records.ts';
import type { Copy } from './replication-rules.ts';
import type { Store } from './store.ts';

/** How long a copy takes when nothing is wrong, seconds: most objects replicate within seconds (modelled). */
export const USUAL_SECONDS = 6;
const LOOK_EVERY_MS = 500;

export interface Replicator {
  /** Puts a new version or delete marker on its way. */
  send(source: string, key: string, version: VersionRecord, copies: Copy[]): void;
  close(): void;
}

/**
 * Copies what the rules say to other buckets, some seconds later and only while both Regions are up and packets pass between
 * them. Copies under way are kept over a restart.
 */
export function createReplicator(ctx: LabContext, store: Store, usualSeconds = USUAL_SECONDS): Replicator {
  const { copies } = store;

  function deliverDue() {
    const now = ctx.clock.now();
    for (const [id, copy] of copies.entries()) {
      if (copy.dueAtMs > now) continue;
      const source = store.buckets.get(copy.source);
      const destination = store.buckets.get(copy.destination);
      if (source && destination && !crosses(ctx.chaos.state(), source.region, destination.region)) continue;
      copies.delete(id);
      if (source && destination) deliver(copy, source, destination);
    }
  }

  function deliver(copy: CopyRecord, source: BucketRecord, destination: BucketRecord) {
    const versions = store.find(copy.source, copy.key)?.versions ?? [];
    const version = versions.find(({ id }) => id === copy.versionId);
    if (!version) return; // deleted meanwhile
    if (version.marker) {
      store.add(destination.name, copy.key, version);
      return;
    }
    const rule = source.replication?.Rules?.find(({ ID }) => ID === copy.ruleId);
    store.add(destination.name, copy.key, replicaOf(version, rule, destination));
    if (!copies.list().some((other) => isOf(other, copy)))
      store.change(copy.source, copy.key, copy.versionId, { replication: 'COMPLETED' });
  }

  const timer = setInterval(() => {
    try {
      deliverDue();
    } catch (error) {
      ctx.log('s3', 'a copy could not be delivered', { error: String(error) });
    }
  }, LOOK_EVERY_MS);
  timer.unref();

  return {
    send(source, key, version, ways) {
      const now = ctx.clock.now();
      for (const { ruleId, destination } of ways) {
        const takesMs = usualSeconds * (0.5 + ctx.random()) * 1000;
        copies.put(`${version.id} ${destination}`, {
          source,
          destination,
          ruleId,
          key,
          versionId: version.id,
          marker: version.marker,
          size: version.marker ? 0 : version.size,
          sinceMs: now,
          dueAtMs: now + takesMs,
        });
      }
    },
    close: () => clearInterval(timer),
  };
}

const isOf = (a: CopyRecord, b: CopyRecord): boolean =>
  a.source === b.source && a.key === b.key && a.versionId === b.versionId;

/** Same version id, time and content; encrypted as the rule has it, in the rule's storage class. */
function replicaOf(
  version: StoredVersion,
  rule: ReplicationRule | undefined,
  destination: BucketRecord,
): StoredVersion {
  const keyId =
    rule?.Destination?.EncryptionConfiguration?.ReplicaKmsKeyID ?? destination.encryption.kmsKeyId;
  const encryption: Encryption =
    version.encryption.algorithm === 'aws:kms' && keyId
      ? { algorithm: 'aws:kms', kmsKeyId: keyId }
      : { algorithm: 'AES256' };
  return {
    ...version,
    encryption,
    storageClass: rule?.Destination?.StorageClass ?? version.storageClass,
    replication: 'REPLICA',
  };
}
