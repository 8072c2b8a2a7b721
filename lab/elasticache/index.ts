import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { page } from '#lab/rds/paging.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { type Caches, createCaches } from './datastore.ts';
import { clusterNotFound, groupNotFound } from './faults.ts';
import { startCacheMetrics } from './metrics.ts';
import { clusterIds } from './records.ts';
import { createViews } from './views.ts';

/** AWS publishes no numbers: tight enough that a client which polls without pause is refused. */
const RATE = { burst: 40, perSecond: 10 };

export type CacheRole = 'primary' | 'secondary' | 'standalone';

/**
 * ElastiCache of each Region: declared groups without servers behind them, and a global datastore whose roles really move.
 * The SDK's client is loaded with the first call.
 */
export function createElastiCache(ctx: LabContext): {
  service: AwsService;
  part: LabPart;
  /** Role of the Region's replicated group; undefined where the Region has none. */
  roleIn(region: string): CacheRole | undefined;
} {
  const caches = createCaches(ctx);
  const metrics = startCacheMetrics(ctx, caches);
  const views = createViews(ctx.estate.account, caches);

  const service = defineService({
    clientName: 'ElastiCacheClient',
    loadModule: () => import('@aws-sdk/client-elasticache'),
    signingName: 'elasticache',
    throttle: { account: RATE },
    handlers: {
      DescribeReplicationGroups(input, { region }) {
        const { ReplicationGroupId: id } = input;
        const groups = caches
          .groupsIn(region)
          .filter((group) => id === undefined || group.id === id.toLowerCase());
        if (id !== undefined && groups.length === 0) throw groupNotFound(id);
        const { items, marker } = page(groups, (group) => group.id, input);
        return { ReplicationGroups: items.map(views.group), Marker: marker };
      },

      DescribeCacheClusters(input, { region }) {
        const { CacheClusterId: id, ShowCacheNodeInfo, ShowCacheClustersNotInReplicationGroups } = input;
        const clusters = caches
          .groupsIn(region)
          .flatMap((group) => clusterIds(group).map((cluster) => ({ group, cluster })))
          .filter(({ cluster }) => id === undefined || cluster === id.toLowerCase());
        if (id !== undefined && clusters.length === 0) throw clusterNotFound(id);
        // All of them belong to a group.
        const shown = ShowCacheClustersNotInReplicationGroups ? [] : clusters;
        const { items, marker } = page(shown, ({ cluster }) => cluster, input);
        return {
          CacheClusters: items.map(({ group, cluster }) =>
            views.cluster(group, cluster, ShowCacheNodeInfo ?? false),
          ),
          Marker: marker,
        };
      },

      DescribeGlobalReplicationGroups(input, { region }) {
        const { GlobalReplicationGroupId: id, ShowMemberInfo } = input;
        const found = id === undefined ? caches.datastoresIn(region) : [caches.datastore(region, id)];
        const { items, marker } = page(found, (datastore) => datastore.id, input);
        return {
          GlobalReplicationGroups: items.map((datastore) =>
            views.datastore(datastore, ShowMemberInfo ?? false),
          ),
          Marker: marker,
        };
      },

      FailoverGlobalReplicationGroup(input, { region }) {
        const datastore = caches.failover({
          region,
          datastoreId: input.GlobalReplicationGroupId,
          groupId: input.PrimaryReplicationGroupId,
          groupRegion: input.PrimaryRegion,
        });
        return { GlobalReplicationGroup: views.datastore(datastore, true) };
      },

      DisassociateGlobalReplicationGroup(input, { region }) {
        const datastore = caches.disassociate({
          region,
          datastoreId: input.GlobalReplicationGroupId,
          groupId: input.ReplicationGroupId,
          groupRegion: input.ReplicationGroupRegion,
        });
        return { GlobalReplicationGroup: views.datastore(datastore, true) };
      },
    },
  });

  return {
    service,
    roleIn: (region) => roleIn(caches, region),
    part: {
      async reset() {
        caches.reset();
        metrics.forget();
      },
      async close() {
        metrics.stop();
      },
    },
  };
}

function roleIn(caches: Caches, region: string): CacheRole | undefined {
  const group = caches.groupsIn(region).find(({ purpose }) => purpose === 'replicated');
  if (!group) return undefined;
  if (!group.membership) return 'standalone';
  return group.membership.role === 'PRIMARY' ? 'primary' : 'secondary';
}
