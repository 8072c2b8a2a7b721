import { word } from './shell.ts';

/** One image of a registry; the registry refuses a question about several where one of them is not there. */
export function describeImageCommand(
  region: string,
  repository: string,
  image: { digest: string } | { tag: string },
): string {
  const id = 'digest' in image ? `imageDigest=${image.digest}` : `imageTag=${image.tag}`;
  return `aws ecr describe-images --region ${word(region)} --repository-name ${word(repository)} --image-ids ${word(id)}`;
}
