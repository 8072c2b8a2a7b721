import type { LabContext } from '#lab/kernel/context.ts';

/** One image as a Region's registry has it. */
export interface ImageRecord {
  region: string;
  repository: string;
  digest: string;
  manifest: string;
  mediaType: string;
  tags: string[];
  sizeBytes: number;
  pushedAtMs: number;
  /** Vulnerabilities by severity, as a scan at the push finds them. */
  findings: Partial<Record<Severity, number>>;
  /** When that scan is complete. */
  scannedAtMs: number;
}

export type Severity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

/** One repository as a Region has it. */
export interface RepositoryRecord {
  region: string;
  name: string;
  arn: string;
  immutableTags: boolean;
  createdAtMs: number;
}

export interface NewImage {
  region: string;
  repository: string;
  digest: string;
  manifest: string;
  mediaType: string;
  tag?: string;
  findings?: ImageRecord['findings'];
  /** Default: now. */
  pushedAtMs?: number;
}

/** A basic scan on push takes so long on AWS, ms (modelled). */
const SCAN_MS = 30_000;

export type Registry = ReturnType<typeof createRegistry>;

/** The images of all Regions; a Region's registry knows its own alone. */
export function createRegistry(ctx: LabContext) {
  const images = ctx.state.collection<ImageRecord>('ecr-images');
  const repositories = ctx.state.collection<RepositoryRecord>('ecr-repositories');
  const keyOf = ({ region, repository, digest }: Pick<ImageRecord, 'region' | 'repository' | 'digest'>) =>
    `${region}/${repository}@${digest}`;
  const within = (region: string, repository: string) =>
    images.list().filter((image) => image.region === region && image.repository === repository);

  /** The image takes the tag, and whichever had it loses it. */
  function moveTag(image: ImageRecord, tag: string): void {
    for (const other of within(image.region, image.repository)) {
      if (other.digest !== image.digest && other.tags.includes(tag))
        images.put(keyOf(other), { ...other, tags: other.tags.filter((one) => one !== tag) });
    }
    if (!image.tags.includes(tag)) images.put(keyOf(image), { ...image, tags: [...image.tags, tag] });
  }

  return {
    within,
    repositoriesIn: (region: string) => repositories.list().filter((one) => one.region === region),
    findRepository: (region: string, name: string) => repositories.get(`${region}/${name}`),
    putRepository: (record: RepositoryRecord) => repositories.put(`${record.region}/${record.name}`, record),
    byDigest: (region: string, repository: string, digest: string) =>
      images.get(keyOf({ region, repository, digest })),
    byTag: (region: string, repository: string, tag: string) =>
      within(region, repository).find(({ tags }) => tags.includes(tag)),

    /** Adds it where it is not there, and gives it the tag. */
    put({ tag, findings = {}, pushedAtMs = ctx.clock.now(), ...image }: NewImage): void {
      const known = images.get(keyOf(image));
      const record: ImageRecord = known ?? {
        ...image,
        tags: [],
        sizeBytes: sizeOf(image.manifest),
        pushedAtMs,
        findings,
        scannedAtMs: pushedAtMs + ctx.clock.scaledMs(SCAN_MS),
      };
      if (!known) images.put(keyOf(record), record);
      if (tag !== undefined) moveTag(record, tag);
    },

    clear() {
      images.clear();
      repositories.clear();
    },
    isEmpty: () => repositories.list().length === 0,
  };
}

/** What the manifest says its blobs take, bytes. */
function sizeOf(manifest: string): number {
  const { config, layers } = JSON.parse(manifest) as { config?: Blob; layers?: unknown };
  const blobs = [config, ...(Array.isArray(layers) ? (layers as Blob[]) : [])];
  return blobs.reduce((sum, blob) => sum + (Number(blob?.size) || 0), 0);
}

interface Blob {
  size?: unknown;
}
