import { type Estate, findRegion } from '#lib/domain/estate/estate.ts';
import type { DatabaseObservation, ObservationValues } from '#lib/domain/observation/kinds.ts';
import type { PrimaryActivity } from '#lib/domain/replication/lag.ts';
import { createMetricBoard, type MetricBoard } from './metric-board.ts';
import type { StoredValue } from './store.ts';

/** The database that a Region works with, as RDS described it last. */
export type FollowedDatabase = Pick<DatabaseObservation, 'instanceId' | 'role' | 'sourceArn' | 'endpoint'> & {
  /** Database that is logged in to; undefined where RDS does not say. */
  databaseName?: string;
};

/** What a Region's collectors tell each other: what one of them saw decides what another asks about. */
export interface RegionFacts {
  /** Undefined until RDS was asked; null where it has none that is not fenced. */
  database: FollowedDatabase | null | undefined;
  /** Names of security groups by id. */
  groupNames: ReadonlyMap<string, string>;
  /** What the database said of itself while it was a primary, and when. */
  primary: (PrimaryActivity & { atMs: number }) | null;
  /** Requests a second of the last minute. */
  requests: { perSecond: number; atMs: number } | null;
  /** The replication group that was taken for the application's: it stays so when it leaves its Global Datastore. */
  cacheGroup: string | null;
  board: MetricBoard;
}

/** All of it by Region, for as long as one collector is elected. */
export interface SharedFacts {
  of(region: string): RegionFacts;
}

export function createSharedFacts(): SharedFacts {
  const regions = new Map<string, RegionFacts>();
  return {
    of(region) {
      const known = regions.get(region) ?? {
        database: undefined,
        groupNames: new Map(),
        primary: null,
        requests: null,
        cacheGroup: null,
        board: createMetricBoard(),
      };
      regions.set(region, known);
      return known;
    },
  };
}

/** Begins with what an earlier collector stored last: of databases, the Region's own. */
export function recallFacts(shared: SharedFacts, estate: Estate, stored: readonly StoredValue[]): void {
  for (const { region, kind, name, value } of stored) {
    const facts = shared.of(region);
    if (kind === 'database' && name === findRegion(estate, region)?.database.instanceId)
      facts.database = value as ObservationValues['database'];
    if (kind === 'cache') facts.cacheGroup = (value as ObservationValues['cache']).replicationGroup;
  }
}
