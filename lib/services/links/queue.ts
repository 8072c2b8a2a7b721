import type { QueueObservation } from '#lib/domain/observation/kinds.ts';
import type { RegionState } from '../regions/state.ts';
import { awayFromWriter, baseOf, type LinkBase, type LinkSource, lagStatus } from './link.ts';

type Replicator = QueueObservation['replicators'][number];

/** Events of one Region's cluster in another's. */
export interface QueueLink extends LinkBase {
  kind: 'queue';
  pendingMessages: number | null;
  /** Null where none brings events from there, or none was observed. */
  replicator: string | null;
  source: { cluster: string | null };
  replica: { cluster: string | null };
}

/** One for each replicator between two Regions, and one for each Region that has none from the writer. */
export function queueLinks(source: LinkSource): QueueLink[] {
  const queued = source.regions.filter(({ region }) => region.queueBrokers > 0);
  const replicated = queued.flatMap((to) =>
    (to.queue.value?.replicators ?? []).flatMap((replicator) => {
      const from = queued.find(({ region }) => region.code === replicator.sourceRegion);
      return from && from !== to ? [toLink(source, { from, to, replicator })] : [];
    }),
  );
  const away = awayFromWriter(source, queued);
  if (!away) return replicated;
  const { writer, others } = away;
  const reached = new Set(replicated.filter(({ from }) => from === writer.region.code).map(({ to }) => to));
  const missing = others.filter(({ region }) => !reached.has(region.code));
  return [...replicated, ...missing.map((to) => toLink(source, { from: writer, to, replicator: null }))];
}

function toLink(
  source: LinkSource,
  { from, to, replicator }: { from: RegionState; to: RegionState; replicator: Replicator | null },
): QueueLink {
  const { target, warning } = source.estate.thresholds.queueLagSeconds;
  const name = replicator ? { name: replicator.name } : {};
  const key = { kind: 'queue' as const, from: from.region.code, to: to.region.code, ...name };
  const base = baseOf(source, key, to.queue);
  const seen = to.queue.value;
  const seconds = replicator?.latencySeconds ?? null;
  const runs = replicator?.state === 'RUNNING';
  return {
    ...base,
    kind: 'queue',
    status: !seen || base.stale ? 'unknown' : runs ? lagStatus(seconds, warning) : 'broken',
    state: seen && (replicator?.state ?? 'no replicator'),
    seconds,
    pendingMessages: replicator?.messageLag ?? null,
    replicator: replicator?.name ?? null,
    targetSeconds: target,
    thresholds: { warning, critical: null },
    source: { cluster: from.queue.value?.cluster ?? null },
    replica: { cluster: seen?.cluster ?? null },
  };
}
