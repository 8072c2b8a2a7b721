/** A replication group: one primary node and its replicas in one Region. */
export interface GroupRecord {
  region: string;
  id: string;
  /** `replicated`: meant for the global datastore; `carts`: of its Region alone. */
  purpose: 'replicated' | 'carts';
  description: string;
  nodes: number;
  /** Of a member of the global datastore; absent: it stands alone and takes writes. */
  membership?: { datastoreId: string; role: 'PRIMARY' | 'SECONDARY' };
  createdAtMs: number;
}

export type DatastoreChange =
  | { kind: 'failover'; region: string; groupId: string }
  | { kind: 'disassociate'; region: string; groupId: string };

export interface DatastoreRecord {
  id: string;
  description: string;
  /** What is being done to it, and until when at least. */
  change?: DatastoreChange & { dueAtMs: number };
}

export const NODE_TYPE = 'cache.r6g.large';
export const ENGINE = { name: 'redis', version: '7.1' };
/** Every node is a cache cluster of one node, which has this id. */
export const NODE_ID = '0001';

/** The ids of a group's cache clusters; the first one has the primary node. */
export const clusterIds = ({ id, nodes }: GroupRecord): string[] =>
  Array.from({ length: nodes }, (_, i) => `${id}-${String(i + 1).padStart(3, '0')}`);
