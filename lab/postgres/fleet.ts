import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Collection } from '#lab/kernel/state.ts';
import { type Instance, openInstance, serverAddress, type Workshop, writeSettings } from './instance.ts';
import type { ServerRecord } from './records.ts';
import { dropStaleSlots, seedReplica } from './seeding.ts';
import type { DatabaseInstance } from './types.ts';

/** All servers of the lab, and what may be done with any one of them. */
export interface Fleet {
  readonly workshop: Workshop;
  readonly records: Collection<ServerRecord>;
  readonly instances: ReadonlyMap<string, Instance>;
  get(resourceId: string): Instance;
  sourceOf(instance: Instance): Instance | undefined;
  stateOf(instance: Instance): DatabaseInstance['state'];
  add(record: ServerRecord): Promise<Instance>;
  /** Remembers the change and tells the listeners. */
  update(instance: Instance, change: Partial<ServerRecord>): void;
  start(instance: Instance): Promise<void>;
  /** Starts it unless it is stopped, still being copied, or in a Region that is out. */
  startIfDue(instance: Instance): Promise<void>;
  /** The same; one that does not start is logged and stays down, as one server must not stop the others. */
  tryStart(instance: Instance): Promise<void>;
  /** Copies a replica from its source until it streams. */
  seed(instance: Instance): Promise<void>;
  /** Writes its settings and waits until the running server has read them. */
  reload(instance: Instance): Promise<void>;
  /** Does to its server what its Region's outage says. */
  applyOutage(instance: Instance): Promise<void>;
  setReplay(instance: Instance, to: 'pause' | 'resume'): Promise<void>;
  /** The commit that RDS' own agent makes now and then. */
  commitAsAgent(instance: Instance): Promise<void>;
  /** Drops the slots on a source that no replica uses any more; later, if it is not up. */
  releaseSlots(source: Instance | undefined): Promise<void>;
  /** Ends it and removes all its files. */
  discard(instance: Instance): Promise<void>;
  onChange(listener: () => void): void;
  changed(): void;
  /** From here on nothing is started any more. */
  retire(): void;
}

const RESTART_AFTER_CRASH_MS = 500;
const QUERY_WITHIN_MS = 2000;
const RELOADED_WITHIN_MS = 2000;

export function createFleet(workshop: Workshop): Fleet {
  const { ctx, links } = workshop;
  const records = ctx.state.collection<ServerRecord>('postgres-servers');
  const instances = new Map<string, Instance>();
  const listeners: (() => void)[] = [];
  let retired = false;

  const changed = () => {
    for (const listener of listeners) listener();
  };

  const sourceOf = ({ record }: Instance) => record.source && instances.get(record.source.resourceId);

  const slotsOn = (source: Instance) =>
    new Set(
      [...instances.values()]
        .filter(({ record }) => record.source?.resourceId === source.record.resourceId)
        .flatMap(({ record }) => record.slot ?? []),
    );

  function stateOf({ record, server }: Instance): DatabaseInstance['state'] {
    if (record.seeding) return 'seeding';
    if (record.stopped) return 'stopped';
    if (!server.isRunning()) return 'down';
    return ctx.chaos.outage(record.region) === 'hang' ? 'hung' : 'running';
  }

  /** RDS restarts a database that fell over by itself; so does the lab. */
  function recover(instance: Instance, reason: string) {
    ctx.log('postgres', `${instance.record.id} ended unexpectedly (${reason}); starting it again`);
    changed();
    void instance.serial(async () => {
      await delay(RESTART_AFTER_CRASH_MS, undefined, { ref: false });
      await tryStart(instance);
    });
  }

  async function tryStart(instance: Instance) {
    await startIfDue(instance).catch((error) =>
      ctx.log('postgres', `${instance.record.id} does not start`, { error: String(error) }),
    );
  }

  async function start(instance: Instance) {
    await writeSettings(workshop, instance, sourceOf(instance));
    await instance.server.start();
    if (ctx.chaos.outage(instance.record.region)) await applyOutage(instance);
    else await settle(instance);
    changed();
  }

  async function startIfDue(instance: Instance) {
    const { stopped, seeding, region, resourceId } = instance.record;
    if (retired || stopped || seeding || !instances.has(resourceId) || ctx.chaos.outage(region)) return;
    if (!instance.server.isRunning()) await start(instance);
  }

  /** What a server that has just come up is still to be told. */
  async function settle(instance: Instance) {
    if (instance.record.role === 'primary') {
      await dropStaleSlots(instance, slotsOn(instance));
      await commitAsAgent(instance);
    } else if (ctx.chaos.state().replayPaused.includes(instance.record.region)) {
      await setReplay(instance, 'pause');
    }
  }

  async function commitAsAgent(instance: Instance) {
    await instance.admin.query('update rds_heartbeat set value = value + 1', [], QUERY_WITHIN_MS);
  }

  async function setReplay(instance: Instance, to: 'pause' | 'resume') {
    await instance.admin.query(`select pg_wal_replay_${to}()`, [], QUERY_WITHIN_MS);
  }

  async function applyOutage(instance: Instance) {
    const mode = ctx.chaos.outage(instance.record.region);
    if (mode === 'hang') instance.server.freeze();
    else if (mode) await instance.server.kill();
  }

  async function reload(instance: Instance) {
    await writeSettings(workshop, instance, sourceOf(instance));
    if (stateOf(instance) !== 'running') return;
    const before = await loadedAt(instance);
    instance.server.reload();
    const giveUpAt = performance.now() + RELOADED_WITHIN_MS;
    while ((await loadedAt(instance)) === before && performance.now() < giveUpAt) await delay(10);
  }

  return {
    workshop,
    records,
    instances,
    get(resourceId) {
      const found = instances.get(resourceId);
      if (!found) throw new Error(`There is no database ${resourceId} in the lab; it may have been deleted.`);
      return found;
    },
    sourceOf,
    stateOf,
    async add(record) {
      const instance = await openInstance(workshop, record, recover);
      instances.set(record.resourceId, instance);
      records.put(record.resourceId, record);
      return instance;
    },
    update(instance, change) {
      instance.record = { ...instance.record, ...change };
      records.put(instance.record.resourceId, instance.record);
      changed();
    },
    start,
    startIfDue,
    tryStart,
    async seed(instance) {
      await seedReplica(workshop, instance, () => sourceOf(instance));
      await instance.serial(async () => {
        this.update(instance, { seeding: false });
        if (ctx.chaos.outage(instance.record.region)) await applyOutage(instance);
        else await settle(instance);
      });
    },
    reload,
    applyOutage,
    setReplay,
    commitAsAgent,
    async releaseSlots(source) {
      if (!source || stateOf(source) !== 'running') return;
      await dropStaleSlots(source, slotsOn(source)).catch((error) =>
        ctx.log('postgres', `could not drop a slot on ${source.record.id}`, { error: String(error) }),
      );
    },
    async discard(instance) {
      const { record, server, door, admin, abandon } = instance;
      instances.delete(record.resourceId);
      abandon.abort(new Error(`Database ${record.id} was deleted.`));
      await server.kill();
      await Promise.all([
        admin.close(),
        door.close(),
        links.forget(serverAddress(instance)),
        links.forget(door),
      ]);
      await rm(server.directory, { recursive: true, force: true });
      await rm(`${server.directory}.log`, { force: true });
    },
    onChange: (listener) => void listeners.push(listener),
    changed,
    retire() {
      retired = true;
    },
  };
}

async function loadedAt({ admin }: Instance): Promise<number> {
  const [row] = await admin.query<{ at: Date }>('select pg_conf_load_time() as at', [], QUERY_WITHIN_MS);
  return row?.at.getTime() ?? 0;
}
