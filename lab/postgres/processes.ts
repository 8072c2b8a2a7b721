import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const HAS_PROC = existsSync('/proc/self/stat');

interface Process {
  pid: number;
  parent: number;
  zombie: boolean;
}

/** The process and its children. Postgres' backends leave the process group, so only the parent's id finds them. */
export function processTree(pid: number): number[] {
  const all = HAS_PROC ? procProcesses() : psProcesses();
  const living = all.filter((process) => !process.zombie);
  if (!living.some((process) => process.pid === pid)) return [];
  return [pid, ...living.filter((process) => process.parent === pid).map((process) => process.pid)];
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return !HAS_PROC || !readProcStat(pid)?.zombie;
}

/** The arguments the process was started with, joined by spaces; empty when it has gone. */
export function commandLine(pid: number): string {
  try {
    if (HAS_PROC) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return ''; // it ended meanwhile
  }
}

/** Sends the signal; a process that has ended already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

function procProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcStat(Number(name)) ?? []);
}

function readProcStat(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), zombie: state === 'Z' || state === 'X' };
  } catch {
    return undefined; // it ended meanwhile
  }
}

function psProcesses(): Process[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,state='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, state] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), zombie: state?.startsWith('Z') ?? false };
  });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
