import { expect } from 'vitest';
import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';
import { LIVENESS } from '#lib/engine/liveness-rule.ts';
import { AP, EU } from '#test/recovery-facts.ts';
import type { TestCluster, TestDatabase, WorkerSettings } from '../harness.ts';
import { simulatedEstate } from './plans.ts';
import { EstateServer } from './server.ts';
import type { SimulatedEstate } from './simulated-estate.ts';
import { countOnce, expectNoSecondWriter, expectOrders, expectWholeAudit } from './story.ts';

/** What a run of these stories gets, ms: machines that run many at once are slow. */
export const PATIENCE_MS = 180_000;

export interface Scene {
  db: TestDatabase;
  server: EstateServer;
  estate: SimulatedEstate;
}

/** A database with one worker, and an estate of their own. */
export async function onEstate(
  cluster: TestCluster,
  work: (scene: Scene) => Promise<void>,
  settings: Partial<WorkerSettings> = {},
): Promise<void> {
  const db = await cluster.clone();
  const estate = simulatedEstate();
  const server = await EstateServer.start(estate);
  try {
    // Alone, a worker need not be quick to see who is dead: the product's own timing spares the machine.
    await db.startWorkers(1, { estateUrl: server.url, timing: LIVENESS, ...settings });
    await work({ db, server, estate });
  } finally {
    await db.close();
    await server.stop();
  }
}

export async function outputsOf(
  db: TestDatabase,
  id: string,
): Promise<Record<string, Record<string, unknown>>> {
  const rows = await db.query<{ key: string; output: Record<string, unknown> | null }>(
    'select key, output from operation_step where operation_id = $1',
    [id],
  );
  return Object.fromEntries(rows.map(({ key, output }) => [key, output ?? {}]));
}

export async function stateOf(db: TestDatabase, id: string, key: string): Promise<string | undefined> {
  return (await db.steps(id)).find((step) => step.key === key)?.state;
}

/** Runs until a call comes there, has something happen, and lets the call go on. */
export async function meanwhile(
  { db, server }: Pick<Scene, 'db' | 'server'>,
  { id, stepKey, method }: { id: string; stepKey: string; method: string },
  happen: () => void,
): Promise<void> {
  const trap = server.trap({ operation: id, stepKey, method, at: 'arrives' });
  await Promise.race([trap.caught, db.untilEvent(id, 'ended', undefined, PATIENCE_MS)]);
  happen();
  trap.release();
}

/** The same plan with another limit to one of its steps. */
export function withDeadline(plan: Plan, key: string, deadlineSeconds: number): Plan {
  const limited = (step: PlannedStep) => (step.key === key ? { ...step, deadlineSeconds } : step);
  return { ...plan, steps: plan.steps.map(limited) };
}

/** Orders are taken in Ireland, by it alone, and all is on record. */
export async function expectIreland(
  { db, estate }: Pick<Scene, 'db' | 'estate'>,
  run: { id: string; plan: Plan },
  from = [EU, AP],
): Promise<void> {
  expect(countOnce(estate)[`promote ecommerce-db-${EU}`]).toBe(1);
  await expectOrders(estate, { from, on: EU });
  await expectNoSecondWriter(db, estate, run);
  await expectWholeAudit(db);
}
