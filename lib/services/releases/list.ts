import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { mayClear, mayMarkBad, type Release, type ReleaseRule } from '#lib/domain/release/release.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, ReleaseCursor } from '../cursor.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { getRelease, RELEASE_INCLUDE, type ReleaseRecord, toRecord } from './read.ts';
import { type ReleaseStanding, readStandings } from './standing.ts';

export const ListReleasesInput = z.strictObject({
  state: z.enum(['all', 'good', 'bad']).default('all'),
  cursor: ReleaseCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface ReleaseDetail extends ReleaseRecord, ReleaseStanding {
  /** What the reader may do with it now. */
  may: { markBad: ReleaseRule; clear: ReleaseRule };
}

/** Releases, newest first, a page at a time by keyset, with where each stands now. */
export async function listReleases(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: ReleaseDetail[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const { state, cursor, limit } = parseInput(ListReleasesInput, raw);
  const rows = await context.database.prisma.release.findMany({
    where: {
      ...(state === 'all' ? {} : { badAt: state === 'bad' ? { not: null } : null }),
      ...(cursor
        ? {
            OR: [
              { registeredAt: { lt: cursor.at } },
              { registeredAt: cursor.at, version: { lt: cursor.id } },
            ],
          }
        : {}),
    },
    include: RELEASE_INCLUDE,
    orderBy: [{ registeredAt: 'desc' }, { version: 'desc' }],
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: await withStandings(context, page.map(toRecord)),
    nextCursor: rows.length > limit && last ? encodeCursor(last.registeredAt, last.version) : null,
  };
}

/** One release, where it stands now and what the reader may do with it. */
export async function getReleaseDetail(context: VerbContext, version: string): Promise<ReleaseDetail> {
  const release = await getRelease(context, version);
  const [detail] = await withStandings(context, [release]);
  if (!detail) throw new Error(`${version} has no standing.`);
  return detail;
}

async function withStandings(
  context: VerbContext,
  releases: readonly ReleaseRecord[],
): Promise<ReleaseDetail[]> {
  const standings = await readStandings(context, releases);
  return releases.flatMap((release) => {
    const standing = standings.get(release.version);
    return standing ? [{ ...release, ...standing, may: mayDo(context, release) }] : [];
  });
}

function mayDo({ actor }: VerbContext, release: Release): ReleaseDetail['may'] {
  const granted = (action: 'release.mark-bad' | 'release.clear'): ReleaseRule | null => {
    const permission = permits(actor.grants, action);
    return permission.allowed ? null : permission;
  };
  return {
    markBad: granted('release.mark-bad') ?? mayMarkBad(release),
    clear: granted('release.clear') ?? mayClear(release, actor.personId),
  };
}
