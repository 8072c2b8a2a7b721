import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from './problem.ts';

const POLL_MS = 25;
/** Of nice(2): runs on what others leave, and is never starved. */
const YIELDING = 10;

/** True while a process of this id runs; a zombie that nobody has reaped counts as gone. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM'; // it runs, as somebody else
  }
  return process.platform !== 'linux' || statField(pid, 'state') !== 'Z';
}

/** When the process started, in the platform's own notation: with the pid it names one process for good. */
export function startMark(pid: number): string | undefined {
  if (process.platform === 'linux') return statField(pid, 'startTicks');
  return psField(pid, 'lstart');
}

/** The command line of a process, or undefined when there is none or it may not be read. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return psField(pid, 'command');
  const text = readProc(`/proc/${pid}/cmdline`);
  return text?.split('\0').join(' ').trim() || undefined;
}

/** Resolves true as soon as the process is gone, false when it still runs after `timeoutMs`. */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(pid)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Sends a signal to a process, or to its whole group when `group` is set; one that is gone already is fine. */
export function sendSignal(pid: number, signal: NodeJS.Signals, options: { group?: boolean } = {}): void {
  try {
    process.kill(options.group ? -pid : pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** Has a process that was just started, and whatever it will start, leave the processor to those who want it. */
export function yieldProcessor(pid: number | undefined): void {
  if (pid !== undefined) os.setPriority(pid, YIELDING);
}

/** /proc/<pid>/stat after the command name, which may itself hold spaces and brackets (proc(5)). */
function statField(pid: number, field: 'state' | 'startTicks'): string | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields?.[field === 'state' ? 0 : 19];
}

function readProc(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined; // the process ended between the question and the read
  }
}

function psField(pid: number, field: 'lstart' | 'command'): string | undefined {
  try {
    return (
      execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
    );
  } catch {
    return undefined; // `ps` exits 1 for an unknown process
  }
}
