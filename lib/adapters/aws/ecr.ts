import { DescribeImagesCommand, type ImageDetail, type ImageIdentifier } from '@aws-sdk/client-ecr';
import type { DeploymentPort, RegistryImage } from '../../ports/deployment.ts';
import { isRefusal } from '../../ports/refusal.ts';
import type { InRegion, PortContext } from './port-context.ts';

export function imageCalls(context: PortContext): Pick<DeploymentPort, 'findImages'> {
  return {
    findImages: (code, repository, { digest, tags = [] }) =>
      context.read(`ECR DescribeImages of ${repository} in ${code}`, async (options) => {
        const wanted = [
          ...(digest === undefined ? [] : [{ imageDigest: digest }]),
          ...tags.map((imageTag) => ({ imageTag })),
        ];
        const place = { context, code, options };
        const found = await Promise.all(wanted.map((id) => findImage(place, repository, id)));
        const known = found.filter((image) => image !== null);
        return [...new Map(known.map((image) => [image.digest, image])).values()];
      }),
  };
}

/** One at a time: ECR refuses the whole question where one of several images is not there. */
async function findImage(
  { context, code, options }: InRegion,
  repositoryName: string,
  id: ImageIdentifier,
): Promise<RegistryImage | null> {
  try {
    const { imageDetails = [] } = await context.reading
      .ecr(code)
      .send(new DescribeImagesCommand({ repositoryName, imageIds: [id] }), options);
    const [image] = imageDetails;
    return image ? toRegistryImage(image) : null;
  } catch (error) {
    if (isRefusal(error, 'ImageNotFoundException')) return null;
    throw error;
  }
}

export function toRegistryImage(image: ImageDetail): RegistryImage {
  const { imageDigest, imageTags = [], imagePushedAt, imageScanStatus, imageScanFindingsSummary } = image;
  const { CRITICAL = 0, HIGH = 0 } = imageScanFindingsSummary?.findingSeverityCounts ?? {};
  return {
    digest: imageDigest ?? '',
    tags: [...imageTags].sort(),
    pushedAt: imagePushedAt?.toISOString() ?? null,
    scan: imageScanStatus?.status ? { status: imageScanStatus.status, critical: CRITICAL, high: HIGH } : null,
  };
}
