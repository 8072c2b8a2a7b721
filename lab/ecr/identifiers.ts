import type { ImageIdentifier } from '@aws-sdk/client-ecr';
import { invalidParameter } from './faults.ts';
import type { ImageRecord, Registry, RepositoryRecord } from './records.ts';

const REPOSITORY = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;
const MOST_IDS = 100;

/** As the service checks a name before it looks it up. */
export function requireName(name: string | undefined): string {
  if (name === undefined || name.length < 2 || name.length > 256 || !REPOSITORY.test(name))
    throw invalidParameter('repositoryName', `must satisfy regular expression '${REPOSITORY.source}'`);
  return name;
}

export function requireTag(tag: string): string {
  if (!TAG.test(tag)) throw invalidParameter('imageTag', `must satisfy regular expression '${TAG.source}'`);
  return tag;
}

/** Image ids as a call may give them: 1–100, each with a digest or a tag. */
export function requireIds(ids: readonly ImageIdentifier[] | undefined): readonly ImageIdentifier[] {
  return requireCount(ids).map(requireId);
}

/** The same, whatever each of them says. */
export function requireCount(ids: readonly ImageIdentifier[] | undefined): readonly ImageIdentifier[] {
  if (!ids || ids.length < 1 || ids.length > MOST_IDS)
    throw invalidParameter('imageIds', `Member must have length between 1 and ${MOST_IDS}`);
  return ids;
}

export function requireId(id: ImageIdentifier | undefined): ImageIdentifier {
  if (!id || (id.imageDigest === undefined && id.imageTag === undefined))
    throw invalidParameter('imageId', 'both imageTag and imageDigest cannot be null');
  if (id.imageDigest !== undefined && !DIGEST.test(id.imageDigest))
    throw invalidParameter('imageDigest', `must satisfy regular expression '${DIGEST.source}'`);
  return id;
}

/** The image that the id names; none where digest and tag are those of two. */
export function findImage(
  registry: Registry,
  { region, name }: RepositoryRecord,
  { imageDigest, imageTag }: ImageIdentifier,
): ImageRecord | undefined {
  const found =
    imageDigest === undefined
      ? registry.byTag(region, name, imageTag ?? '')
      : registry.byDigest(region, name, imageDigest);
  return imageTag === undefined || found?.tags.includes(imageTag) ? found : undefined;
}
