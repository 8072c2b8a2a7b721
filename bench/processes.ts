import fs from 'node:fs';
import { commandLine } from '#launch/processes.ts';

/** USER_HZ, which Linux fixes at 100 for every program outside the kernel (proc(5)). */
const TICKS_PER_SECOND = 100;

export interface ProcessUse {
  pid: number;
  parent: number;
  command: string;
  /** Proportional set size: shared pages count in part to each of their users, so a sum is the truth. */
  pssMb: number;
  /** Processor time so far, user and system, of its own and of children it has waited for. */
  cpuSeconds: number;
}

/** The process and all below it, as /proc shows them now; Linux only. */
export function processTree(root: number): ProcessUse[] {
  const all = fs
    .readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => readUse(Number(entry)))
    .filter((use) => use !== undefined);
  const wanted = new Set([root]);
  for (let size = 0; size !== wanted.size; ) {
    size = wanted.size;
    for (const { pid, parent } of all) if (wanted.has(parent)) wanted.add(pid);
  }
  return all.filter(({ pid }) => wanted.has(pid));
}

function readUse(pid: number): ProcessUse | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const ticks = [11, 12, 13, 14].reduce((sum, place) => sum + (fields[place] ?? 0), 0);
    const pssKb = Number(
      /^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0,
    );
    return {
      pid,
      parent,
      command: commandLine(pid) ?? '',
      pssMb: pssKb / 1024,
      cpuSeconds: ticks / TICKS_PER_SECOND,
    };
  } catch {
    return undefined; // it ended while it was read, or is a kernel thread
  }
}
