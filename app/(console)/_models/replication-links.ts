import type { ReplicationLink as LinkRow } from '#components/replication/model.ts';
import type { Status } from '#components/ui/model.ts';
import {
  expectedEverySeconds,
  type ObservationKind,
  staleAfterSeconds,
} from '#lib/domain/observation/kinds.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { LinkStatus } from '#lib/services/links/link.ts';
import type { ReplicationLink } from '#lib/services/links/list.ts';
import { listOf, within } from './common.ts';

const BY = {
  database: 'RDS',
  storage: 'S3',
  cache: 'ElastiCache',
  queue: 'MSK',
} as const satisfies Record<ReplicationLink['kind'], LinkRow['by']>;

/** A link as the table shows it. */
export function linkRow(
  { estate }: VerbContext,
  environment: string,
  link: ReplicationLink,
  history: readonly (number | null)[],
): LinkRow {
  const { id, kind, from, to } = link;
  const withinSeconds = staleAfterSeconds(LAG_KIND[kind], estate.metrics.periodSeconds);
  const reading = (value: number | null) => ({ value, at: link.observedAt, withinSeconds });
  const waiting = waitingOf(link);
  return {
    id,
    href: routes.replication({ ...within(estate, environment), link: id }),
    kind,
    from,
    to,
    status: statusOf(link),
    word: wordOf(link),
    detail: detailOf(link),
    lagSeconds: reading(link.seconds),
    waiting: waiting && { reading: reading(waiting.value), unit: waiting.unit },
    history,
    targetSeconds: link.targetSeconds ?? 1,
    warningSeconds: link.thresholds.warning,
    criticalSeconds: link.thresholds.critical,
    by: BY[kind],
  };
}

/** The observation that a link's lag is read from. */
const LAG_KIND = {
  database: 'lag',
  storage: 'storage',
  cache: 'cache',
  queue: 'queue',
} as const satisfies Record<ReplicationLink['kind'], ObservationKind>;

/** "every 30 s" */
export function everyWords({ estate }: VerbContext, kind: ReplicationLink['kind']): string {
  return `every ${expectedEverySeconds(LAG_KIND[kind], estate.metrics.periodSeconds)} s`;
}

const STATUS = {
  ok: 'ok',
  idle: 'ok',
  warning: 'warning',
  critical: 'critical',
  broken: 'warning',
  unknown: 'unknown',
} as const satisfies Record<LinkStatus, Status>;

/** A database that does not replicate cannot be promoted without loss; the others lose copies, not orders. */
export function statusOf({ kind, status }: ReplicationLink): Status {
  return kind === 'database' && status === 'broken' ? 'critical' : STATUS[status];
}

function wordOf(link: ReplicationLink): string {
  const { kind, status, state, seconds, thresholds } = link;
  switch (status) {
    case 'ok':
      return kind === 'database' ? 'streaming' : 'keeps up';
    case 'idle':
      return 'idle, caught up';
    case 'warning':
    case 'critical':
      return seconds !== null && seconds > thresholds.warning ? 'behind' : (state ?? 'behind');
    case 'broken':
      return state ?? 'broken';
    case 'unknown':
      if (link.stale) return link.error ?? 'not reporting';
      return kind === 'database' ? (state ?? 'not replicating') : 'no lag reported';
    default:
      return status satisfies never;
  }
}

function detailOf(link: ReplicationLink): string {
  switch (link.kind) {
    case 'database':
      return link.replica.instanceId;
    case 'storage':
      return link.rule
        ? `rule ${link.rule.id}${gapsOf(link.rule)}`
        : `${link.source.bucket} to ${link.replica.bucket}`;
    case 'cache':
      return link.globalDatastore
        ? `${link.role} of ${link.globalDatastore}`
        : (link.replica.replicationGroup ?? 'no Global Datastore seen');
    case 'queue':
      return link.replicator ?? `into ${link.replica.cluster ?? link.to}`;
    default:
      return link satisfies never;
  }
}

/** What a rule does not send, or does not promise (aws-facts B-17, B-18). */
function gapsOf(rule: { timeControl: boolean; deleteMarkers: boolean; encrypted: boolean }): string {
  const gaps = [
    ...(rule.timeControl ? [] : ['time control']),
    ...(rule.deleteMarkers ? [] : ['delete markers']),
    ...(rule.encrypted ? [] : ['KMS objects']),
  ];
  return gaps.length === 0 ? '' : `, without ${listOf(gaps)}`;
}

function waitingOf(
  link: ReplicationLink,
): { value: number | null; unit: 'bytes' | 'operations' | 'messages' } | null {
  switch (link.kind) {
    case 'database':
      return { value: link.bytes, unit: 'bytes' };
    case 'storage':
      return { value: link.pendingOperations, unit: 'operations' };
    case 'cache':
      return null;
    case 'queue':
      return { value: link.pendingMessages, unit: 'messages' };
    default:
      return link satisfies never;
  }
}
