import { AwsFault } from '#lab/wire/service.ts';

export const groupNotFound = (id: string) =>
  new AwsFault('ReplicationGroupNotFoundFault', `ReplicationGroup ${id} not found.`);

export const clusterNotFound = (id: string) =>
  new AwsFault('CacheClusterNotFoundFault', `CacheCluster not found: ${id}`);

export const datastoreNotFound = (id: string) =>
  new AwsFault('GlobalReplicationGroupNotFoundFault', `Global Replication Group ${id} not found.`);

export const invalidDatastoreState = (id: string, why: string) =>
  new AwsFault(
    'InvalidGlobalReplicationGroupStateFault',
    `Global Replication Group ${id} is not in a valid state to perform this operation: ${why}.`,
  );

export const invalidValue = (message: string) => new AwsFault('InvalidParameterValueException', message);

export const missing = (name: string) =>
  invalidValue(`The parameter ${name} must be provided and must not be blank.`);
