import type { Release, SchemaChange } from '#lib/domain/release/release.ts';
import { VERSION_PATTERN } from '#lib/domain/release/release.ts';
import type { Database } from '../../data/database.ts';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

const PERSON = { select: { id: true, name: true } } as const;

/** Who registered it, and who found it bad, by name. */
export const RELEASE_INCLUDE = { registrant: PERSON, judge: PERSON } as const;

/** A release as it was registered, with the names of people. */
export interface ReleaseRecord extends Release {
  registrant: { id: string; name: string };
  /** Null: nobody, or a gate. */
  judge: { id: string; name: string } | null;
}

export interface ReleaseRow {
  version: string;
  digest: string;
  schema: string;
  schemaNote: string;
  notes: string;
  changeUrl: string | null;
  author: string;
  registeredBy: string;
  registeredAt: Date;
  badAt: Date | null;
  badBy: string | null;
  badReason: string | null;
  badOperation: string | null;
}

/** The release of that version, or null. */
export async function readRelease(database: Database, version: string): Promise<Release | null> {
  if (!VERSION_PATTERN.test(version)) return null;
  const row = await database.prisma.release.findUnique({ where: { version } });
  return row && toRelease(row);
}

/** Version of the newest release that is not marked bad, or null. */
export async function findNewestGood(context: VerbContext): Promise<string | null> {
  assertPermitted(context, 'read', {});
  const row = await context.database.prisma.release.findFirst({
    where: { badAt: null },
    select: { version: true },
    orderBy: [{ registeredAt: 'desc' }, { version: 'desc' }],
  });
  return row?.version ?? null;
}

/** One release with the names of its people; throws where it was never registered. */
export async function getRelease(context: VerbContext, version: string): Promise<ReleaseRecord> {
  assertPermitted(context, 'read', {});
  const row = VERSION_PATTERN.test(version)
    ? await context.database.prisma.release.findUnique({ where: { version }, include: RELEASE_INCLUDE })
    : null;
  if (!row)
    throw new NotFoundError(
      `There is no release ${version.slice(0, 60)}. GET /releases lists what there is.`,
    );
  return toRecord(row);
}

export function toRecord({
  registrant,
  judge,
  ...row
}: ReleaseRow & Pick<ReleaseRecord, 'registrant' | 'judge'>): ReleaseRecord {
  return { ...toRelease(row), registrant, judge };
}

function toRelease(row: ReleaseRow): Release {
  return {
    version: row.version,
    digest: row.digest,
    // The table's check holds it to these.
    schema: row.schema as SchemaChange,
    schemaNote: row.schemaNote,
    notes: row.notes,
    changeUrl: row.changeUrl,
    author: row.author,
    registeredBy: row.registeredBy,
    registeredAt: row.registeredAt.toISOString(),
    bad:
      row.badAt === null
        ? null
        : {
            at: row.badAt.toISOString(),
            by: row.badBy,
            reason: row.badReason ?? '',
            operation: row.badOperation,
          },
  };
}
