import path from 'node:path';
import type { LabContext } from '#lab/kernel/context.ts';
import type { Address, Door, Links } from '#lab/links/types.ts';
import type { PostgresBinaries } from '#launch/postgres/binaries.ts';
import { type Admin, createAdmin } from './client.ts';
import { writeServerFile } from './files.ts';
import { quietPort } from './ports.ts';
import type { ServerRecord } from './records.ts';
import { type Passwords, REPLICATOR, SUPERUSER } from './schema.ts';
import { createSerial } from './serial.ts';
import { createServer, type Server } from './server.ts';
import { serverSettings, standbyParameters, type Upstream } from './settings.ts';
import type { TlsFiles } from './tls.ts';

/** What every instance of the estate shares. */
export interface Workshop {
  ctx: LabContext;
  links: Links;
  root: string;
  binaries: PostgresBinaries;
  passwords: Passwords;
  /** Absent: these binaries cannot speak TLS. */
  tls: TlsFiles | undefined;
}

/** One server with its entrance and the lab's connections to it. */
export interface Instance {
  record: ServerRecord;
  server: Server;
  door: Door;
  admin: Admin;
  /** Start, stop, promotion and the like, one at a time. */
  serial: <T>(task: () => Promise<T>) => Promise<T>;
  /** Ends the copying of a replica that is deleted meanwhile. */
  abandon: AbortController;
}

export const directoryOf = (root: string, record: Pick<ServerRecord, 'resourceId'>) =>
  path.join(root, record.resourceId.toLowerCase());

/** Where the server itself listens, behind its entrance. */
export const serverAddress = (instance: Instance): Address => ({
  host: '127.0.0.1',
  port: instance.server.port,
});

export async function openInstance(
  workshop: Workshop,
  record: ServerRecord,
  onCrash: (instance: Instance, reason: string) => void,
): Promise<Instance> {
  const { root, binaries, passwords } = workshop;
  const port = await quietPort();
  const instance: Instance = {
    record,
    server: createServer({
      directory: directoryOf(root, record),
      port,
      name: record.id,
      binaries,
      onCrash: (reason) => onCrash(instance, reason),
    }),
    door: await openDoor(workshop, record, { host: '127.0.0.1', port }),
    admin: createAdmin({ port, user: SUPERUSER, password: passwords[SUPERUSER], database: 'postgres' }),
    serial: createSerial(),
    abandon: new AbortController(),
  };
  return instance;
}

/** Under which an entrance's port is remembered. */
export const endpointKey = (region: string, id: string) => `${region}/${id}`;

/** The entrance of an id in a Region keeps its port for whoever bears that id, as an RDS endpoint keeps its name. */
export async function openDoor(
  { ctx, links }: Workshop,
  record: Pick<ServerRecord, 'id' | 'region' | 'open'>,
  target: Address,
): Promise<Door> {
  const ports = ctx.state.collection<number>('postgres-endpoints');
  const key = endpointKey(record.region, record.id);
  const remembered = ports.get(key);
  const door = await openRemembered(remembered);
  ports.put(key, door.port);
  return door;

  async function openRemembered(port: number | undefined): Promise<Door> {
    if (port === undefined)
      return links.door(record.region, target, { open: record.open, port: await quietPort() });
    try {
      return await links.door(record.region, target, { open: record.open, port });
    } catch (error) {
      ctx.log('postgres', 'the endpoint had to move: its port is taken', { key, port, error: String(error) });
      return openRemembered(undefined);
    }
  }
}

/** Writes lab.conf; a running server is to be told with `reload`. */
export async function writeSettings(
  workshop: Workshop,
  instance: Instance,
  source: Instance | undefined,
): Promise<void> {
  const { record, server } = instance;
  const content = serverSettings({
    parameters: source ? standbyParameters(record.parameters, source.record.parameters) : record.parameters,
    upstream: source && (await upstream(workshop, record, source)),
    tls: workshop.tls,
    applyDelaySeconds: workshop.ctx.chaos.state().applyDelaySeconds[record.region] ?? 0,
  });
  writeServerFile(path.join(server.directory, 'lab.conf'), content, workshop.binaries.identity);
}

/** RDS carries cross-Region replication over a channel of its own, not over the customer's peering (aws-facts B-13). */
async function upstream(
  workshop: Workshop,
  record: ServerRecord,
  source: Instance,
): Promise<Upstream | undefined> {
  if (!record.slot) return undefined;
  const address = await workshop.links.proxy(record.region, source.record.region, serverAddress(source), {
    channel: 'service',
  });
  return {
    ...address,
    password: workshop.passwords[REPLICATOR],
    slot: record.slot,
    applicationName: record.resourceId,
  };
}
