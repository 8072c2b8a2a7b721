import { randomBytes } from 'node:crypto';
import type { BatchGetImageCommandInput, ImageFailure, ImageIdentifier } from '@aws-sdk/client-ecr';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { PullCheck } from '#lab/kubernetes/kubelet/images.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { imageNotFound, invalidParameter, repositoryNotFound, scanNotFound } from './faults.ts';
import { findImage, requireCount, requireId, requireIds, requireName } from './identifiers.ts';
import { paged } from './paging.ts';
import { createPullCheck } from './pull.ts';
import { type Push, type Pushed, pushImage } from './push.ts';
import { putImage } from './put-image.ts';
import { createRegistry, type ImageRecord, type RepositoryRecord } from './records.ts';
import { seedRegistry } from './seed.ts';
import { isScanned, scanStatus, showFindings, showImage, showRepository } from './views.ts';

export type { Push, Pushed } from './push.ts';

/** Far below AWS' quotas: tight enough that a client which polls without pause is refused. */
const RATE = { burst: 100, perSecond: 20 };
/** An authorization token is good for so long. */
const TOKEN_MS = 12 * 3_600_000;

export interface Ecr {
  service: AwsService;
  part: LabPart;
  /** Whether a Region's cluster can have an image. */
  canPull: PullCheck;
  push(push: Push): Pushed;
}

/** Each Region's private registry: the shop's repository and what was pushed to it. The SDK's client is loaded with the first call. */
export function createEcr(ctx: LabContext): Ecr {
  const registry = createRegistry(ctx);
  const { account } = ctx.estate;
  if (registry.isEmpty()) seedRegistry(ctx, registry);

  /** Another account's registry has no repository that could be seen from here. */
  function repositoryIn(
    region: string,
    { repositoryName, registryId }: { repositoryName?: string; registryId?: string },
  ): RepositoryRecord {
    const name = requireName(repositoryName);
    if (registryId !== undefined && !/^\d{12}$/.test(registryId))
      throw invalidParameter('registryId', "must satisfy regular expression '[0-9]{12}'");
    const found =
      registryId === undefined || registryId === account ? registry.findRepository(region, name) : undefined;
    if (!found) throw repositoryNotFound(name, registryId ?? account);
    return found;
  }

  function imageOf(repository: RepositoryRecord, id: ImageIdentifier): ImageRecord {
    const image = findImage(registry, repository, id);
    if (!image) throw imageNotFound(id, repository.name, account);
    return image;
  }

  function withTagStatus(repository: RepositoryRecord, tagStatus = 'ANY'): ImageRecord[] {
    const images = registry.within(repository.region, repository.name);
    switch (tagStatus) {
      case 'ANY':
        return images;
      case 'TAGGED':
        return images.filter(({ tags }) => tags.length > 0);
      case 'UNTAGGED':
        return images.filter(({ tags }) => tags.length === 0);
      default:
        throw invalidParameter('filter.tagStatus', 'must be one of TAGGED, UNTAGGED, ANY');
    }
  }

  const service = defineService({
    clientName: 'ECRClient',
    loadModule: () => import('@aws-sdk/client-ecr'),
    signingName: 'ecr',
    throttle: { account: RATE },
    handlers: {
      DescribeRepositories(input, { region }) {
        const { repositoryNames } = input;
        if (repositoryNames) {
          if (input.maxResults !== undefined || input.nextToken !== undefined)
            throw invalidParameter('repositoryNames', 'cannot be used with maxResults or nextToken');
          const named = repositoryNames.map((repositoryName) =>
            repositoryIn(region, { repositoryName, registryId: input.registryId }),
          );
          return { repositories: named.map((one) => showRepository(one, account)) };
        }
        const { page, nextToken } = paged(registry.repositoriesIn(region), input);
        return { repositories: page.map((one) => showRepository(one, account)), nextToken };
      },

      DescribeImages(input, { region }) {
        const repository = repositoryIn(region, input);
        const show = (image: ImageRecord) => showImage(image, account, ctx.clock.now());
        if (input.imageIds) {
          if (input.maxResults !== undefined || input.nextToken !== undefined)
            throw invalidParameter('imageIds', 'cannot be used with maxResults or nextToken');
          const found = requireIds(input.imageIds).map((id) => imageOf(repository, id));
          return { imageDetails: [...new Set(found)].map(show) };
        }
        const { page, nextToken } = paged(withTagStatus(repository, input.filter?.tagStatus), input);
        return { imageDetails: page.map(show), nextToken };
      },

      ListImages(input, { region }) {
        const repository = repositoryIn(region, input);
        const ids = withTagStatus(repository, input.filter?.tagStatus).flatMap(({ digest, tags }) =>
          tags.length > 0
            ? tags.map((imageTag) => ({ imageDigest: digest, imageTag }))
            : [{ imageDigest: digest }],
        );
        const { page, nextToken } = paged(ids, input);
        return { imageIds: page, nextToken };
      },

      BatchGetImage(input, { region }) {
        const repository = repositoryIn(region, input);
        return batchGet(repository, input);
      },

      PutImage(input, { region }) {
        const repository = repositoryIn(region, input);
        const image = putImage(registry, repository, account, input);
        return { image: showManifest(image, input.imageTag) };
      },

      PutImageTagMutability(input, { region }) {
        const repository = repositoryIn(region, input);
        const { imageTagMutability } = input;
        if (imageTagMutability !== 'IMMUTABLE' && imageTagMutability !== 'MUTABLE')
          throw invalidParameter('imageTagMutability', 'must be one of MUTABLE, IMMUTABLE');
        registry.putRepository({ ...repository, immutableTags: imageTagMutability === 'IMMUTABLE' });
        return { registryId: account, repositoryName: repository.name, imageTagMutability };
      },

      DescribeImageScanFindings(input, { region }) {
        const repository = repositoryIn(region, input);
        const id = requireId(input.imageId);
        const image = imageOf(repository, id);
        const now = ctx.clock.now();
        if (!isScanned(image, now)) throw scanNotFound(id, repository.name, account);
        const { page, nextToken } = paged(showFindings(image), input);
        return {
          registryId: account,
          repositoryName: repository.name,
          imageId: { imageDigest: image.digest, imageTag: id.imageTag },
          imageScanStatus: scanStatus(image, now),
          imageScanFindings: {
            imageScanCompletedAt: new Date(image.scannedAtMs),
            vulnerabilitySourceUpdatedAt: new Date(image.scannedAtMs),
            findingSeverityCounts: image.findings,
            findings: page,
          },
          nextToken,
        };
      },

      /** A token as Docker takes it; no registry of Docker's own API stands behind the endpoint. */
      GetAuthorizationToken(_, { region }) {
        const password = randomBytes(48).toString('base64url');
        return {
          authorizationData: [
            {
              authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
              expiresAt: new Date(ctx.clock.now() + TOKEN_MS),
              proxyEndpoint: `https://${account}.dkr.ecr.${region}.amazonaws.com`,
            },
          ],
        };
      },
    },
  });

  function showManifest(image: ImageRecord, imageTag: string | undefined) {
    return {
      registryId: account,
      repositoryName: image.repository,
      imageId: { imageDigest: image.digest, imageTag },
      imageManifest: image.manifest,
      imageManifestMediaType: image.mediaType,
    };
  }

  /** What is not there is told beside what is. */
  function batchGet(repository: RepositoryRecord, { imageIds }: BatchGetImageCommandInput) {
    const failures: ImageFailure[] = [];
    const images = requireCount(imageIds).flatMap((imageId) => {
      const failure = failureOf(registry.within(repository.region, repository.name), imageId);
      if (failure) failures.push({ imageId, ...failure });
      const image = failure ? undefined : findImage(registry, repository, imageId);
      return image ? [showManifest(image, imageId.imageTag)] : [];
    });
    return { images, failures };
  }

  return {
    service,
    canPull: createPullCheck(registry),
    push: (push) => pushImage(ctx, registry, push),
    part: {
      async reset() {
        registry.clear();
        seedRegistry(ctx, registry);
      },
      async close() {},
    },
  };
}

function failureOf(
  images: readonly ImageRecord[],
  { imageDigest, imageTag }: ImageIdentifier,
): Pick<ImageFailure, 'failureCode' | 'failureReason'> | undefined {
  if (imageDigest === undefined && imageTag === undefined) {
    return {
      failureCode: 'MissingDigestAndTag',
      failureReason: 'Invalid request parameters: both tag and digest cannot be null',
    };
  }
  const byDigest = images.find(({ digest }) => digest === imageDigest);
  const byTag = images.find(({ tags }) => imageTag !== undefined && tags.includes(imageTag));
  if (imageDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(imageDigest))
    return { failureCode: 'InvalidImageDigest', failureReason: 'Invalid request parameters: image digest' };
  if (imageDigest !== undefined && imageTag !== undefined && byDigest && byDigest !== byTag) {
    return {
      failureCode: 'ImageTagDoesNotMatchDigest',
      failureReason: 'The image tag does not refer to the image digest',
    };
  }
  const found = imageDigest === undefined ? byTag : byDigest;
  return found ? undefined : { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
}
