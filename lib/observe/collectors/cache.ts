import {
  DescribeGlobalReplicationGroupsCommand,
  DescribeReplicationGroupsCommand,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { type CacheObservation, expectedEverySeconds, linkId } from '#lib/domain/observation/kinds.ts';
import { allPages } from '../../adapters/aws/pages.ts';
import { type CollectContext, type Collector, factsOf, regionOf } from '../collector.ts';
import type { WantedMetric } from '../metric-board.ts';
import { measured } from './measured.ts';

/** Nodes that are asked for their lag: of a cluster with many shards the first ones stand for all. */
const MOST_NODES = 40;

const ROLES = { PRIMARY: 'primary', SECONDARY: 'secondary' } as const;

/** The application's replication group in the Region, its place in the Global Datastore, and how far behind it is. */
export const cache: Collector = {
  service: 'elasticache',
  covers: (context) => [{ kind: 'cache', name: regionOf(context).code }],
  everySeconds: (period) => expectedEverySeconds('cache', period),
  async collect(context) {
    const { code } = regionOf(context);
    const groups = await allPages((Marker) =>
      context.clients
        .elasticache(code)
        .send(new DescribeReplicationGroupsCommand({ Marker }))
        .then((page) => ({ items: page.ReplicationGroups, next: page.Marker })),
    );
    const group = applicationGroup(context, groups);
    const id = group?.ReplicationGroupId;
    if (!group || !id) {
      const error = `ElastiCache has no replication group whose name begins with ${context.estate.estate}-`;
      return { seen: [], missing: [{ kind: 'cache', name: code, error }] };
    }
    factsOf(context).cacheGroup = id;
    const globalDatastore = group.GlobalReplicationGroupInfo?.GlobalReplicationGroupId ?? null;
    const role = roleOf(group);
    const primaryRegion = globalDatastore === null ? null : await primaryRegionOf(context, globalDatastore);
    const lags = role === 'secondary' ? lagMetrics(group, { from: primaryRegion, to: code }) : [];
    const { latest, again } = measured(context, 'cache', lags);
    const known = lags.flatMap((metric) => latest(metric) ?? []);
    const value: CacheObservation = {
      replicationGroup: id,
      globalDatastore,
      role,
      primaryRegion,
      status: group.Status ?? 'unknown',
      lagSeconds: known.length > 0 ? Math.max(...known) : null,
    };
    return { seen: [{ kind: 'cache', name: code, value }], ...again };
  },
};

/** Asked in the member's own Region, which answers when the primary's does not. */
async function primaryRegionOf(context: CollectContext, datastoreId: string): Promise<string | null> {
  const { GlobalReplicationGroups = [] } = await context.clients.elasticache(regionOf(context).code).send(
    new DescribeGlobalReplicationGroupsCommand({
      GlobalReplicationGroupId: datastoreId,
      ShowMemberInfo: true,
    }),
  );
  const members = GlobalReplicationGroups.flatMap(({ Members = [] }) => Members);
  return members.find(({ Role }) => Role?.toUpperCase() === 'PRIMARY')?.ReplicationGroupRegion ?? null;
}

/**
 * A member of a Global Datastore before any other; one that has left it is still the one that was followed before. Else the
 * group with as many nodes as the estate declares.
 */
function applicationGroup(
  context: CollectContext,
  groups: readonly ReplicationGroup[],
): ReplicationGroup | undefined {
  const { cacheNodes } = regionOf(context);
  const { cacheGroup } = factsOf(context);
  const rank = ({ GlobalReplicationGroupInfo: membership, ...group }: ReplicationGroup) =>
    (membership?.GlobalReplicationGroupId ? 0 : 4) +
    (group.ReplicationGroupId === cacheGroup ? 0 : 2) +
    (group.MemberClusters?.length === cacheNodes ? 0 : 1);
  return groups
    .filter(({ ReplicationGroupId: id }) => id?.startsWith(`${context.estate.estate}-`))
    .sort(
      (a, b) => rank(a) - rank(b) || (a.ReplicationGroupId ?? '').localeCompare(b.ReplicationGroupId ?? ''),
    )[0];
}

function roleOf({ GlobalReplicationGroupInfo: membership }: ReplicationGroup): CacheObservation['role'] {
  const role = membership?.GlobalReplicationGroupMemberRole;
  if (!membership?.GlobalReplicationGroupId) return 'standalone';
  return role === 'PRIMARY' || role === 'SECONDARY' ? ROLES[role] : 'secondary';
}

/** AWS documents two sets of dimensions (aws-facts part 3: to be discovered); whichever has data counts. */
function lagMetrics(
  { NodeGroups = [] }: ReplicationGroup,
  { from, to }: { from: string | null; to: string },
): WantedMetric[] {
  const members = NodeGroups.flatMap(({ NodeGroupMembers = [] }) => NodeGroupMembers);
  const primaries = members.filter(({ CurrentRole }) => CurrentRole === 'primary');
  const nodes = (primaries.length > 0 ? primaries : members).slice(0, MOST_NODES);
  return nodes.flatMap(({ CacheClusterId, CacheNodeId }) => {
    if (!CacheClusterId) return [];
    const cluster = { CacheClusterId };
    return [cluster, ...(CacheNodeId ? [{ ...cluster, CacheNodeId }] : [])].map(
      (dimensions): WantedMetric => ({
        namespace: 'AWS/ElastiCache',
        metric: 'GlobalDatastoreReplicationLag',
        dimensions,
        stat: 'Maximum',
        ...(from ? { series: { subject: linkId({ kind: 'cache', from, to }), metric: 'lagSeconds' } } : {}),
      }),
    );
  });
}
