import type { StorageObservation } from '#lib/domain/observation/kinds.ts';
import type { RegionState } from '../regions/state.ts';
import {
  awayFromWriter,
  baseOf,
  type LinkBase,
  type LinkSource,
  type LinkStatus,
  lagStatus,
} from './link.ts';

type Rule = StorageObservation['rules'][number];

/** Objects of a bucket in another Region's. */
export interface StorageLink extends LinkBase {
  kind: 'storage';
  pendingOperations: number | null;
  /** Whether the source keeps versions, without which nothing is replicated; null when not observed. */
  versioned: boolean | null;
  /** Null where no rule leads there, or none was observed. */
  rule: Pick<Rule, 'id' | 'enabled' | 'timeControl' | 'deleteMarkers' | 'encrypted'> | null;
  source: { bucket: string };
  replica: { bucket: string };
}

/** One for each rule between two Regions' buckets, and one for each Region that the writer's bucket has no rule for. */
export function storageLinks(source: LinkSource): StorageLink[] {
  const { regions } = source;
  const ruled = regions.flatMap((from) =>
    (from.storage.value?.rules ?? []).flatMap((rule) => {
      const to = regions.find(({ region }) => region.bucket === rule.destination);
      return to && to !== from ? [toLink(source, { from, to, rule })] : [];
    }),
  );
  const away = awayFromWriter(source, regions);
  if (!away) return ruled;
  const { writer, others } = away;
  const reached = new Set(ruled.filter(({ from }) => from === writer.region.code).map(({ to }) => to));
  const missing = others.filter(({ region }) => !reached.has(region.code));
  return [...ruled, ...missing.map((to) => toLink(source, { from: writer, to, rule: null }))];
}

function toLink(
  source: LinkSource,
  { from, to, rule }: { from: RegionState; to: RegionState; rule: Rule | null },
): StorageLink {
  const { target, warning } = source.estate.thresholds.storageReplicationSeconds;
  const name = rule ? { name: rule.id } : {};
  const key = { kind: 'storage' as const, from: from.region.code, to: to.region.code, ...name };
  const base = baseOf(source, key, from.storage);
  const seen = from.storage.value;
  const seconds = rule?.latencySeconds ?? null;
  return {
    ...base,
    kind: 'storage',
    status: !seen || base.stale ? 'unknown' : storageStatus(seen, rule, warning),
    state: seen && stateOf(seen, rule),
    seconds,
    pendingOperations: rule?.pendingOperations ?? null,
    versioned: seen?.versioned ?? null,
    rule: rule && {
      id: rule.id,
      enabled: rule.enabled,
      timeControl: rule.timeControl,
      deleteMarkers: rule.deleteMarkers,
      encrypted: rule.encrypted,
    },
    targetSeconds: target,
    thresholds: { warning, critical: null },
    source: { bucket: from.region.bucket },
    replica: { bucket: to.region.bucket },
  };
}

function storageStatus(seen: StorageObservation, rule: Rule | null, warning: number): LinkStatus {
  if (!rule?.enabled || !seen.versioned) return 'broken';
  return lagStatus(rule.latencySeconds, warning);
}

function stateOf({ versioned }: StorageObservation, rule: Rule | null): string {
  if (!rule) return 'no rule';
  if (!rule.enabled) return 'disabled';
  return versioned ? 'enabled' : 'not versioned';
}
