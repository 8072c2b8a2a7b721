import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { dataFolder, queryOnce, startMigratedServer } from './migrated-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Data folder of a stopped, migrated server. */
    engineTemplate: string;
  }
}

const STOP_MS = 10_000;
const run = promisify(execFile);

/** A server with everything migrated, made once and stopped: the server of every test file is a copy of its folder. */
export default async function makeTemplate(project: TestProject): Promise<() => void> {
  const dataDir = dataFolder();
  const server = await startMigratedServer(dataDir);
  // Servers are killed here, machines are not: what a server has written is there, wherever the disk is with it.
  await queryOnce(server.superuserUrl, 'alter system set fsync = off');
  await server.stop(STOP_MS);
  rmSync(path.join(dataDir, 'ports.json'), { force: true });
  project.provide('engineTemplate', dataDir);
  return () => rmSync(dataDir, { recursive: true, force: true });
}

/** A data folder like the template's, with owners and modes; blocks are shared where the file system can. */
export async function copyTemplate(template: string): Promise<string> {
  const dataDir = dataFolder();
  const sharing = process.platform === 'linux' ? ['--reflink=auto'] : [];
  await run('cp', ['-a', ...sharing, `${template}/.`, dataDir]);
  return dataDir;
}
