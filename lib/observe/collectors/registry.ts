import { DescribeImagesCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { MOST_REGISTRY_IMAGES } from '#lib/domain/observation/kinds.ts';
import { toRegistryImage } from '../../adapters/aws/ecr.ts';
import { allPages } from '../../adapters/aws/pages.ts';
import { type CollectContext, type Collector, regionOf } from '../collector.ts';
import { regional } from './regional.ts';

/** The largest page that ECR gives. */
const PAGE = 1_000;

/** The application's images in the Region's registry; none where the estate names no repository. */
export function registryCollectors({ registry }: Estate): Collector[] {
  if (!registry) return [];
  const { repository } = registry;
  return [
    regional({
      service: 'ecr',
      kind: 'registry',
      name: repository,
      async read(context) {
        const [immutableTags, images] = await Promise.all([
          hasImmutableTags(context, repository),
          listImages(context, repository),
        ]);
        const newest = images.map(toRegistryImage).sort(byPush).slice(0, MOST_REGISTRY_IMAGES);
        return { repository, immutableTags, images: newest };
      },
    }),
  ];
}

async function hasImmutableTags(context: CollectContext, repository: string): Promise<boolean> {
  const { repositories = [] } = await context.clients
    .ecr(regionOf(context).code)
    .send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }));
  return repositories[0]?.imageTagMutability === 'IMMUTABLE';
}

function listImages(context: CollectContext, repositoryName: string) {
  const ecr = context.clients.ecr(regionOf(context).code);
  return allPages((nextToken) =>
    ecr
      .send(new DescribeImagesCommand({ repositoryName, maxResults: PAGE, nextToken }))
      .then((page) => ({ items: page.imageDetails, next: page.nextToken })),
  );
}

function byPush(a: { pushedAt: string | null }, b: { pushedAt: string | null }): number {
  return (b.pushedAt ?? '').localeCompare(a.pushedAt ?? '');
}
