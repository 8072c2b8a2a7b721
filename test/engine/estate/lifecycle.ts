import { afterAll, beforeAll, inject } from 'vitest';
import { TestCluster, type TestDatabase } from '../harness.ts';

const START_MS = 60_000;
const STOP_MS = 30_000;

const startCopy = () => TestCluster.start({ template: inject('engineTemplate') });

/** A server of a test file's own, started before its tests and stopped after them. */
export function startCluster(keep: (cluster: TestCluster) => void): void {
  let cluster: TestCluster | undefined;
  beforeAll(async () => {
    cluster = await startCopy();
    keep(cluster);
  }, START_MS);
  afterAll(() => cluster?.stop(), STOP_MS);
}

export interface TwoClusters {
  first: TestCluster;
  second: TestCluster;
}

/** Servers for two that run at the same time: none has connections enough for the workers of both. */
export function startTwoClusters(keep: (clusters: TwoClusters) => void): void {
  let started: TestCluster[] = [];
  beforeAll(async () => {
    const [first, second] = await Promise.all([startCopy(), startCopy()]);
    started = [first, second];
    keep({ first, second });
  }, START_MS);
  afterAll(async () => {
    await Promise.all(started.map((cluster) => cluster.stop()));
  }, STOP_MS);
}

/** A server and a database on it with two workers, for tests that run side by side in it. */
export function startDatabase(keep: (db: TestDatabase, cluster: TestCluster) => void): void {
  let cluster: TestCluster | undefined;
  let db: TestDatabase | undefined;
  beforeAll(async () => {
    cluster = await startCopy();
    db = await cluster.clone();
    await db.startWorkers(2);
    keep(db, cluster);
  }, START_MS);
  afterAll(async () => {
    await db?.close();
    await cluster?.stop();
  }, STOP_MS);
}
