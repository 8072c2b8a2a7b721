import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureRoles } from '#launch/postgres/roles.ts';
import { ensurePostgres } from '#launch/postgres/server.ts';
import { type Database, openDatabase } from '#lib/data/database.ts';
import { migrate } from '#lib/data/migrate.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { ObservationKind, ObservationValues } from '#lib/domain/observation/kinds.ts';
import { startObservation } from '#lib/observe/start.ts';
import { type Lab, type LabOptions, startLab } from '../harness.ts';
import { reachLab } from './product.ts';

/** Collectors look every thirty seconds at the latest; and the machine may be busy, ms. */
const FIRST_LOOK_MS = 60_000;

export type Observation = Awaited<ReturnType<typeof startObservation>>;

export interface ObservedRow {
  region: string;
  kind: ObservationKind;
  name: string;
  value: unknown;
  error: string | null;
  ageSeconds: number | null;
  epoch: string;
}

/** A lab and a database of Meridian's own, into which collectors observe it. */
export interface ObservedLab {
  lab: Lab;
  database: Database;
  superuserUrl: string;
  /** What collectors logged, a line each. */
  logged: string[];
  /** One more worker's observation: elected if there is no other. */
  observe(): Promise<Observation>;
  rows(): Promise<ObservedRow[]>;
  /** Waits for a first look; rejects where none comes. */
  value<K extends ObservationKind>(region: string, kind: K, name?: string): Promise<ObservationValues[K]>;
  stop(): Promise<void>;
}

export async function startObservedLab(estate: Estate, options: LabOptions): Promise<ObservedLab> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'meridian-observe-'));
  // The server's own account has to get through.
  chmodSync(dataDir, 0o755);
  const [lab, server] = await Promise.all([startLab(options), ensurePostgres({ dataDir })]);
  const leaveLab = reachLab(lab);
  const url = (role: string) => `postgresql://${role}:test-only@127.0.0.1:${server.port}/meridian`;
  const roles = { ownerUrl: url('meridian_owner'), applicationUrl: url('meridian_app') };
  await ensureRoles(server.superuserUrl, roles);
  await migrate({ ownerUrl: roles.ownerUrl, applicationRole: 'meridian_app' });
  const database = openDatabase({ url: roles.applicationUrl, connections: 8, name: 'observe-test' });
  const logged: string[] = [];
  const started: Observation[] = [];

  async function rows(): Promise<ObservedRow[]> {
    const result = await database.pool.query<ObservedRow>(
      `select region, kind, name, value, error, epoch::text,
         extract(epoch from clock_timestamp() - observed_at)::float8 as "ageSeconds"
       from observation order by region, kind, name`,
    );
    return result.rows;
  }

  return {
    lab,
    database,
    superuserUrl: server.superuserUrl,
    logged,
    async observe() {
      const observation = await startObservation({
        database,
        estate,
        nameServers: [`${lab.dns.host}:${lab.dns.port}`],
        log: (message, fields) => logged.push(`${message} ${JSON.stringify(fields ?? {})}`),
      });
      started.push(observation);
      return observation;
    },
    rows,
    async value<K extends ObservationKind>(region: string, kind: K, name?: string) {
      const deadline = Date.now() + FIRST_LOOK_MS;
      for (;;) {
        const row = (await rows()).find(
          (candidate) =>
            candidate.region === region &&
            candidate.kind === kind &&
            (name === undefined || candidate.name === name),
        );
        if (row?.value) return row.value as ObservationValues[K];
        if (Date.now() > deadline) throw new Error(`${kind} of ${region} was not observed: ${row?.error}`);
        await delay(100);
      }
    },
    async stop() {
      await Promise.all(started.map((observation) => observation.stop()));
      await database.close();
      leaveLab();
      await Promise.all([lab.stop(), server.stop(5_000)]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
