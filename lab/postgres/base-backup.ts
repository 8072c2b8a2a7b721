import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import pg from 'pg';
import type { PostgresBinaries } from '#launch/postgres/binaries.ts';
import { REPLICATOR } from './schema.ts';

export interface BaseBackupRequest {
  from: { host: string; port: number };
  password: string;
  /** Empty and owned by the server's account. */
  directory: string;
  binaries: PostgresBinaries;
  signal: AbortSignal;
}

/**
 * Copies a running server by its own BASE_BACKUP command over the replication protocol, so that the copy takes as
 * long as its size and the link make it. Resolves to the bytes copied.
 */
export async function baseBackup({
  from,
  password,
  directory,
  binaries,
  signal,
}: BaseBackupRequest): Promise<number> {
  const replication: pg.ClientConfig & { replication: string } = {
    ...from,
    user: REPLICATOR,
    password,
    database: 'postgres',
    replication: 'true',
    connectionTimeoutMillis: 10_000,
  };
  const client = new pg.Client(replication);
  const lost = new Promise<never>((_resolve, reject) => {
    client.on('error', reject);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  lost.catch(() => undefined); // raced below; an error after the end of the copy is of no interest
  const tar = spawn('tar', ['-xf', '-', '-C', directory], {
    ...binaries.identity,
    env: binaries.env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const unpacked = once(tar, 'exit');
  // A tar that ends early is seen by its exit code.
  tar.stdin.on('error', () => undefined);
  try {
    await Promise.race([client.connect(), lost]);
    const bytes = await Promise.race([copyInto(client, tar.stdin), lost]);
    tar.stdin.end();
    const [code] = await unpacked;
    if (code !== 0)
      throw new Error(
        `Unpacking the copy into ${directory} failed: tar ended with ${code}. Is the disk full?`,
      );
    return bytes;
  } catch (error) {
    tar.kill('SIGKILL');
    throw error;
  } finally {
    // A link that is cut would keep an orderly goodbye waiting.
    destroy(client);
  }
}

const NEW_ARCHIVE = 'n'.charCodeAt(0);
const ARCHIVE_BYTES = 'd'.charCodeAt(0);

interface CopyData {
  chunk: Buffer;
}

/** `pg` hands a submitted object the messages of its query; this one passes the tar bytes on. */
function copyInto(client: pg.Client, archive: Writable): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const nothing = () => undefined;
    const backup = {
      submit(connection: pg.Connection) {
        archive.on('drain', () => connection.stream.resume());
        connection.query("BASE_BACKUP (LABEL 'lab', CHECKPOINT 'fast', WAL true, MANIFEST 'no')");
      },
      handleCopyData({ chunk }: CopyData, connection: pg.Connection) {
        const [kind] = chunk;
        if (kind === NEW_ARCHIVE && bytes > 0)
          reject(
            new Error(
              'The source keeps data outside its directory (tablespaces), which the lab cannot copy.',
            ),
          );
        if (kind !== ARCHIVE_BYTES) return;
        bytes += chunk.length - 1;
        // The chunk is a view into the driver's read buffer, which it will use again.
        if (!archive.write(Buffer.from(chunk.subarray(1)))) connection.stream.pause();
      },
      handleError: reject,
      handleReadyForQuery: () => resolve(bytes),
      handleRowDescription: nothing,
      handleDataRow: nothing,
      handleCommandComplete: nothing,
      handleCopyInResponse: nothing,
      handlePortalSuspended: nothing,
      handleEmptyQuery: nothing,
    };
    client.query(backup);
  });
}

function destroy(client: pg.Client): void {
  const { connection } = client as pg.Client & { connection: pg.Connection };
  connection.stream.destroy();
}
