import type { LabContext } from '#lab/kernel/context.ts';
import { hexId } from '#lab/kernel/random.ts';
import { AwsFault } from '#lab/wire/service.ts';
import { noSuchBucket, permanentRedirect } from './faults.ts';
import type { BucketRecord, CopyRecord, ObjectRecord, StoredVersion, VersionRecord } from './records.ts';

/** All objects of the lab with all their versions may have this many bytes: they are kept in memory and in one file. */
const MOST_BYTES = 32 * 1024 * 1024;

export type Store = ReturnType<typeof createStore>;

/** Buckets, objects and what is on its way between them, kept over restarts. */
export function createStore(ctx: LabContext) {
  const buckets = ctx.state.collection<BucketRecord>('s3-buckets');
  const objects = ctx.state.collection<ObjectRecord>('s3-objects');
  const copies = ctx.state.collection<CopyRecord>('s3-copies');

  const find = (bucket: string, key: string): ObjectRecord | undefined => objects.get(`${bucket}/${key}`);

  function put(record: ObjectRecord) {
    const id = `${record.bucket}/${record.key}`;
    if (record.versions.length > 0) objects.put(id, record);
    else objects.delete(id);
  }

  function used(): number {
    const all = objects.list().flatMap(({ versions }) => versions);
    return all.reduce((sum, version) => sum + (version.marker ? 0 : version.size), 0);
  }

  return {
    buckets,
    copies,
    find,

    /** The bucket, for a call that was signed for `region`. */
    bucket(name: string | undefined, region: string): BucketRecord {
      const bucket = buckets.get(name ?? '');
      if (!bucket) throw noSuchBucket(name ?? '');
      if (bucket.region !== region) throw permanentRedirect(bucket);
      return bucket;
    },

    newVersionId: () => hexId(ctx.random, 32),

    /** Adds a version in the order of their times: a replica may come after a newer one. */
    add(bucket: string, key: string, version: VersionRecord): void {
      if (!version.marker && used() + version.size > MOST_BYTES) {
        throw new AwsFault(
          'EntityTooLarge',
          `The buckets of the lab hold ${MOST_BYTES} bytes in all versions together. Delete versions, or reset the lab.`,
        );
      }
      const versions = (find(bucket, key)?.versions ?? []).filter(({ id }) => id !== version.id);
      const newer = versions.filter(({ atMs }) => atMs > version.atMs);
      put({ bucket, key, versions: [...newer, version, ...versions.slice(newer.length)] });
    },

    remove(bucket: string, key: string, versionId: string): void {
      const versions = (find(bucket, key)?.versions ?? []).filter(({ id }) => id !== versionId);
      put({ bucket, key, versions });
    },

    change(bucket: string, key: string, versionId: string, change: Partial<StoredVersion>): void {
      const record = find(bucket, key);
      if (!record) return;
      const versions = record.versions.map((version) =>
        version.id === versionId && !version.marker ? { ...version, ...change } : version,
      );
      put({ ...record, versions });
    },

    /** Keys whose newest version is an object, in the order of their UTF-8 bytes, as S3 lists them. */
    current(bucket: string): { key: string; version: StoredVersion }[] {
      return objects
        .list()
        .filter((record) => record.bucket === bucket)
        .flatMap(({ key, versions: [newest] }) =>
          newest && !newest.marker ? [{ key, version: newest }] : [],
        )
        .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    },

    clear(): void {
      for (const collection of [buckets, objects, copies]) collection.clear();
    },
  };
}
