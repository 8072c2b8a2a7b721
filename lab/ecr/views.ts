import type { ImageDetail, ImageScanFinding, ImageScanStatus, Repository } from '@aws-sdk/client-ecr';
import type { ImageRecord, RepositoryRecord, Severity } from './records.ts';

export function showRepository(record: RepositoryRecord, registryId: string): Repository {
  const { region, name, arn, immutableTags, createdAtMs } = record;
  return {
    repositoryArn: arn,
    registryId,
    repositoryName: name,
    repositoryUri: `${registryId}.dkr.ecr.${region}.amazonaws.com/${name}`,
    createdAt: new Date(createdAtMs),
    imageTagMutability: immutableTags ? 'IMMUTABLE' : 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
}

export function showImage(image: ImageRecord, registryId: string, nowMs: number): ImageDetail {
  const scanned = isScanned(image, nowMs);
  return {
    registryId,
    repositoryName: image.repository,
    imageDigest: image.digest,
    // ECR leaves out the member where there are none.
    imageTags: image.tags.length > 0 ? image.tags : undefined,
    imageSizeInBytes: image.sizeBytes,
    imagePushedAt: new Date(image.pushedAtMs),
    imageManifestMediaType: image.mediaType,
    imageScanStatus: scanStatus(image, nowMs),
    imageScanFindingsSummary: scanned
      ? {
          imageScanCompletedAt: new Date(image.scannedAtMs),
          vulnerabilitySourceUpdatedAt: new Date(image.scannedAtMs),
          findingSeverityCounts: image.findings,
        }
      : undefined,
  };
}

export function scanStatus(image: ImageRecord, nowMs: number): ImageScanStatus {
  return isScanned(image, nowMs)
    ? { status: 'COMPLETE', description: 'The scan was completed successfully.' }
    : { status: 'IN_PROGRESS', description: 'The scan is in progress.' };
}

export function isScanned({ scannedAtMs }: ImageRecord, nowMs: number): boolean {
  return nowMs >= scannedAtMs;
}

/** Named by their number: the lab knows counts, not vulnerabilities. */
export function showFindings({ findings, digest }: ImageRecord): ImageScanFinding[] {
  const counts = Object.entries(findings) as [Severity, number][]; // the record's own keys
  return counts.flatMap(([severity, count]) =>
    Array.from({ length: count }, (_, i) => ({
      name: `LAB-${severity}-${digest.slice(7, 13)}-${i + 1}`,
      description: 'Modelled by the lab.',
      severity,
      attributes: [{ key: 'package_name', value: 'modelled' }],
    })),
  );
}
