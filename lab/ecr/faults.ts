import type { ImageIdentifier } from '@aws-sdk/client-ecr';
import { AwsFault } from '#lab/wire/service.ts';

export const invalidParameter = (parameter: string, constraint: string) =>
  new AwsFault(
    'InvalidParameterException',
    `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`,
  );

export const repositoryNotFound = (name: string, registryId: string) =>
  new AwsFault(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
  );

export const imageNotFound = (id: ImageIdentifier, name: string, registryId: string) =>
  new AwsFault(
    'ImageNotFoundException',
    `The image with imageId {imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'} does not exist within the repository with name '${name}' in the registry with id '${registryId}'`,
  );

export const scanNotFound = (id: ImageIdentifier, name: string, registryId: string) =>
  new AwsFault(
    'ScanNotFoundException',
    `Image scan does not exist for the image with '{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}' in the repository with name '${name}' in the registry with id '${registryId}'`,
  );

export const imageExists = (digest: string, tag: string | undefined, name: string, registryId: string) =>
  new AwsFault(
    'ImageAlreadyExistsException',
    `Image with digest '${digest}'${tag ? ` and tag '${tag}'` : ''} already exists in the repository with name '${name}' in registry with id '${registryId}'`,
  );

export const tagExists = (tag: string, name: string) =>
  new AwsFault(
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
  );

export const digestDiffers = (given: string, found: string) =>
  new AwsFault(
    'ImageDigestDoesNotMatchException',
    `The provided digest '${given}' does not match the calculated digest '${found}' of the image manifest.`,
  );

export const tooManyImages = (name: string) =>
  new AwsFault('LimitExceededException', `The repository '${name}' has reached the lab's limit of images.`);
