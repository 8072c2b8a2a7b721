import type { LabContext } from '#lab/kernel/context.ts';
import { crosses } from '#lab/kernel/crossing.ts';
import { datastoreNotFound, invalidDatastoreState, invalidValue, missing } from './faults.ts';
import type { DatastoreChange, DatastoreRecord, GroupRecord } from './records.ts';
import { seedCaches } from './seed.ts';

/** How long a change of the global datastore takes, ms on AWS (aws-facts 2.5 step 7: about a minute). */
const CHANGE_MS = 60_000;

/** What the calls that change a global datastore name. */
export interface DatastoreCall {
  datastoreId: string | undefined;
  groupId: string | undefined;
  groupRegion: string | undefined;
  /** Region that was called. */
  region: string;
}

export type Caches = ReturnType<typeof createCaches>;

/**
 * Replication groups and the global datastore over them. A change ends once its time has passed and its Region is up; whoever
 * asks finds it ended.
 */
export function createCaches(ctx: LabContext) {
  const groups = ctx.state.collection<GroupRecord>('elasticache-groups');
  const datastores = ctx.state.collection<DatastoreRecord>('elasticache-datastores');
  const put = (group: GroupRecord) => groups.put(`${group.region}/${group.id}`, group);
  const membersOf = (id: string) => groups.list().filter((group) => group.membership?.datastoreId === id);
  const primaryOf = (id: string) => membersOf(id).find((group) => group.membership?.role === 'PRIMARY');

  /** A datastore is known in its members' Regions. */
  function get(region: string, id: string | undefined): DatastoreRecord {
    settle();
    if (!id) throw missing('GlobalReplicationGroupId');
    const found = datastores.get(id);
    if (!found || !membersOf(id).some((member) => member.region === region)) throw datastoreNotFound(id);
    return found;
  }

  function statusOf({ id, change }: DatastoreRecord): 'available' | 'modifying' | 'primary-only' {
    if (change) return 'modifying';
    return membersOf(id).length > 1 ? 'available' : 'primary-only';
  }

  function memberNamed(datastore: DatastoreRecord, call: DatastoreCall): GroupRecord {
    const { groupId, groupRegion } = call;
    const member = membersOf(datastore.id).find(({ id, region }) => id === groupId && region === groupRegion);
    if (!member)
      throw invalidValue(
        `Replication group ${groupId} in ${groupRegion} is not a member of Global Replication Group ${datastore.id}.`,
      );
    return member;
  }

  function begin(datastore: DatastoreRecord, change: DatastoreChange): DatastoreRecord {
    const dueAtMs = ctx.clock.now() + ctx.clock.scaledMs(CHANGE_MS);
    const next = { ...datastore, change: { ...change, dueAtMs } };
    datastores.put(datastore.id, next);
    return next;
  }

  /**
   * Moves the primary role. AWS's own texts differ on whether it works without the primary Region (aws-facts, part 6); here it
   * does not, and the secondary has to be taken out instead.
   */
  function failover(call: DatastoreCall): DatastoreRecord {
    const datastore = get(call.region, call.datastoreId);
    if (!call.groupRegion) throw missing('PrimaryRegion');
    if (!call.groupId) throw missing('PrimaryReplicationGroupId');
    const member = memberNamed(datastore, call);
    if (member.membership?.role === 'PRIMARY')
      throw invalidValue(`Replication group ${member.id} is already the primary of ${datastore.id}.`);
    requireAvailable(datastore);
    const primary = primaryOf(datastore.id);
    if (!primary || !crosses(ctx.chaos.state(), primary.region, member.region))
      throw invalidDatastoreState(datastore.id, `its primary in ${primary?.region} cannot be reached`);
    return begin(datastore, { kind: 'failover', region: member.region, groupId: member.id });
  }

  /** Takes a secondary out; it goes on alone, takes writes, and works without the primary's Region. */
  function disassociate(call: DatastoreCall): DatastoreRecord {
    const datastore = get(call.region, call.datastoreId);
    if (!call.groupRegion) throw missing('ReplicationGroupRegion');
    if (!call.groupId) throw missing('ReplicationGroupId');
    const member = memberNamed(datastore, call);
    if (member.membership?.role === 'PRIMARY')
      throw invalidValue(
        `Replication group ${member.id} is the primary of ${datastore.id} and cannot be disassociated.`,
      );
    requireAvailable(datastore);
    return begin(datastore, { kind: 'disassociate', region: member.region, groupId: member.id });
  }

  function requireAvailable(datastore: DatastoreRecord): void {
    const status = statusOf(datastore);
    if (status !== 'available') throw invalidDatastoreState(datastore.id, `it is ${status}`);
  }

  function settle() {
    for (const datastore of datastores.list()) {
      const { change, ...rest } = datastore;
      if (!change || ctx.clock.now() < change.dueAtMs || ctx.chaos.outage(change.region)) continue;
      datastores.put(datastore.id, rest);
      for (const member of membersOf(datastore.id)) {
        const chosen = member.id === change.groupId && member.region === change.region;
        if (change.kind === 'failover')
          put({
            ...member,
            membership: { datastoreId: datastore.id, role: chosen ? 'PRIMARY' : 'SECONDARY' },
          });
        else if (chosen) put({ ...member, membership: undefined });
      }
    }
  }

  function seed() {
    const seeded = seedCaches(ctx);
    for (const group of seeded.groups) put(group);
    if (seeded.datastore) datastores.put(seeded.datastore.id, seeded.datastore);
  }

  function settled(): GroupRecord[] {
    settle();
    return groups.list();
  }

  if (groups.list().length === 0) seed();

  return {
    groups: settled,
    groupsIn: (region: string) => settled().filter((group) => group.region === region),
    datastoresIn(region: string) {
      settle();
      return datastores.list().filter(({ id }) => membersOf(id).some((member) => member.region === region));
    },
    datastore: get,
    membersOf,
    primaryOf,
    statusOf,
    failover,
    disassociate,
    reset() {
      groups.clear();
      datastores.clear();
      seed();
    },
  };
}
