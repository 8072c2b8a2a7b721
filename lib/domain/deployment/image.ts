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
  const registry = registryOf(source);
  return registry ? source.slice(registry.length + 1) : source;
}

/**
 * The image in the registry that the Region's pods come from: the host that stands before the live image's repository
 * (`123456789012.dkr.ecr.eu-west-1.amazonaws.com/`), before one that names none.
 */
export function imageBeside(live: string, wanted: string): string {
  if (registryOf(wanted)) return wanted;
  const registry = registryOf(live);
  return registry ? `${registry}/${wanted}` : wanted;
}

/** As container runtimes read it: what stands before the first slash is a host if it has a dot or a port. */
function registryOf(image: string): string | null {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : null;
}
