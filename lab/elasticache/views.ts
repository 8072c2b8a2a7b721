import type {
  CacheCluster,
  GlobalReplicationGroup,
  NodeGroup,
  ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import type { Caches } from './datastore.ts';
import { clusterIds, type DatastoreRecord, ENGINE, type GroupRecord, NODE_ID, NODE_TYPE } from './records.ts';

const PORT = 6379;
const SHARD = '0001';

/** Groups, clusters and datastores as ElastiCache describes them. */
export function createViews(account: string, caches: Caches) {
  const arn = (region: string, kind: string, name: string) =>
    `arn:aws:elasticache:${region}:${account}:${kind}:${name}`;

  function statusOf({ membership, region }: GroupRecord): string {
    const changing = membership && caches.statusOf(caches.datastore(region, membership.datastoreId));
    return changing === 'modifying' ? 'modifying' : 'available';
  }

  return {
    group(group: GroupRecord): ReplicationGroup {
      const { membership, region, id } = group;
      const several = group.nodes > 1 ? 'enabled' : 'disabled';
      return {
        ReplicationGroupId: id,
        Description: group.description,
        ...(membership && {
          GlobalReplicationGroupInfo: {
            GlobalReplicationGroupId: membership.datastoreId,
            GlobalReplicationGroupMemberRole: membership.role,
          },
        }),
        Status: statusOf(group),
        PendingModifiedValues: {},
        MemberClusters: clusterIds(group),
        NodeGroups: [shardOf(group)],
        AutomaticFailover: several,
        MultiAZ: several,
        SnapshotRetentionLimit: 1,
        SnapshotWindow: '05:00-06:00',
        ClusterEnabled: false,
        ClusterMode: 'disabled',
        CacheNodeType: NODE_TYPE,
        Engine: ENGINE.name,
        AuthTokenEnabled: false,
        TransitEncryptionEnabled: true,
        TransitEncryptionMode: 'required',
        AtRestEncryptionEnabled: true,
        AutoMinorVersionUpgrade: false,
        ReplicationGroupCreateTime: new Date(group.createdAtMs),
        ARN: arn(region, 'replicationgroup', id),
      };
    },

    cluster(group: GroupRecord, id: string, withNodes: boolean): CacheCluster {
      const { region } = group;
      const zone = zoneOf(group, id);
      return {
        CacheClusterId: id,
        ReplicationGroupId: group.id,
        CacheClusterStatus: statusOf(group),
        CacheNodeType: NODE_TYPE,
        Engine: ENGINE.name,
        EngineVersion: `${ENGINE.version}.0`,
        NumCacheNodes: 1,
        PreferredAvailabilityZone: zone,
        PreferredMaintenanceWindow: 'sun:04:00-sun:05:00',
        CacheClusterCreateTime: new Date(group.createdAtMs),
        TransitEncryptionEnabled: true,
        AtRestEncryptionEnabled: true,
        AuthTokenEnabled: false,
        AutoMinorVersionUpgrade: false,
        SnapshotRetentionLimit: 1,
        PendingModifiedValues: {},
        ARN: arn(region, 'cluster', id),
        ...(withNodes && {
          CacheNodes: [
            {
              CacheNodeId: NODE_ID,
              CacheNodeStatus: 'available',
              CacheNodeCreateTime: new Date(group.createdAtMs),
              CustomerAvailabilityZone: zone,
              ParameterGroupStatus: 'in-sync',
              Endpoint: { Address: hostOf(id, region), Port: PORT },
            },
          ],
        }),
      };
    },

    datastore(datastore: DatastoreRecord, withMembers: boolean): GlobalReplicationGroup {
      const { change, id } = datastore;
      return {
        GlobalReplicationGroupId: id,
        GlobalReplicationGroupDescription: datastore.description,
        Status: caches.statusOf(datastore),
        CacheNodeType: NODE_TYPE,
        Engine: ENGINE.name,
        EngineVersion: `${ENGINE.version}.0`,
        ClusterEnabled: false,
        AuthTokenEnabled: false,
        TransitEncryptionEnabled: true,
        AtRestEncryptionEnabled: true,
        GlobalNodeGroups: [{ GlobalNodeGroupId: `${id}-${SHARD}`, Slots: '0-16383' }],
        ARN: `arn:aws:elasticache::${account}:globalreplicationgroup:${id}`,
        ...(withMembers && {
          Members: caches.membersOf(id).map((member) => ({
            ReplicationGroupId: member.id,
            ReplicationGroupRegion: member.region,
            Role: member.membership?.role,
            AutomaticFailover: member.nodes > 1 ? ('enabled' as const) : ('disabled' as const),
            Status:
              change?.kind === 'disassociate' && change.groupId === member.id
                ? 'disassociating'
                : 'associated',
          })),
        }),
      };
    },
  };
}

function shardOf(group: GroupRecord): NodeGroup {
  const { region, id } = group;
  return {
    NodeGroupId: SHARD,
    Status: 'available',
    PrimaryEndpoint: { Address: hostOf(`master.${id}`, region), Port: PORT },
    ReaderEndpoint: { Address: hostOf(`replica.${id}`, region), Port: PORT },
    NodeGroupMembers: clusterIds(group).map((cluster, i) => ({
      CacheClusterId: cluster,
      CacheNodeId: NODE_ID,
      ReadEndpoint: { Address: hostOf(cluster, region), Port: PORT },
      PreferredAvailabilityZone: zoneOf(group, cluster),
      CurrentRole: i === 0 ? 'primary' : 'replica',
    })),
  };
}

const hostOf = (name: string, region: string): string => `${name}.lab000.${region}.cache.amazonaws.com`;

const zoneOf = (group: GroupRecord, cluster: string): string =>
  `${group.region}${'abc'.charAt(clusterIds(group).indexOf(cluster) % 3)}`;
