import type { PullCheck } from '#lab/kubernetes/kubelet/images.ts';
import type { Registry } from './records.ts';

const HOSTED = /^\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\//;
const REFERENCE = /^(?<repository>[^@:]+)(?::(?<tag>[^@]+))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/**
 * A Region's cluster pulls what that Region's registry has, or the one that the image's host names. Images of repositories
 * that are in none are somebody else's, and are there.
 */
export function createPullCheck(registry: Registry): PullCheck {
  return (image, region) => {
    const from = HOSTED.exec(image)?.[1] ?? region;
    const { repository = '', tag, digest } = REFERENCE.exec(image.replace(HOSTED, ''))?.groups ?? {};
    if (!registry.findRepository(from, repository)) return undefined;
    const found = digest
      ? registry.byDigest(from, repository, digest)
      : registry.byTag(from, repository, tag ?? 'latest');
    return found ? undefined : `${image}: not found`;
  };
}
