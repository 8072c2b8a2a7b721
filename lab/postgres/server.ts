import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresBinaries } from '#launch/postgres/binaries.ts';
import { commandLine, isAlive, processTree, signal } from './processes.ts';

/** One postmaster with its processes. */
export interface Server {
  readonly directory: string;
  readonly port: number;
  /** Resolves when it takes connections; a standby, when it takes readers. */
  start(): Promise<void>;
  /** Ends sessions and shuts down cleanly. */
  stop(): Promise<void>;
  /** `kill -9` of every process of it. Resolves when all have gone. */
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Makes it read its settings again. */
  reload(): void;
  isRunning(): boolean;
  processIds(): number[];
}

export interface ServerOptions {
  directory: string;
  port: number;
  name: string;
  binaries: PostgresBinaries;
  /** Called when it ends without `stop` or `kill` having been asked. */
  onCrash: (reason: string) => void;
}

const READY_WITHIN_MS = 30_000;
const POLL_MS = 10;
const STOP_WITHIN_MS = 5000;
const LOG_KEPT_BYTES = 5 * 1024 * 1024;

export function createServer({ directory, port, name, binaries, onCrash }: ServerOptions): Server {
  const logFile = `${directory}.log`;
  let child: ChildProcess | undefined;
  let expectedEnd = false;

  async function start() {
    if (child) return;
    const log = openLog(logFile);
    const started = spawn(
      path.join(binaries.binDir, 'postgres'),
      ['-D', directory, '-p', String(port), '-c', `cluster_name=${name}`],
      { ...binaries.identity, env: binaries.env, cwd: path.dirname(directory), stdio: ['ignore', log, log] },
    );
    closeSync(log);
    let ready = false;
    child = started;
    expectedEnd = false;
    const failed = new Promise<never>((_resolve, reject) => started.once('error', reject));
    started.once('exit', (code, killedBy) => {
      child = undefined;
      if (!expectedEnd && ready) onCrash(killedBy ?? `exit code ${code}`);
    });
    await Promise.race([untilReady(started), failed]);
    ready = true;
  }

  async function untilReady(started: ChildProcess) {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (performance.now() < deadline) {
      if (child !== started)
        throw new Error(`Database ${name} did not start. Its log ${logFile} ends: ${tail(logFile)}`);
      const file = postmasterFile(directory);
      if (file?.pid === started.pid && file?.status === 'ready') return;
      await delay(POLL_MS);
    }
    throw new Error(
      `Database ${name} took no connections within ${READY_WITHIN_MS / 1000} s. See ${logFile}.`,
    );
  }

  const processIds = () => (child?.pid === undefined ? [] : processTree(child.pid));

  async function kill() {
    expectedEnd = true;
    const ending = child;
    if (ending?.pid === undefined) return;
    const exited = once(ending, 'exit');
    await killTree(ending.pid);
    if (child === ending) await exited;
    forgetPostmaster(directory);
  }

  return {
    directory,
    port,
    start,
    async stop() {
      expectedEnd = true;
      const ending = child;
      if (!ending) return;
      const exited = once(ending, 'exit');
      for (const pid of processIds()) signal(pid, 'SIGCONT');
      ending.kill('SIGINT');
      const done = await Promise.race([exited, delay(STOP_WITHIN_MS, undefined, { ref: false })]);
      if (done === undefined) await kill();
    },
    kill,
    freeze() {
      for (const pid of processIds()) signal(pid, 'SIGSTOP');
    },
    thaw() {
      for (const pid of processIds()) signal(pid, 'SIGCONT');
    },
    reload() {
      child?.kill('SIGHUP');
    },
    isRunning: () => child !== undefined,
    processIds,
  };
}

/** Ends a server that an earlier lab left behind in this directory. */
export async function sweepOrphan(directory: string): Promise<boolean> {
  const left = postmasterFile(directory);
  // The id may since belong to another program; ours carries the directory among its arguments.
  if (!left || !isAlive(left.pid) || !commandLine(left.pid).includes(`-D ${directory} `)) {
    forgetPostmaster(directory);
    return false;
  }
  for (const pid of processTree(left.pid)) signal(pid, 'SIGCONT');
  signal(left.pid, 'SIGINT');
  const deadline = performance.now() + STOP_WITHIN_MS;
  while (isAlive(left.pid) && performance.now() < deadline) await delay(POLL_MS);
  await killTree(left.pid);
  forgetPostmaster(directory);
  return true;
}

/** A lock file left by a killed server would stop its successor once another process has its number. */
function forgetPostmaster(directory: string): void {
  rmSync(path.join(directory, 'postmaster.pid'), { force: true });
}

async function killTree(postmaster: number): Promise<void> {
  // A stopped postmaster forks no further child between counting and killing.
  signal(postmaster, 'SIGSTOP');
  const pids = processTree(postmaster);
  for (const pid of pids) signal(pid, 'SIGKILL');
  while (pids.some(isAlive)) await delay(POLL_MS);
}

/** postmaster.pid: process id on line 1, state on line 8 (`ready` also for a standby that takes readers). */
function postmasterFile(directory: string): { pid: number; status: string } | undefined {
  try {
    const lines = readFileSync(path.join(directory, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), status: (lines[7] ?? '').trim() };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return openSync(file, size > LOG_KEPT_BYTES ? 'w' : 'a', 0o600);
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-4).join(' | ');
}
