import type { ObservationKind, ObservationValues, Observed } from '#lib/domain/observation/kinds.ts';
import type { Database } from '../../data/database.ts';

interface ObservationRow {
  region: string;
  kind: string;
  name: string;
  value: unknown;
  observedAt: Date | null;
  error: string | null;
}

/** Every stored observation of one moment, looked up by Region and kind. */
export interface ObservationSet {
  /** The one observation of that kind in the Region, where there is no more than one; never seen, when there is none. */
  of<K extends ObservationKind>(region: string, kind: K): Observed<ObservationValues[K]>;
  /** The one of that name: the shop of one environment among those of all. */
  named<K extends ObservationKind>(region: string, kind: K, name: string): Observed<ObservationValues[K]>;
  /** All of that kind in the Region, by name. */
  all<K extends ObservationKind>(
    region: string,
    kind: K,
  ): (Observed<ObservationValues[K]> & { name: string })[];
}

/** Where observations are read from: the database, or a reading that its caller shares with others. */
export interface ObservationSource {
  database: Database;
  observations?: () => Promise<ObservationSet>;
}

/** The latest of everything, or at least of these kinds: a few rows a Region, one indexed read. */
export async function readObservations(
  { database, observations }: ObservationSource,
  kinds?: readonly ObservationKind[],
): Promise<ObservationSet> {
  return observations ? observations() : observationSet(await readSeen(database, { kinds }));
}

/** What was last seen, by Region and kind, each in the order of its names. */
export type SeenByRegion = ReadonlyMap<string, ReadonlyMap<string, readonly SeenRow[]>>;

/** Of these kinds or Regions alone, where they are given. */
export async function readSeen(
  { pool }: Pick<Database, 'pool'>,
  { kinds, regions }: { kinds?: readonly ObservationKind[] | undefined; regions?: readonly string[] },
): Promise<SeenByRegion> {
  const { rows } = await pool.query<ObservationRow>({
    name: 'observations',
    text: `select region, kind, name, value, observed_at as "observedAt", error from observation
            where ($1::text[] is null or kind = any ($1)) and ($2::text[] is null or region = any ($2))
            order by region, kind, name`,
    values: [kinds ?? null, regions ?? null],
  });
  const seen = new Map<string, Map<string, SeenRow[]>>();
  for (const row of rows) {
    const ofRegion = seen.get(row.region) ?? new Map<string, SeenRow[]>();
    seen.set(row.region, ofRegion);
    const named = ofRegion.get(row.kind) ?? [];
    ofRegion.set(row.kind, named);
    named.push({ name: row.name, observed: toObserved(row) });
  }
  return seen;
}

/** By Region what changes with each write of one of its rows: cheap beside the rows themselves, which are large. */
export async function readVersions({ pool }: Pick<Database, 'pool'>): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ region: string; version: string }>({
    name: 'observation-versions',
    // A write makes another row of it, at another place and by another transaction.
    text: `select region, sum(hashtextextended(ctid::text || xmin::text, 0))::text as version
             from observation group by region`,
  });
  return new Map(rows.map(({ region, version }) => [region, version]));
}

/** Looks up what was seen, thousands of times for one page of many Regions: nothing is made anew for that. */
export function observationSet(seen: SeenByRegion): ObservationSet {
  const rowsOf = (region: string, kind: string) => seen.get(region)?.get(kind) ?? [];
  return {
    of: (region, kind) => ofKind<typeof kind>(rowsOf(region, kind)[0]),
    named: (region, kind, name) => ofKind<typeof kind>(rowsOf(region, kind).find((row) => row.name === name)),
    all: (region, kind) =>
      rowsOf(region, kind).map((row) => ({ ...ofKind<typeof kind>(row), name: row.name })),
  };
}

interface SeenRow {
  name: string;
  observed: Observed<unknown>;
}

const NOT_YET: Observed<never> = { value: null, observedAt: null, error: 'not observed yet' };

/** The collectors are the only writers and write the kind's shape, so the stored JSON is of that shape. */
function ofKind<K extends ObservationKind>(row: SeenRow | undefined): Observed<ObservationValues[K]> {
  return row ? (row.observed as Observed<ObservationValues[K]>) : NOT_YET;
}

function toObserved({ value, observedAt, error }: ObservationRow): Observed<unknown> {
  return { value, observedAt: observedAt?.toISOString() ?? null, error };
}
