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
  const byKey = Map.groupBy(rows, (row) => `${row.region} ${row.kind}`);
  return {
    of: (region, kind) => toObserved(byKey.get(`${region} ${kind}`)?.[0]),
    named: (region, kind, name) =>
      toObserved(byKey.get(`${region} ${kind}`)?.find((row) => row.name === name)),
    all: (region, kind) =>
      (byKey.get(`${region} ${kind}`) ?? []).map((row) => ({
        ...toObserved<typeof kind>(row),
        name: row.name,
      })),
  };
}

/** The collectors are the only writers and write the kind's shape, so the stored JSON is of that shape. */
function toObserved<K extends ObservationKind>(
  row: ObservationRow | undefined,
): Observed<ObservationValues[K]> {
  if (!row) return { value: null, observedAt: null, error: 'not observed yet' };
  return {
    value: row.value as ObservationValues[K] | null,
    observedAt: row.observedAt?.toISOString() ?? null,
    error: row.error,
  };
}
