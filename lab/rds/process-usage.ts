import { existsSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (USER_HZ). */
const TICKS_PER_SECOND = 100;
const HAS_PROC = existsSync('/proc/self/stat');

/**
 * CPU time of a server so far: its living processes, and those of the past that its postmaster (the first) has
 * waited for. Undefined where the system has no /proc.
 */
export function cpuSeconds(pids: number[]): number | undefined {
  if (!HAS_PROC) return undefined;
  const ticks = pids.map((pid, at) => {
    const fields = statFields(pid);
    // After the name: user, system, waited-for user, waited-for system are fields 14 to 17 of proc(5).
    const own = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    const waitedFor = Number(fields[13] ?? 0) + Number(fields[14] ?? 0);
    return at === 0 ? own + waitedFor : own;
  });
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS_PER_SECOND;
}

/** Memory of all the processes, shared pages counted once. Undefined where the system has no /proc. */
export function memoryBytes(pids: number[]): number | undefined {
  if (!HAS_PROC) return undefined;
  return pids.reduce((sum, pid) => sum + proportionalKib(pid) * 1024, 0);
}

function statFields(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function proportionalKib(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process ended, or belongs to an account we may not look into
  }
}
