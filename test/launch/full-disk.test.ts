import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Child } from '#launch/child.ts';
import { cleanedProcess } from '#launch/environment.ts';
import { keptSecret, readKept, writeKept } from '#launch/keep.ts';
import { LaunchLock } from '#launch/lock.ts';
import { LaunchProblem } from '#launch/problem.ts';
import { Progress } from '#launch/progress.ts';
import { runTask } from '#launch/task.ts';
import { eventually, LauncherBench } from './launcher.ts';
import { diskObstacle, TinyDisk } from './tiny-disk.ts';

const obstacle = diskObstacle();
const why = obstacle ? ` (skipped: ${obstacle})` : '';
const FULL = /The disk is full\. Free some space/;

let disk: TinyDisk;

describe.skipIf(obstacle)(`a start whose data folder lies on a disk that${why}`, () => {
  let bench: LauncherBench;
  beforeEach(() => {
    bench = new LauncherBench();
  });
  afterEach(async () => {
    disk.close();
    await bench.close();
  });

  it('is full ends with how much is left and how much it takes, and has written nothing', async () => {
    disk = new TinyDisk({ folder: bench.dataDir });
    disk.fill();
    const launcher = bench.spawn();
    expect(await launcher.exited).toBe(1);
    expect(launcher.output()).toContain(`The disk that holds ${bench.dataDir} has 0 MiB left`);
    expect(launcher.output()).toContain('needs 300 MiB to start');
    expect(launcher.output()).not.toMatch(/could not start:|^\s+at /m);
    expect(fs.readdirSync(bench.dataDir)).toEqual(['ballast']);
  });

  it('can only be read ends with what to do', async () => {
    disk = new TinyDisk({ folder: bench.dataDir, size: '1g' });
    disk.makeReadOnly();
    const launcher = bench.spawn();
    expect(await launcher.exited).toBe(1);
    expect(launcher.output()).toContain('The disk can only be read: it is mounted so.');
    expect(launcher.output()).not.toMatch(/could not start:|^\s+at /m);
  });
});

describe.skipIf(obstacle)(`on a disk without room${why}`, () => {
  beforeEach(() => {
    disk = new TinyDisk();
  });
  afterEach(() => disk.close());

  it('a kept file stays as it was, no draft is left, and the sentence says what to do', () => {
    const file = path.join(disk.folder, 'ports.json');
    writeKept(file, { postgres: 1 });
    disk.fill();
    const attempt = () => writeKept(file, { postgres: 2 });
    expect(attempt).toThrow(LaunchProblem);
    expect(attempt).toThrow(`Cannot write ${file}. The disk is full.`);
    expect(readKept(file)).toEqual({ postgres: 1 });
    expect(fs.readdirSync(disk.folder).sort()).toEqual(['ballast', 'ports.json']);
  });

  it('a secret that could not be kept whole is made anew later', () => {
    disk.fill();
    expect(() => keptSecret(disk.folder, 'session')).toThrow(FULL);
    disk.empty();
    expect(keptSecret(disk.folder, 'session')).toHaveLength(32);
  });

  it('that can only be read nothing is kept or taken either', async () => {
    disk.makeReadOnly();
    await expect(LaunchLock.acquire(disk.folder)).rejects.toThrow(
      /^Cannot write .*The disk can only be read/,
    );
    expect(() => writeKept(path.join(disk.folder, 'ports.json'), {})).toThrow(
      /^Cannot write .*The disk can only be read/,
    );
  });

  it('the folder is not taken, and the next start takes it', async () => {
    disk.fill();
    await expect(LaunchLock.acquire(disk.folder)).rejects.toThrow(LaunchProblem);
    await expect(LaunchLock.acquire(disk.folder)).rejects.toThrow(FULL);
    disk.empty();
    (await LaunchLock.acquire(disk.folder)).release();
    expect(fs.readdirSync(disk.folder)).toEqual([]);
  });

  const task = (script: string) =>
    runTask({
      name: 'build',
      attempt: 'Building the console',
      args: ['-e', script],
      cwd: disk.folder,
      env: cleanedProcess(),
      logDir: path.join(disk.folder, 'logs'),
      signal: new AbortController().signal,
    });

  it('a task whose log cannot be written goes on to its end', async () => {
    disk.fill();
    expect(await task(`console.error('a'.repeat(100_000)); console.log('the result')`)).toBe('the result\n');
  });

  it('a task that fails says so with what it printed, log or no log', async () => {
    disk.fill();
    const failed = task(`console.error('ENOSPC: no space left on device, write'); process.exit(1)`);
    await expect(failed).rejects.toThrow(LaunchProblem);
    await expect(failed).rejects.toThrow(
      /^Building the console failed\. The disk is full\..*\nbuild: its log .*build\.log cannot be written: .*\nThe end of what it printed:\nENOSPC: no space/,
    );
  });

  it('a program runs on and is restarted; that its log cannot be written is said once', async () => {
    const lock = await LaunchLock.acquire(disk.folder);
    const progress = new Heard();
    const child = new Child(
      {
        name: 'web',
        cwd: disk.folder,
        args: ['-e', "setInterval(() => console.log('a'.repeat(10_000)), 5)"],
        environment: () => cleanedProcess(),
        ready: async () => undefined,
        readyTimeoutMs: 20_000,
      },
      { logDir: path.join(disk.folder, 'logs'), progress, lock },
    );
    await child.start();
    disk.fill();
    await eventually('the trouble is told', () => progress.lines.some((line) => FULL.test(line)));
    const first = child.pid;
    process.kill(first ?? 0, 'SIGKILL');
    await eventually('it runs again', () => child.pid !== undefined && child.pid !== first);
    expect(progress.lines.filter((line) => line.includes('its log'))).toHaveLength(1);
    expect(
      progress.lines.some((line) => /is not noted for the next start: .*The disk is full/.test(line)),
    ).toBe(true);
    await child.stop(5_000);
  });
});

/** What a person at the terminal would have read. */
class Heard extends Progress {
  readonly lines: string[] = [];

  override say(part: string, text: string): void {
    this.lines.push(`${part} ${text}`);
  }
}
