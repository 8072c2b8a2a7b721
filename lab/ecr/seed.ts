import type { LabContext } from '#lab/kernel/context.ts';
import { digestOf, manifestOf, OCI_MANIFEST } from './manifest.ts';
import type { ImageRecord, Registry } from './records.ts';

/** The shop's repository where the estate names none. */
const SHOP_REPOSITORY = 'ecommerce/shop';
const DAY_MS = 86_400_000;

/** What the shop runs when the lab is first seen, and what its idle colour was before. */
export const LIVE_VERSION = 'v1.9.0';
export const PREVIOUS_VERSION = 'v1.8.0';

/** Pushed to every Region before the lab was first seen, the oldest first. */
const PUSHED: { version: string; daysAgo: number; findings: ImageRecord['findings'] }[] = [
  { version: PREVIOUS_VERSION, daysAgo: 45, findings: { HIGH: 2, MEDIUM: 7 } },
  { version: LIVE_VERSION, daysAgo: 21, findings: { MEDIUM: 5, LOW: 3 } },
  { version: 'v2.0.0', daysAgo: 3, findings: { MEDIUM: 4, LOW: 2 } },
  { version: 'v2.1.0', daysAgo: 2, findings: { MEDIUM: 4, LOW: 2 } },
  { version: 'v2.2.0', daysAgo: 1, findings: { MEDIUM: 3 } },
];

/** The image of a version as every Region got it, pinned by digest. */
export function shopImage(version: string, repository = SHOP_REPOSITORY): string {
  return `${repository}@${shopDigest(version, repository)}`;
}

/** The digest of that image. */
export function shopDigest(version: string, repository = SHOP_REPOSITORY): string {
  return digestOf(manifestOf(repository, version));
}

export function repositoryOf(ctx: LabContext): string {
  return ctx.estate.registry?.repository ?? SHOP_REPOSITORY;
}

/** One repository in each Region, its tags immutable, with the same images everywhere. */
export function seedRegistry(ctx: LabContext, registry: Registry): void {
  const name = repositoryOf(ctx);
  const now = ctx.clock.now();
  for (const { code: region } of ctx.estate.regions) {
    registry.putRepository({
      region,
      name,
      arn: `arn:aws:ecr:${region}:${ctx.estate.account}:repository/${name}`,
      immutableTags: true,
      createdAtMs: now - 400 * DAY_MS,
    });
    for (const { version, daysAgo, findings } of PUSHED) {
      const manifest = manifestOf(name, version);
      registry.put({
        region,
        repository: name,
        digest: digestOf(manifest),
        manifest,
        mediaType: OCI_MANIFEST,
        tag: version,
        findings,
        pushedAtMs: now - daysAgo * DAY_MS,
      });
    }
  }
}
