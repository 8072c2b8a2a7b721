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
  if (observations) return observations();
  const rows: ObservationRow[] = await database.prisma.observation.findMany({
    ...(kinds ? { where: { kind: { in: [...kinds] } } } : {}),
    select: { region: true, kind: true, name: true, value: true, observedAt: true, error: true },
    orderBy: [{ region: 'asc' }, { kind: 'asc' }, { name: 'asc' }],
  });
  // Looked up thousands of times for one page of many Regions, so each is made once.
  const found = new Map<string, SeenRow[]>();
  for (const row of rows) {
    const key = `${row.region} ${row.kind}`;
    const seen = { name: row.name, observed: toObserved(row) };
    const others = found.get(key);
    if (others) others.push(seen);
    else found.set(key, [seen]);
  }
  const rowsOf = (region: string, kind: string) => found.get(`${region} ${kind}`) ?? [];
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
