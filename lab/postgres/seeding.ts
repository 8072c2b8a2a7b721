import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { baseBackup } from './base-backup.ts';
import { freshDirectory, writeServerFile } from './files.ts';
import { type Instance, serverAddress, type Workshop, writeSettings } from './instance.ts';
import { REPLICATOR } from './schema.ts';

const RETRY_MS = 1000;
const POLL_MS = 50;

/** Copies `source` through the link and starts the copy as its standby, again and again until it streams. */
export async function seedReplica(
  workshop: Workshop,
  instance: Instance,
  source: () => Instance | undefined,
): Promise<void> {
  const { ctx } = workshop;
  const { record, abandon } = instance;
  for (;;) {
    abandon.signal.throwIfAborted();
    const from = source();
    if (!from) throw new Error(`Replica ${record.id} cannot be made: its source has been deleted.`);
    try {
      await copyFrom(workshop, instance, from);
      await instance.server.start();
      await untilStreaming(instance);
      return;
    } catch (error) {
      abandon.signal.throwIfAborted();
      ctx.log('postgres', `copying ${from.record.id} to ${record.id} failed; trying again`, {
        error: String(error),
      });
      await instance.server.kill();
      await delay(RETRY_MS, undefined, { signal: abandon.signal });
    }
  }
}

async function copyFrom(workshop: Workshop, instance: Instance, source: Instance): Promise<void> {
  const { links, binaries, passwords, ctx } = workshop;
  const { record, server, abandon } = instance;
  if (record.slot) await ensureSlot(source, record.slot);
  await freshDirectory(server.directory, binaries.identity);
  const from = await links.proxy(record.region, source.record.region, serverAddress(source), {
    channel: 'service',
  });
  const startedAt = performance.now();
  const bytes = await baseBackup({
    from,
    password: passwords[REPLICATOR],
    directory: server.directory,
    binaries,
    signal: abandon.signal,
  });
  ctx.log('postgres', `copied ${source.record.id} to ${record.id}`, {
    bytes,
    ms: Math.round(performance.now() - startedAt),
  });
  becomeStandby(workshop, instance);
  await writeSettings(workshop, instance, source);
}

/** From its next start the server follows its source. */
export function becomeStandby({ binaries }: Workshop, { server }: Instance): void {
  writeServerFile(path.join(server.directory, 'standby.signal'), '', binaries.identity);
}

/** The slot keeps the source's WAL from the first byte of the copy on. */
export async function ensureSlot(source: Instance, slot: string): Promise<void> {
  await source.admin.query(
    `select pg_create_physical_replication_slot($1, true)
      where not exists (select from pg_replication_slots where slot_name = $1)`,
    [slot],
    2000,
  );
}

/** Drops the slots of replicas that exist no more. */
export async function dropStaleSlots(source: Instance, wanted: ReadonlySet<string>): Promise<void> {
  const slots = await source.admin.query<{ slot_name: string }>(
    "select slot_name from pg_replication_slots where slot_type = 'physical' and not active",
    [],
    2000,
  );
  for (const { slot_name } of slots) {
    if (!wanted.has(slot_name))
      await source.admin.query('select pg_drop_replication_slot($1)', [slot_name], 2000);
  }
}

async function untilStreaming({ admin, abandon }: Instance): Promise<void> {
  const giveUpAt = performance.now() + 30_000;
  while (performance.now() < giveUpAt) {
    const rows = await admin.query("select from pg_stat_wal_receiver where status = 'streaming'", [], 2000);
    if (rows.length > 0) return;
    await delay(POLL_MS, undefined, { signal: abandon.signal });
  }
  throw new Error('the copy was started but received nothing from its source within 30 s');
}
