import {
  type LinkKey,
  linkId,
  type ObservationKind,
  staleAfterSeconds,
} from '#lib/domain/observation/kinds.ts';
import { databaseRole } from '#lib/domain/replication/role.ts';
import type { VerbContext } from '../context.ts';
import { type EstateState, isFresh, type RegionState } from '../regions/state.ts';

/** `idle`: the primary writes nothing, so a database's seconds grow though nothing is missing. `broken`: it does not copy. */
export type LinkStatus = 'ok' | 'idle' | 'warning' | 'critical' | 'broken' | 'unknown';

/** What every link says, whatever copies along it. */
export interface LinkBase {
  /** `us-east-1>eu-west-1:database` */
  id: string;
  from: string;
  to: string;
  status: LinkStatus;
  /** What the service says of it, in its own word: replicating, RUNNING, available; null when it says nothing. */
  state: string | null;
  /** Behind the source by so much; null when unknown. */
  seconds: number | null;
  observedAt: string | null;
  /** Why nothing newer is known; null when it is. */
  error: string | null;
  stale: boolean;
  targetSeconds: number | null;
  thresholds: { warning: number; critical: number | null };
}

/** What links of an environment are made from. */
export interface LinkSource {
  estate: VerbContext['estate'];
  now: Date;
  regions: readonly RegionState[];
  /** The Region that takes the orders, from where everything is to be copied; undefined where there is none. */
  writer: RegionState | undefined;
}

export function linkSource({ estate, now }: VerbContext, state: EstateState): LinkSource {
  const { regions, staleAfterSeconds: limit } = state;
  const primaries = regions.filter(
    ({ region, database }) => databaseRole(region, database.value) === 'primary',
  );
  // A lost primary is still called one by what was last seen of it.
  const writer = primaries.find(({ database }) => isFresh(database.observedAt, now, limit)) ?? primaries[0];
  return { estate, now, regions, writer };
}

/** The writer and the Regions it is to be copied to, of those; null where it is none of them. */
export function awayFromWriter(
  { writer }: LinkSource,
  regions: readonly RegionState[],
): { writer: RegionState; others: RegionState[] } | null {
  if (!writer || !regions.includes(writer)) return null;
  return { writer, others: regions.filter((region) => region !== writer) };
}

/** The head of a link that rests on that observation. */
export function baseOf(
  { estate, now }: LinkSource,
  key: LinkKey & { kind: ObservationKind & LinkKey['kind'] },
  observed: { observedAt: string | null; error: string | null },
): Pick<LinkBase, 'id' | 'from' | 'to' | 'observedAt' | 'error' | 'stale'> {
  const limit = staleAfterSeconds(key.kind, estate.metrics.periodSeconds);
  return {
    id: linkId(key),
    from: key.from,
    to: key.to,
    observedAt: observed.observedAt,
    error: observed.error,
    stale: !isFresh(observed.observedAt, now, limit),
  };
}

/** A lag against the one threshold that storage, cache and queue have; a number that is not there says nothing good. */
export function lagStatus(seconds: number | null, warning: number): LinkStatus {
  if (seconds === null) return 'unknown';
  return seconds > warning ? 'warning' : 'ok';
}
