import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { readKept, writeKept } from './keep.ts';
import { errorCode, errorMessage, LaunchProblem } from './problem.ts';
import { commandLine } from './processes.ts';

/** True when nobody listens on this address. Throws for an address that this machine does not have. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error) => (errorCode(error) === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string')
        return reject(new Error('a TCP server has no port'));
      server.close(() => resolve(address.port));
    });
  });
}

/** The port used last time under this name when it is still free, else a free one, remembered in `<dataDir>/ports.json`. */
export async function rememberedPort(dataDir: string, name: string): Promise<number> {
  const file = path.join(dataDir, 'ports.json');
  const ports = portsOf(readKept(file));
  const last = ports[name];
  if (last !== undefined && (await isFree('127.0.0.1', last))) return last;
  const port = await freePort();
  writeKept(file, { ...ports, [name]: port });
  return port;
}

function portsOf(kept: unknown): Record<string, number> {
  if (typeof kept !== 'object' || kept === null) return {};
  return Object.fromEntries(Object.entries(kept).filter(([, port]) => Number.isInteger(port)));
}

export interface Listener {
  pid: number;
  command: string;
}

/** Who listens on a TCP port, as far as /proc tells us (Linux; other users' processes only as root). */
function findListener(port: number): Listener | undefined {
  if (process.platform !== 'linux') return undefined;
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)),
  );
  if (inodes.size === 0) return undefined;
  for (const entry of fs.readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || !holdsSocket(pid, inodes)) continue;
    return { pid, command: commandLine(pid) ?? 'unknown program' };
  }
  return undefined;
}

/** Rows of /proc/net/tcp in state 0A (LISTEN) on this port: column 1 is address:port in hex, column 9 the inode. */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = fs.existsSync(table) ? fs.readFileSync(table, 'utf8').split('\n') : [];
  return rows.flatMap((row) => {
    const columns = row.trim().split(/\s+/);
    return columns[1]?.endsWith(suffix) && columns[3] === '0A' && columns[9] ? [columns[9]] : [];
  });
}

function holdsSocket(pid: number, inodes: Set<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return fs.readdirSync(folder).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(path.join(folder, fd)))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
  } catch {
    return false; // another user's process, or one that has just closed the file
  }
}

/** The port for the web: `wanted` when free, any when it is 0. Throws a LaunchProblem that names who has it. */
export async function chooseWebPort(host: string, wanted: number): Promise<number> {
  try {
    if (wanted === 0) return await freePort(host);
    if (await isFree(host, wanted)) return wanted;
  } catch (error) {
    throw new LaunchProblem(listenFailure({ host, port: wanted }, error));
  }
  const holder = findListener(wanted);
  const by = holder ? `by "${holder.command}" (process ${holder.pid})` : 'by another program';
  throw new LaunchProblem(
    `Port ${wanted} is taken ${by}. Stop that one, or choose another port: PORT=${wanted + 1} npm start`,
  );
}

function listenFailure({ host, port }: { host: string; port: number }, error: unknown): string {
  switch (errorCode(error)) {
    case 'EACCES':
      return `This account may not listen on port ${port}. Choose one above 1023: PORT=3000 npm start`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is "${host}", which is not an address of this machine. Use 127.0.0.1 (this machine only) or 0.0.0.0 (all its networks).`;
    default:
      return `Cannot listen on ${host}:${port}: ${errorMessage(error)}. Choose another HOST or PORT.`;
  }
}
