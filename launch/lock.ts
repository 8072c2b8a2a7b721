import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { cannotWrite, readKept, writeKept, writing } from './keep.ts';
import { errorCode, LaunchProblem } from './problem.ts';
import { isRunning, sendSignal, startMark, waitUntilGone } from './processes.ts';

const LockedProcess = z.object({ name: z.string(), pid: z.number().int(), startMark: z.string().optional() });
type LockedProcess = z.infer<typeof LockedProcess>;

const Holder = LockedProcess.extend({ url: z.string().optional(), children: z.array(LockedProcess) });
type Holder = z.infer<typeof Holder>;

/** A little longer than child-guard.mjs gives a child. */
const ORPHAN_PATIENCE_MS = 14_000;

/** Another launcher runs on this data folder. */
export class AlreadyRunning extends LaunchProblem {
  override name = 'AlreadyRunning';
}

/**
 * The one launcher of a data folder. The file names its process by pid and start time, so that a recycled pid never
 * counts, and the children, so that the next start can end those of a launcher that was killed.
 */
export class LaunchLock {
  readonly #file: string;
  readonly #holder: Holder;
  #released = false;

  private constructor(file: string, holder: Holder) {
    this.#file = file;
    this.#holder = holder;
  }

  /**
   * Throws AlreadyRunning when a living launcher holds the folder, and another LaunchProblem when nothing can be written
   * there; ends what a killed one has left behind.
   */
  static async acquire(dataDir: string, patienceMs = ORPHAN_PATIENCE_MS): Promise<LaunchLock> {
    const file = path.join(dataDir, 'launcher.json');
    const holder: Holder = { ...describeProcess('launcher', process.pid), children: [] };
    const draft = `${file}.${randomUUID()}`;
    writeKept(draft, holder);
    try {
      while (!writing(file, () => linkIfFree(draft, file))) await removeStale(file, patienceMs);
    } finally {
      fs.rmSync(draft, { force: true });
    }
    return new LaunchLock(file, holder);
  }

  setUrl(url: string): void {
    this.#holder.url = url;
    this.#write();
  }

  addChild(name: string, pid: number): void {
    this.#holder.children.push(describeProcess(name, pid));
    this.#write();
  }

  removeChild(pid: number): void {
    this.#holder.children = this.#holder.children.filter((child) => child.pid !== pid);
    this.#write();
  }

  release(): void {
    this.#released = true;
    fs.rmSync(this.#file, { force: true });
  }

  #write(): void {
    if (!this.#released) writeKept(this.#file, this.#holder);
  }
}

function describeProcess(name: string, pid: number): LockedProcess {
  return { name, pid, startMark: startMark(pid) };
}

function isSameProcess({ pid, startMark: mark }: LockedProcess): boolean {
  return isRunning(pid) && startMark(pid) === mark;
}

/** Linking fails when the name exists: the one file operation that both makes and claims. */
function linkIfFree(draft: string, file: string): boolean {
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function removeStale(file: string, patienceMs: number): Promise<void> {
  assertStale(Holder.safeParse(readKept(file)).data);
  const aside = `${file}.${randomUUID()}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return; // its holder let go, or another start was faster
    throw cannotWrite(file, error);
  }
  const taken = Holder.safeParse(readKept(aside)).data;
  try {
    assertStale(taken);
  } catch (error) {
    linkIfFree(aside, file); // between the look and the move a new launcher had claimed it: give it back
    throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
  await Promise.all(
    (taken?.children ?? []).filter(isSameProcess).map((child) => endOrphan(child, patienceMs)),
  );
}

function assertStale(holder: Holder | undefined): void {
  if (!holder || !isSameProcess(holder)) return;
  throw new AlreadyRunning(
    holder.url
      ? `Meridian already runs on this data folder: ${holder.url} (stop it with: kill ${holder.pid}).`
      : `Meridian is already being started on this data folder by process ${holder.pid}.`,
  );
}

/**
 * Children of a killed launcher notice and end by themselves (child-guard.mjs), and a second signal would cut that
 * short; one that has not noticed is ended here, with its own children.
 */
async function endOrphan(child: LockedProcess, patienceMs: number): Promise<void> {
  if (await waitUntilGone(child.pid, patienceMs)) return;
  sendSignal(child.pid, 'SIGTERM', { group: true });
  if (await waitUntilGone(child.pid, 3_000)) return;
  sendSignal(child.pid, 'SIGKILL', { group: true });
  await waitUntilGone(child.pid, 2_000);
}
