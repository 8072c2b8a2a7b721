import { createHash } from 'node:crypto';

export interface PullFault {
  reason: 'ErrImagePull' | 'InvalidImageName';
  message: string;
}

/** Why a Region cannot pull an image; undefined: it can. */
export type PullCheck = (image: string, region: string) => string | undefined;

const REFERENCE = /^[a-z0-9]+([._\-/:][a-z0-9]+)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/i;
const MISSING = /:does-not-exist\b/;

/** Images named `…:does-not-exist` are in no registry; a reference that cannot be read is no image. */
export function pullFault(
  image: string,
  region: string,
  check: PullCheck | undefined,
): PullFault | undefined {
  if (!REFERENCE.test(image)) {
    return {
      reason: 'InvalidImageName',
      message: `Failed to apply default image tag "${image}": couldn't parse image name`,
    };
  }
  const missing = MISSING.test(image) ? `${image}: not found` : check?.(image, region);
  if (!missing) return undefined;
  return { reason: 'ErrImagePull', message: `failed to pull and unpack image "${image}": ${missing}` };
}

/** The digest a registry would have answered. */
export function imageId(image: string): string {
  if (image.includes('@sha256:')) return image;
  return `${image.replace(/:[^/:]+$/, '')}@sha256:${createHash('sha256').update(image).digest('hex')}`;
}
