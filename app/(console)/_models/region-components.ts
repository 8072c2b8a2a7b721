import type { ComponentRow } from '#components/region/model.ts';
import type { Status } from '#components/ui/model.ts';
import { type ObservationKind, staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type EstateState, isFresh, type RegionState } from '#lib/services/regions/state.ts';
import { count } from './common.ts';
import { lagStatus } from './region-verdict.ts';

interface Seen {
  status: Status;
  word: string;
  detail: string;
}

interface Component {
  kind: string;
  name: string;
  by: string;
  observed: { observedAt: string | null; error: string | null };
  seen: Seen | null;
  /** Of what is not asked with the metrics. */
  as?: ObservationKind;
}

/** What the Region consists of, as the service that runs it says. */
export function componentRows(context: VerbContext, found: RegionState, state: EstateState): ComponentRow[] {
  const { now, estate } = context;
  return [...servingOf(found), ...copiesOf(found)].map(({ kind, name, by, observed, seen, as }) => {
    const withinSeconds = as ? staleAfterSeconds(as, estate.metrics.periodSeconds) : state.staleAfterSeconds;
    const fresh = isFresh(observed.observedAt, now, withinSeconds);
    return {
      id: `${kind}-${name}`,
      kind,
      name,
      status: seen && fresh ? seen.status : 'unknown',
      word: seen && fresh ? seen.word : 'not known',
      detail: observed.error ?? seen?.detail ?? 'never observed',
      by,
      at: observed.observedAt,
      withinSeconds,
    };
  });
}

function servingOf(found: RegionState): Component[] {
  const { region } = found;
  return [
    {
      kind: 'compute',
      name: region.cluster.name,
      by: 'Kubernetes',
      observed: found.nodes,
      seen: nodesSeen(found),
    },
    {
      kind: 'compute',
      name: 'app-service',
      by: 'Kubernetes',
      observed: found.service,
      seen: serviceSeen(found),
    },
    {
      kind: 'database',
      name: found.database.value?.instanceId ?? region.database.instanceId,
      by: 'RDS',
      observed: found.database,
      seen: databaseSeen(found),
    },
    {
      kind: 'dns',
      name: region.loadBalancer.dnsName,
      by: 'Route 53',
      observed: found.healthCheck,
      seen: healthSeen(found),
    },
  ];
}

function nodesSeen({ nodes: { value: nodes }, nodeGroup: { value: group } }: RegionState): Seen | null {
  return (
    nodes && {
      status: nodes.ready === nodes.total && nodes.ready > 0 ? 'ok' : 'warning',
      word: nodes.ready === nodes.total ? 'ready' : 'scaling',
      detail: `${nodes.ready} of ${nodes.total} nodes ready${group ? `, node group ${group.minimum} to ${group.maximum}` : ''}`,
    }
  );
}

function serviceSeen({ service: { value: service } }: RegionState): Seen | null {
  const live = service?.deployments.find(({ version }) => version === service.liveVersion);
  return (
    service && {
      status: live && live.ready >= live.desired && live.ready > 0 ? 'ok' : 'warning',
      word: service.liveVersion ?? 'no version',
      detail: service.deployments
        .map(({ name, version, ready, desired }) => `${name} ${version} ${ready}/${desired}`)
        .join(', '),
    }
  );
}

function databaseSeen(found: RegionState): Seen | null {
  const { value: database } = found.database;
  return (
    database && {
      status: database.status === 'available' ? (found.lag ? lagStatus(found) : 'ok') : 'warning',
      word: database.status,
      detail: `${database.role}, ${database.class}, PostgreSQL ${database.engineVersion}${database.multiAz ? ', Multi-AZ' : ''}${database.replication ? `, ${database.replication}` : ''}`,
    }
  );
}

function healthSeen({ healthCheck: { value: health } }: RegionState): Seen | null {
  if (!health) return null;
  const { healthy, percentHealthy } = health;
  return {
    status: healthy === null ? 'unknown' : healthy ? 'ok' : 'critical',
    word: healthy === null ? 'no verdict' : healthy ? 'healthy' : 'unhealthy',
    detail:
      percentHealthy === null
        ? 'health check'
        : `health check passes from ${Math.round(percentHealthy)} % of checkers`,
  };
}

/** Cache, queue and storage, where the estate has them here. */
function copiesOf({ region, cache, queue, storage }: RegionState): Component[] {
  return [
    ...(region.cacheNodes === 0
      ? []
      : [
          {
            kind: 'cache',
            name: cache.value?.replicationGroup ?? `ElastiCache, ${region.code}`,
            by: 'ElastiCache',
            observed: cache,
            seen: cacheSeen(cache),
            as: 'cache' as const,
          },
        ]),
    ...(region.queueBrokers === 0
      ? []
      : [
          {
            kind: 'queue',
            name: queue.value?.cluster ?? `MSK, ${region.code}`,
            by: 'MSK',
            observed: queue,
            seen: queueSeen(queue),
            as: 'queue' as const,
          },
        ]),
    {
      kind: 'storage',
      name: region.bucket,
      by: 'S3',
      observed: storage,
      seen: storageSeen(storage),
      as: 'storage' as const,
    },
  ];
}

function cacheSeen({ value }: RegionState['cache']): Seen | null {
  return (
    value && {
      status: value.status === 'available' ? 'ok' : 'warning',
      word: value.status,
      detail: value.globalDatastore ? `${value.role} of ${value.globalDatastore}` : 'in no Global Datastore',
    }
  );
}

function queueSeen({ value }: RegionState['queue']): Seen | null {
  return (
    value && {
      status: value.status === 'ACTIVE' ? 'ok' : 'warning',
      word: value.status.toLowerCase(),
      detail: `${count(value.replicators.length, 'replicator')} into it${value.replicators.length > 0 ? `: ${value.replicators.map(({ sourceRegion, state }) => `from ${sourceRegion} ${state}`).join(', ')}` : ''}`,
    }
  );
}

function storageSeen({ value }: RegionState['storage']): Seen | null {
  if (!value) return null;
  const enabled = value.rules.filter((rule) => rule.enabled).length;
  return {
    status: value.versioned ? 'ok' : 'warning',
    word: value.versioned ? 'versioned' : 'not versioned',
    detail: `${count(enabled, 'replication rule')} enabled`,
  };
}
