import type { LabContext } from '#lab/kernel/context.ts';
import { digestOf, manifestOf, OCI_MANIFEST } from './manifest.ts';
import type { Registry } from './records.ts';
import { repositoryOf } from './seed.ts';

export interface Push {
  version: string;
  /** Absent: every Region. */
  regions?: readonly string[];
  /** Another build under the same tag, as somebody does who takes the tag's immutability off for a moment. */
  moved?: boolean;
}

export interface Pushed {
  version: string;
  digest: string;
  regions: string[];
}

/** What CI does after a build: the same image to the registries of these Regions. */
export function pushImage(ctx: LabContext, registry: Registry, { version, regions, moved }: Push): Pushed {
  const repository = repositoryOf(ctx);
  const codes = ctx.estate.regions.map(({ code }) => code);
  const targets = codes.filter((code) => regions?.includes(code) ?? true);
  const build = moved ? firstUnused(registry, { repository, version, codes }) : 0;
  const manifest = manifestOf(repository, version, build);
  const digest = digestOf(manifest);
  for (const region of targets)
    registry.put({ region, repository, digest, manifest, mediaType: OCI_MANIFEST, tag: version });
  return { version, digest, regions: targets };
}

/** The number of a build that no Region has. */
function firstUnused(
  registry: Registry,
  { repository, version, codes }: { repository: string; version: string; codes: string[] },
): number {
  let build = 1;
  const isThere = () => {
    const digest = digestOf(manifestOf(repository, version, build));
    return codes.some((region) => registry.byDigest(region, repository, digest));
  };
  while (isThere()) build += 1;
  return build;
}
