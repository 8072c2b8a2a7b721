import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AlreadyRunning, LaunchLock } from './lock.ts';
import { isRunning, startMark } from './processes.ts';

let dataDir: string;
const file = () => path.join(dataDir, 'launcher.json');

beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-lock-'));
});
afterEach(() => fs.rmSync(dataDir, { recursive: true, force: true }));

it('has one holder, whose address the next one is told', async () => {
  const lock = await LaunchLock.acquire(dataDir);
  await expect(LaunchLock.acquire(dataDir)).rejects.toThrow(/already being started on this data folder/);
  lock.setUrl('http://127.0.0.1:3000');
  await expect(LaunchLock.acquire(dataDir)).rejects.toThrow(/already runs .*http:\/\/127\.0\.0\.1:3000/);
  lock.release();
  (await LaunchLock.acquire(dataDir)).release();
});

it('is not brought back by a child that ends after the release', async () => {
  const lock = await LaunchLock.acquire(dataDir);
  lock.addChild('web', process.pid);
  lock.release();
  lock.removeChild(process.pid);
  expect(fs.existsSync(file())).toBe(false);
});

it('is taken from a holder whose pid belongs to another process now', async () => {
  fs.writeFileSync(
    file(),
    JSON.stringify({ name: 'launcher', pid: process.pid, startMark: 'another start', children: [] }),
  );
  (await LaunchLock.acquire(dataDir)).release();
});

it('is taken from a file that was cut short', async () => {
  fs.writeFileSync(file(), '{"name": "launch');
  (await LaunchLock.acquire(dataDir)).release();
});

it('goes to one of many that find a stale one at once', async () => {
  fs.writeFileSync(file(), JSON.stringify({ name: 'launcher', pid: 2 ** 22 + 1, children: [] }));
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => LaunchLock.acquire(dataDir)));
  const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
  const lost = attempts.filter((attempt) => attempt.status === 'rejected');
  expect(won).toHaveLength(1);
  expect(lost.every((attempt) => attempt.reason instanceof AlreadyRunning)).toBe(true);
});

it('ends what a killed holder has left running, and nothing else', async () => {
  const sleeper = () =>
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  const left = sleeper();
  const stranger = sleeper();
  const pids = [left.pid ?? 0, stranger.pid ?? 0] as const;
  const children = [
    { name: 'web', pid: pids[0], startMark: startMark(pids[0]) },
    { name: 'lab', pid: pids[1], startMark: 'an earlier process of this pid' },
  ];
  fs.writeFileSync(file(), JSON.stringify({ name: 'launcher', pid: 2 ** 22 + 1, children }));
  (await LaunchLock.acquire(dataDir, 0)).release();
  expect(isRunning(pids[0])).toBe(false);
  expect(isRunning(pids[1])).toBe(true);
  stranger.kill('SIGKILL');
});
