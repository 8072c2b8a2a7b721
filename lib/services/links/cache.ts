import type { CacheObservation } from '#lib/domain/observation/kinds.ts';
import type { RegionState } from '../regions/state.ts';
import { baseOf, type LinkBase, type LinkSource, type LinkStatus, lagStatus } from './link.ts';

/** The Global Datastore's primary in another Region. */
export interface CacheLink extends LinkBase {
  kind: 'cache';
  globalDatastore: string | null;
  role: CacheObservation['role'] | null;
  source: { replicationGroup: string | null };
  replica: { replicationGroup: string | null };
}

/** One for each Region's cache that follows, or should follow, another's: a primary follows none. */
export function cacheLinks(source: LinkSource): CacheLink[] {
  const cached = source.regions.filter(({ region }) => region.cacheNodes > 0);
  return cached.flatMap((to) => {
    const from = followedBy(to, cached, source);
    return from && from !== to ? [toLink(source, from, to)] : [];
  });
}

/** Where its Global Datastore has the primary; the writer for one that stands alone, or was never seen. */
function followedBy(
  { cache }: RegionState,
  cached: readonly RegionState[],
  { writer }: LinkSource,
): RegionState | undefined {
  if (cache.value?.role === 'primary') return undefined;
  const { globalDatastore, primaryRegion } = cache.value ?? {};
  const primary = cached.find(
    ({ region, cache: other }) =>
      region.code === primaryRegion ||
      (globalDatastore != null &&
        other.value?.role === 'primary' &&
        other.value.globalDatastore === globalDatastore),
  );
  return primary ?? cached.find((region) => region === writer);
}

function toLink(source: LinkSource, from: RegionState, to: RegionState): CacheLink {
  const { target, warning } = source.estate.thresholds.cacheLagSeconds;
  const key = { kind: 'cache' as const, from: from.region.code, to: to.region.code };
  const base = baseOf(source, key, to.cache);
  const seen = to.cache.value;
  return {
    ...base,
    kind: 'cache',
    status: !seen || base.stale ? 'unknown' : cacheStatus(seen, warning),
    state: seen && (seen.role === 'standalone' ? 'standalone' : seen.status),
    seconds: seen?.lagSeconds ?? null,
    globalDatastore: seen?.globalDatastore ?? null,
    role: seen?.role ?? null,
    targetSeconds: target,
    thresholds: { warning, critical: null },
    source: { replicationGroup: from.cache.value?.replicationGroup ?? null },
    replica: { replicationGroup: seen?.replicationGroup ?? null },
  };
}

function cacheStatus({ role, status, lagSeconds }: CacheObservation, warning: number): LinkStatus {
  if (role === 'standalone') return 'broken';
  return status === 'available' ? lagStatus(lagSeconds, warning) : 'warning';
}
