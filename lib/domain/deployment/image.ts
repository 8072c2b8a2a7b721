/** `registry.example/ecommerce/shop` of `registry.example/ecommerce/shop:v2@sha256:…`: where an image is pulled from. */
export function imageSource(image: string): string {
  const [named = ''] = image.split('@');
  return named.replace(/:[^/:]+$/, '');
}

/** The same source with another digest: what a colour gets is pinned, whatever its tags say (aws-facts R-18). */
export function pinnedImage(image: string, digest: string): string {
  return `${imageSource(image)}@${digest}`;
}

/** `sha256:…` of a pinned image; null where only a tag names it. */
export function digestOf(image: string): string | null {
  return image.includes('@') ? (image.split('@')[1] ?? null) : null;
}

/** The repository without the registry that holds it: `ecommerce/shop`. */
export function repositoryOf(image: string): string {
  const source = imageSource(image);
  const [host = '', ...path] = source.split('/');
  return path.length > 0 && /[.:]/.test(host) ? path.join('/') : source;
}
