import type { LabContext } from '#lab/kernel/context.ts';
import { AwsFault } from '#lab/wire/service.ts';
import { parseArn, readIdentifier, writeArn } from './identifiers.ts';
import type { EventRecord, InstanceRecord, ParameterGroupRecord, SnapshotRecord } from './types.ts';

const EVENTS_KEPT = 1000;

/** RDS' own records, by Region. */
export type Store = ReturnType<typeof createStore>;

export function createStore(ctx: LabContext) {
  const instances = ctx.state.collection<InstanceRecord>('rds-instances');
  const groups = ctx.state.collection<ParameterGroupRecord>('rds-parameter-groups');
  const snapshots = ctx.state.collection<SnapshotRecord>('rds-snapshots');
  const events = ctx.state.collection<EventRecord>('rds-events');
  const { account } = ctx.estate;
  let lastEvent = Math.max(0, ...events.entries().map(([id]) => Number(id)));

  const instancesIn = (region: string) => instances.list().filter((record) => record.region === region);

  return {
    instances,
    groups,
    snapshots,
    events,
    instancesIn,
    arnOf: (kind: 'db' | 'pg' | 'snapshot', { region }: { region: string }, name: string) =>
      writeArn({ region, account, kind, name }),
    instanceArn: ({ region, id }: Pick<InstanceRecord, 'region' | 'id'>) =>
      writeArn({ region, account, kind: 'db', name: id }),

    findInstance: (region: string, id: string) => instancesIn(region).find((record) => record.id === id),

    /** By identifier or ARN of this Region. A name from another Region is simply not found, as on AWS. */
    getInstance(region: string, name: string | undefined): InstanceRecord {
      const arn = name?.startsWith('arn:') ? parseArn(name) : undefined;
      if (arn && (arn.region !== region || arn.account !== account || arn.kind !== 'db'))
        throw notFound(name ?? '');
      const id = arn?.name ?? readIdentifier('DBInstanceIdentifier', name);
      const found = instancesIn(region).find((record) => record.id === id);
      if (!found) throw notFound(id);
      return found;
    },

    replicasOf: ({ resourceId }: InstanceRecord) =>
      instances.list().filter(({ source }) => source?.resourceId === resourceId),

    /** ARN of a replica's source as it is called now, or was when it was deleted. */
    sourceArn({ source }: InstanceRecord): string | undefined {
      const now = source && instances.get(source.resourceId);
      return now ? writeArn({ region: now.region, account, kind: 'db', name: now.id }) : source?.arn;
    },

    /** Changes the newest version of a record; nothing happens to one that has gone. */
    update(resourceId: string, change: Partial<InstanceRecord>): InstanceRecord | undefined {
      const current = instances.get(resourceId);
      if (!current) return undefined;
      const next = { ...current, ...change };
      instances.put(resourceId, next);
      return next;
    },

    event(record: InstanceRecord, message: string, ...categories: string[]): void {
      lastEvent += 1;
      const sourceArn = writeArn({ region: record.region, account, kind: 'db', name: record.id });
      events.put(String(lastEvent), {
        sourceId: record.id,
        sourceArn,
        sourceType: 'db-instance',
        region: record.region,
        message,
        categories,
        at: ctx.clock.now(),
      });
      events.delete(String(lastEvent - EVENTS_KEPT));
    },
  };
}

function notFound(name: string): AwsFault {
  return new AwsFault('DBInstanceNotFoundFault', `DBInstance ${name} not found.`);
}

/** Refuses what RDS only does to an instance that is at rest, or in one of the states `also` named. */
export function requireAvailable(record: InstanceRecord, ...also: string[]): void {
  if (record.status === 'available' || also.includes(record.status)) return;
  throw new AwsFault(
    'InvalidDBInstanceStateFault',
    `Instance ${record.id} is not currently in the available state: it is ${record.status}.`,
  );
}

/** A server that does not start with what it was given; new parameters and a reboot repair it. */
export const INCOMPATIBLE = 'incompatible-parameters';
