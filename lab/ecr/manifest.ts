import { createHash } from 'node:crypto';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const LAYERS = [31_457_280, 18_874_368, 9_437_184];

/** As every registry has it: the SHA-256 of the manifest's bytes. */
export function digestOf(manifest: string): string {
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

/**
 * The manifest of one build of a version. The same build has the same bytes, and so the same digest, wherever it is pushed;
 * another one differs.
 */
export function manifestOf(repository: string, version: string, build = 0): string {
  const blob = (part: string) => digestOf(`${repository}:${version}:${build}:${part}`);
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: blob('config'), size: 7_023 },
    layers: LAYERS.map((size, i) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: blob(`layer ${i}`),
      size,
    })),
    annotations: { 'org.opencontainers.image.version': version },
  });
}
