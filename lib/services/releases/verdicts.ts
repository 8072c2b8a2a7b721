import type { Release } from '#lib/domain/release/release.ts';
import type { Database } from '../../data/database.ts';

/** Image, verdict and time of registration of those of these versions that were registered. */
export async function readVerdicts(
  database: Database,
  versions: readonly string[],
): Promise<Pick<Release, 'version' | 'digest' | 'bad' | 'registeredAt'>[]> {
  if (versions.length === 0) return [];
  const rows = await database.prisma.release.findMany({
    where: { version: { in: [...versions] } },
    select: {
      version: true,
      digest: true,
      registeredAt: true,
      badAt: true,
      badBy: true,
      badReason: true,
      badOperation: true,
    },
  });
  return rows.map(({ version, digest, registeredAt, badAt, badBy, badReason, badOperation }) => ({
    version,
    digest,
    registeredAt: registeredAt.toISOString(),
    bad: badAt && { at: badAt.toISOString(), by: badBy, reason: badReason ?? '', operation: badOperation },
  }));
}
