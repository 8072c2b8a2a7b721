import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosState } from '#lab/kernel/chaos.ts';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { Links } from '#lab/links/types.ts';
import { postgresBinaries } from '#launch/postgres/binaries.ts';
import { connectionUrl, withClient } from './client.ts';
import { copyDirectory, loadPasswords, prepareRoot } from './files.ts';
import {
  directoryOf,
  type Instance,
  openDoor,
  openInstance,
  serverAddress,
  type Workshop,
  writeSettings,
} from './instance.ts';
import { estateResourceId, newResourceId, type ServerRecord, slotName } from './records.ts';
import { APPLICATION, DATABASE, MASTER, SUPERUSER } from './schema.ts';
import { becomeStandby, dropStaleSlots, ensureSlot, seedReplica } from './seeding.ts';
import { sweepOrphan } from './server.ts';
import { ensureTemplate } from './template.ts';
import type { DatabaseControl, DatabaseInstance, DatabaseRole } from './types.ts';

export interface DatabaseOptions {
  /**
   * Writes a row to `heartbeat` on every primary this often. Off by default: without shoppers an idle database must
   * show the growing ReplicaLag that RDS shows (aws-facts B-09).
   */
  heartbeatMs?: number;
}

/** RDS' own agent commits on an idle primary this often, which is why ReplicaLag there climbs to five minutes only. */
const AGENT_COMMIT_MS = 300_000;
const RESTART_AFTER_CRASH_MS = 500;
const QUERY_WITHIN_MS = 2000;
const PROMOTE_WITHIN_SECONDS = 60;
const RELOADED_WITHIN_MS = 2000;

/**
 * Starts the estate's databases: a copy of the template when there are none yet, else those that the last run left.
 * Servers of a run that was killed are ended first.
 */
export async function createDatabases(
  ctx: LabContext,
  links: Links,
  options: DatabaseOptions = {},
): Promise<DatabaseControl & LabPart> {
  const binaries = await postgresBinaries();
  const root = path.join(ctx.dataDir, 'postgres');
  prepareRoot(root, binaries.identity);
  const workshop: Workshop = { ctx, links, root, binaries, passwords: loadPasswords(root) };
  const template = await ensureTemplate(workshop);
  const records = ctx.state.collection<ServerRecord>('postgres-servers');
  const instances = new Map<string, Instance>();
  const listeners: (() => void)[] = [];
  let closing = false;

  const changed = () => {
    for (const listener of listeners) listener();
  };

  function update(instance: Instance, change: Partial<ServerRecord>) {
    instance.record = { ...instance.record, ...change };
    records.put(instance.record.resourceId, instance.record);
    changed();
  }

  function getInstance(resourceId: string): Instance {
    const found = instances.get(resourceId);
    if (!found) throw new Error(`There is no database ${resourceId} in the lab; it may have been deleted.`);
    return found;
  }

  const sourceOf = ({ record }: Instance) => record.source && instances.get(record.source.resourceId);

  const slotsOn = (source: Instance) =>
    new Set(
      [...instances.values()]
        .filter(({ record }) => record.source?.resourceId === source.record.resourceId)
        .flatMap(({ record }) => record.slot ?? []),
    );

  async function add(record: ServerRecord): Promise<Instance> {
    const instance = await openInstance(workshop, record, recover);
    instances.set(record.resourceId, instance);
    records.put(record.resourceId, record);
    return instance;
  }

  /** RDS restarts a database that fell over by itself; so does the lab. */
  function recover(instance: Instance, reason: string) {
    ctx.log('postgres', `${instance.record.id} ended unexpectedly (${reason}); starting it again`);
    changed();
    const again = instance.serial(async () => {
      await delay(RESTART_AFTER_CRASH_MS, undefined, { ref: false });
      await startIfDue(instance);
    });
    again.catch((error) =>
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
    const due = !closing && instances.has(resourceId) && !stopped && !seeding && !ctx.chaos.outage(region);
    if (due && !instance.server.isRunning()) await start(instance);
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

  async function reload(instance: Instance) {
    await writeSettings(workshop, instance, sourceOf(instance));
    if (stateOf(instance) !== 'running') return;
    const loadedAt = async () => {
      const [row] = await instance.admin.query<{ at: Date }>(
        'select pg_conf_load_time() as at',
        [],
        QUERY_WITHIN_MS,
      );
      return row?.at.getTime() ?? 0;
    };
    const before = await loadedAt();
    instance.server.reload();
    const giveUpAt = performance.now() + RELOADED_WITHIN_MS;
    while ((await loadedAt()) === before && performance.now() < giveUpAt) await delay(10);
  }

  async function seedEstate() {
    const homes = ctx.estate.regions;
    const home = homes.find((region) => region.database.role === 'primary');
    if (!home)
      throw new Error('The estate has no Region whose database has the role primary. Give one that role.');
    const source = {
      resourceId: estateResourceId(home.code, home.database.instanceId),
      id: home.database.instanceId,
      region: home.code,
    };
    const made = await Promise.all(
      homes.map(async ({ code, database }) => {
        const resourceId = estateResourceId(code, database.instanceId);
        const common = { resourceId, id: database.instanceId, region: code, createdAt: ctx.clock.now() };
        const plain = { ...common, parameters: {}, open: true, stopped: false, seeding: false };
        await copyDirectory(template, directoryOf(root, common));
        if (database.role === 'primary') return add({ ...plain, role: 'primary' });
        return add({ ...plain, role: 'replica', source, slot: slotName(code, resourceId) });
      }),
    );
    const primary = getInstance(source.resourceId);
    await start(primary);
    await Promise.all(
      made.map(async (instance) => {
        if (!instance.record.slot) return;
        await ensureSlot(primary, instance.record.slot);
        becomeStandby(workshop, instance);
        await start(instance);
      }),
    );
  }

  async function resumeEstate() {
    const known = await Promise.all(records.list().map(add));
    await Promise.all(
      known.map(async (instance) => {
        if (await sweepOrphan(instance.server.directory)) {
          ctx.log('postgres', `ended ${instance.record.id} of a lab that was killed`);
        }
        if (!instance.record.seeding) await startIfDue(instance);
      }),
    );
    for (const instance of known) {
      if (!instance.record.seeding) continue;
      seed(instance).catch((error) => ctx.log('postgres', 'seeding ended', { error: String(error) }));
    }
  }

  async function seed(instance: Instance) {
    await seedReplica(
      workshop,
      instance,
      () => sourceOf(instance),
      () => instance.server.start(),
    );
    update(instance, { seeding: false });
    await instance.serial(() =>
      ctx.chaos.outage(instance.record.region) ? applyOutage(instance) : settle(instance),
    );
  }

  async function applyOutage(instance: Instance) {
    const mode = ctx.chaos.outage(instance.record.region);
    if (mode === 'hang') instance.server.freeze();
    else if (mode) await instance.server.kill();
  }

  async function obeyChaos(next: ChaosState, before: ChaosState) {
    await Promise.all([...instances.values()].map((instance) => obeyChaosAt(instance, next, before)));
    if (JSON.stringify(next.outages) !== JSON.stringify(before.outages)) changed();
  }

  async function obeyChaosAt(instance: Instance, next: ChaosState, before: ChaosState) {
    const { region } = instance.record;
    if (next.outages[region] !== before.outages[region]) {
      instance.server.thaw();
      if (next.outages[region]) await applyOutage(instance);
      else await instance.serial(() => startIfDue(instance));
    }
    if (instance.record.role !== 'replica' || next.outages[region]) return;
    if (next.applyDelaySeconds[region] !== before.applyDelaySeconds[region]) await reload(instance);
    const paused = next.replayPaused.includes(region);
    if (paused !== before.replayPaused.includes(region) && stateOf(instance) === 'running') {
      await setReplay(instance, paused ? 'pause' : 'resume');
    }
  }

  function stateOf({ record, server }: Instance): DatabaseInstance['state'] {
    if (record.seeding) return 'seeding';
    if (record.stopped) return 'stopped';
    if (!server.isRunning()) return 'down';
    return ctx.chaos.outage(record.region) === 'hang' ? 'hung' : 'running';
  }

  function describe(instance: Instance): DatabaseInstance {
    const { resourceId, id, region, role, open, createdAt, source } = instance.record;
    const { host, port } = instance.door;
    const sourceNow = source && (sourceOf(instance)?.record ?? source);
    return {
      resourceId,
      id,
      region,
      role,
      open,
      createdAt,
      source: sourceNow && { resourceId: sourceNow.resourceId, id: sourceNow.id, region: sourceNow.region },
      endpoint: { host, port },
      state: stateOf(instance),
    };
  }

  function findInstance(name: string, region?: string): Instance | undefined {
    const named = [...instances.values()].filter(({ record }) => record.id === name);
    return (
      instances.get(name) ?? named.find(({ record }) => region === undefined || record.region === region)
    );
  }

  function requireInstance(name: string): Instance {
    const found = findInstance(name);
    if (!found)
      throw new Error(`There is no database ${name} in the lab. "npm run lab -- status" lists them.`);
    return found;
  }

  function login(role: DatabaseRole) {
    const user = role === 'shop' ? APPLICATION : MASTER;
    return { user, password: workshop.passwords[user], database: DATABASE };
  }

  async function discard(instance: Instance) {
    instances.delete(instance.record.resourceId);
    instance.abandon.abort(new Error(`Database ${instance.record.id} was deleted.`));
    await instance.server.kill();
    await Promise.all([instance.admin.close(), instance.door.close()]);
    await Promise.all([links.forget(serverAddress(instance)), links.forget(instance.door)]);
    await rm(instance.server.directory, { recursive: true, force: true });
    await rm(`${instance.server.directory}.log`, { force: true });
  }

  async function releaseSlots(source: Instance | undefined) {
    if (!source || stateOf(source) !== 'running') return; // dropped when the source next starts
    await dropStaleSlots(source, slotsOn(source)).catch((error) =>
      ctx.log('postgres', `could not drop a slot on ${source.record.id}`, { error: String(error) }),
    );
  }

  if (records.list().length === 0) await seedEstate();
  else await resumeEstate();
  ctx.chaos.onChange(obeyChaos);

  function beatEvery(ms: number, beat: (primary: Instance) => Promise<unknown>): NodeJS.Timeout {
    const everyPrimary = () => {
      for (const instance of instances.values()) {
        if (instance.record.role !== 'primary' || stateOf(instance) !== 'running') continue;
        beat(instance).catch((error) => ctx.log('postgres', 'a heartbeat failed', { error: String(error) }));
      }
    };
    return setInterval(everyPrimary, ms).unref();
  }
  const timers = [beatEvery(AGENT_COMMIT_MS, commitAsAgent)];
  if (options.heartbeatMs)
    timers.push(beatEvery(options.heartbeatMs, (primary) => beatOnce(workshop, primary)));

  return {
    list: () => [...instances.values()].map(describe),
    find(name, region) {
      const found = findInstance(name, region);
      return found && describe(found);
    },
    writerUrl(region) {
      const writer = [...instances.values()].find(
        ({ record }) => record.region === region && record.role === 'primary' && !record.stopped,
      );
      return writer && connectionUrl(writer.door, login('shop'));
    },
    async urlFrom(fromRegion, name) {
      const { record, door } = requireInstance(name);
      const address = await links.proxy(fromRegion, record.region, { host: door.host, port: door.port });
      return connectionUrl(address, login('shop'));
    },
    endpointUrl: (name, role = 'master') => connectionUrl(requireInstance(name).door, login(role)),
    adminUrl(name) {
      const superuser = { user: SUPERUSER, password: workshop.passwords[SUPERUSER], database: DATABASE };
      return connectionUrl(serverAddress(requireInstance(name)), superuser);
    },
    onTopologyChange: (listener) => void listeners.push(listener),

    async promote(resourceId) {
      const instance = getInstance(resourceId);
      const source = sourceOf(instance);
      await instance.serial(async () => {
        if (instance.record.role === 'primary') return;
        const [row] = await instance.admin.query<{ promoted: boolean }>(
          'select pg_promote(true, $1) as promoted',
          [PROMOTE_WITHIN_SECONDS],
          (PROMOTE_WITHIN_SECONDS + 5) * 1000,
        );
        if (!row?.promoted)
          throw new Error(`${instance.record.id} did not end recovery within ${PROMOTE_WITHIN_SECONDS} s.`);
        update(instance, { role: 'primary', source: undefined, slot: undefined });
        await reload(instance);
        await commitAsAgent(instance);
      });
      await releaseSlots(source);
    },
    async createReplica({ id, region, sourceResourceId }) {
      const { record: from } = getInstance(sourceResourceId);
      const resourceId = newResourceId(ctx.random);
      const instance = await add({
        resourceId,
        id,
        region,
        role: 'replica',
        source: { resourceId: from.resourceId, id: from.id, region: from.region },
        slot: slotName(region, resourceId),
        parameters: {},
        open: true,
        stopped: false,
        seeding: true,
        createdAt: ctx.clock.now(),
      });
      changed();
      return { resourceId, seeded: seed(instance) };
    },
    async delete(resourceId) {
      const instance = getInstance(resourceId);
      const source = sourceOf(instance);
      records.delete(resourceId);
      await discard(instance);
      changed();
      await releaseSlots(source);
    },
    async rename(resourceId, id) {
      const instance = getInstance(resourceId);
      await instance.serial(async () => {
        await instance.server.stop();
        await instance.door.close();
        await links.forget(instance.door);
        instance.record = { ...instance.record, id };
        instance.door = await openDoor(workshop, instance.record, serverAddress(instance));
        update(instance, {});
        await startIfDue(instance);
      });
    },
    async restart(resourceId) {
      const instance = getInstance(resourceId);
      await instance.serial(async () => {
        await instance.server.stop();
        await startIfDue(instance);
      });
    },
    async stop(resourceId) {
      const instance = getInstance(resourceId);
      await instance.serial(async () => {
        update(instance, { stopped: true });
        await instance.server.stop();
      });
    },
    async start(resourceId) {
      const instance = getInstance(resourceId);
      await instance.serial(async () => {
        update(instance, { stopped: false });
        await startIfDue(instance);
      });
    },
    async setOpen(resourceId, open) {
      const instance = getInstance(resourceId);
      update(instance, { open });
      await instance.door.setOpen(open);
    },
    async setParameters(resourceId, parameters) {
      const instance = getInstance(resourceId);
      return instance.serial(async () => {
        update(instance, { parameters });
        await reload(instance);
        if (stateOf(instance) !== 'running') return [];
        const pending = await instance.admin.query<{ name: string }>(
          'select name from pg_settings where pending_restart order by name',
          [],
          QUERY_WITHIN_MS,
        );
        return pending.map(({ name }) => name);
      });
    },
    query: (resourceId, sql, { values = [], timeoutMs = QUERY_WITHIN_MS } = {}) =>
      getInstance(resourceId).admin.query(sql, values, timeoutMs),
    processIds: (resourceId) => getInstance(resourceId).server.processIds(),

    async reset() {
      await Promise.all([...instances.values()].map(discard));
      records.clear();
      ctx.state.collection<number>('postgres-endpoints').clear();
      await seedEstate();
      changed();
    },
    async close() {
      closing = true;
      for (const timer of timers) clearInterval(timer);
      const all = [...instances.values()];
      for (const { abandon } of all) abandon.abort(new Error('The lab is closing.'));
      // Replicas first: a primary that shuts down waits until its replicas have everything.
      for (const role of ['replica', 'primary'] as const) {
        await Promise.all(
          all.filter(({ record }) => record.role === role).map(({ server }) => server.stop()),
        );
      }
      await Promise.all(all.map(({ admin }) => admin.close()));
    },
  };
}

/** A row per writer Region, so that lag can be told from idleness. */
async function beatOnce({ passwords }: Workshop, { record, server }: Instance): Promise<void> {
  const login = {
    port: server.port,
    user: APPLICATION,
    password: passwords[APPLICATION],
    database: DATABASE,
  };
  await withClient(login, (client) =>
    client.query(
      'insert into heartbeat values ($1, now()) on conflict (region) do update set beat_at = excluded.beat_at',
      [record.region],
    ),
  );
}
