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
  /** The one observation of that kind in the Region; never seen, when there is none. */
  of<K extends ObservationKind>(region: string, kind: K): Observed<ObservationValues[K]>;
  /** All of that kind in the Region, by name. */
  all<K extends ObservationKind>(
    region: string,
    kind: K,
  ): (Observed<ObservationValues[K]> & { name: string })[];
}

/** Reads the latest of everything: a few rows a Region, one indexed read. */
export async function readObservations(database: Database): Promise<ObservationSet> {
  const rows: ObservationRow[] = await database.prisma.observation.findMany({
    select: { region: true, kind: true, name: true, value: true, observedAt: true, error: true },
    orderBy: [{ region: 'asc' }, { kind: 'asc' }, { name: 'asc' }],
  });
  const byKey = Map.groupBy(rows, (row) => `${row.region} ${row.kind}`);
  return {
    of: (region, kind) => toObserved(byKey.get(`${region} ${kind}`)?.[0]),
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
