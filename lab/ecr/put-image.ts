import type { PutImageCommandInput } from '@aws-sdk/client-ecr';
import { digestDiffers, imageExists, invalidParameter, tagExists, tooManyImages } from './faults.ts';
import { requireTag } from './identifiers.ts';
import { digestOf, OCI_MANIFEST } from './manifest.ts';
import type { ImageRecord, Registry, RepositoryRecord } from './records.ts';

const LONGEST_MANIFEST = 4_194_304;
/** A limit of the lab: everything is kept in memory. */
const MOST_IMAGES = 500;

/** Takes a manifest as it is: there are no layers in the lab, so none can be missing. */
export function putImage(
  registry: Registry,
  repository: RepositoryRecord,
  registryId: string,
  input: PutImageCommandInput,
): ImageRecord {
  const { imageManifest: manifest, imageTag, imageDigest } = input;
  const mediaType = mediaTypeOf(manifest, input.imageManifestMediaType);
  const { region, name } = repository;
  const tag = imageTag === undefined ? undefined : requireTag(imageTag);
  const digest = digestOf(manifest ?? '');
  if (imageDigest !== undefined && imageDigest !== digest) throw digestDiffers(imageDigest, digest);
  const known = registry.byDigest(region, name, digest);
  if (known && (tag === undefined || known.tags.includes(tag)))
    throw imageExists(digest, tag, name, registryId);
  if (tag !== undefined && repository.immutableTags && registry.byTag(region, name, tag))
    throw tagExists(tag, name);
  if (!known && registry.within(region, name).length >= MOST_IMAGES) throw tooManyImages(name);
  registry.put({ region, repository: name, digest, manifest: manifest ?? '', mediaType, tag });
  const put = registry.byDigest(region, name, digest);
  if (!put) throw new Error(`${name}@${digest} was put and is not there.`);
  return put;
}

function mediaTypeOf(manifest: string | undefined, given: string | undefined): string {
  if (!manifest || manifest.length > LONGEST_MANIFEST)
    throw invalidParameter('imageManifest', `Member must have length between 1 and ${LONGEST_MANIFEST}`);
  const said = parse(manifest).mediaType;
  if (given !== undefined && typeof said === 'string' && said !== given)
    throw invalidParameter('ImageManifest', 'Manifest media type does not match the provided one');
  return given ?? (typeof said === 'string' ? said : OCI_MANIFEST);
}

function parse(manifest: string): Record<string, unknown> {
  const invalid = () => invalidParameter('ImageManifest', 'Invalid JSON syntax');
  let document: unknown;
  try {
    document = JSON.parse(manifest);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid();
    throw error;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw invalid();
  return document as Record<string, unknown>;
}
