import type { Fleet } from './fleet.ts';
import { type Instance, openDoor, serverAddress } from './instance.ts';
import { newResourceId, slotName } from './records.ts';
import type { DatabaseControl, Databases } from './types.ts';

type Control = Omit<DatabaseControl, keyof Databases>;

const QUERY_WITHIN_MS = 2000;
const PROMOTE_WITHIN_SECONDS = 60;

/** What RDS makes the servers do. */
export function createControl(fleet: Fleet): Control {
  const { ctx, links } = fleet.workshop;
  /** Copies under way, so that each is made once however often it is asked for. */
  const seedings = new Map<string, Promise<void>>();

  function seed(resourceId: string): Promise<void> {
    const running = seedings.get(resourceId) ?? fleet.seed(fleet.get(resourceId));
    seedings.set(resourceId, running);
    running.then(
      () => seedings.delete(resourceId),
      (error) => {
        seedings.delete(resourceId);
        ctx.log('postgres', `the copy to ${resourceId} ended`, { error: String(error) });
      },
    );
    return running;
  }

  return {
    resumeSeeding() {
      for (const { record } of fleet.instances.values()) {
        // A failure is logged in `seed`; RDS asks again by `seeded`.
        if (record.seeding) seed(record.resourceId).catch(() => undefined);
      }
    },
    seeded: (resourceId) => (fleet.get(resourceId).record.seeding ? seed(resourceId) : Promise.resolve()),

    async promote(resourceId) {
      const instance = fleet.get(resourceId);
      const source = fleet.sourceOf(instance);
      await instance.serial(async () => {
        if (instance.record.role === 'primary') return;
        await endRecovery(instance);
        fleet.update(instance, { role: 'primary', source: undefined, slot: undefined });
        await fleet.reload(instance);
        await fleet.commitAsAgent(instance);
      });
      await fleet.releaseSlots(source);
    },

    async createReplica({ id, region, sourceResourceId }) {
      const { record: from } = fleet.get(sourceResourceId);
      const resourceId = newResourceId(ctx.random);
      await fleet.add({
        resourceId,
        id,
        region,
        environment: from.environment,
        role: 'replica',
        source: { resourceId: from.resourceId, id: from.id, region: from.region },
        slot: slotName(region, resourceId),
        parameters: {},
        open: true,
        stopped: false,
        seeding: true,
        createdAt: ctx.clock.now(),
      });
      fleet.changed();
      return { resourceId, seeded: seed(resourceId) };
    },

    async delete(resourceId) {
      const instance = fleet.get(resourceId);
      const source = fleet.sourceOf(instance);
      fleet.records.delete(resourceId);
      await fleet.discard(instance);
      fleet.changed();
      await fleet.releaseSlots(source);
    },

    async rename(resourceId, id) {
      const instance = fleet.get(resourceId);
      await instance.serial(async () => {
        await instance.server.stop();
        await instance.door.close();
        await links.forget(instance.door);
        instance.door = await openDoor(fleet.workshop, { ...instance.record, id }, serverAddress(instance));
        fleet.update(instance, { id });
        await fleet.startIfDue(instance);
      });
    },

    async restart(resourceId) {
      const instance = fleet.get(resourceId);
      await instance.serial(async () => {
        await instance.server.stop();
        await fleet.startIfDue(instance);
      });
    },

    async stop(resourceId) {
      const instance = fleet.get(resourceId);
      await instance.serial(async () => {
        fleet.update(instance, { stopped: true });
        await instance.server.stop();
        fleet.changed();
      });
    },

    async start(resourceId) {
      const instance = fleet.get(resourceId);
      await instance.serial(async () => {
        fleet.update(instance, { stopped: false });
        await fleet.startIfDue(instance);
      });
    },

    async setOpen(resourceId, open) {
      const instance = fleet.get(resourceId);
      fleet.update(instance, { open });
      await instance.door.setOpen(open);
    },

    async setParameters(resourceId, parameters) {
      const instance = fleet.get(resourceId);
      return instance.serial(async () => {
        fleet.update(instance, { parameters });
        await fleet.reload(instance);
        if (fleet.stateOf(instance) !== 'running') return [];
        const pending = await instance.admin.query<{ name: string }>(
          'select name from pg_settings where pending_restart order by name',
          [],
          QUERY_WITHIN_MS,
        );
        return pending.map(({ name }) => name);
      });
    },

    parameters: (resourceId) => fleet.get(resourceId).record.parameters,
    query: (resourceId, sql, { values = [], timeoutMs = QUERY_WITHIN_MS } = {}) =>
      fleet.get(resourceId).admin.query(sql, values, timeoutMs),
    processIds: (resourceId) => fleet.get(resourceId).server.processIds(),
  };
}

/** A server that was stopped just as it was promoted is out of recovery already. */
async function endRecovery({ admin, record }: Instance): Promise<void> {
  const [state] = await admin.query<{ standby: boolean }>(
    'select pg_is_in_recovery() as standby',
    [],
    QUERY_WITHIN_MS,
  );
  if (state && !state.standby) return;
  const [row] = await admin.query<{ promoted: boolean }>(
    'select pg_promote(true, $1) as promoted',
    [PROMOTE_WITHIN_SECONDS],
    (PROMOTE_WITHIN_SECONDS + 5) * 1000,
  );
  if (!row?.promoted)
    throw new Error(`${record.id} did not end recovery within ${PROMOTE_WITHIN_SECONDS} s.`);
}
