import { expect } from 'vitest';
import type { Plan } from '#lib/domain/operation/plan.ts';
import type { LivenessTiming } from '#lib/engine/liveness-rule.ts';
import { inGroups } from '#lib/engine/step-group.ts';
import type { TestCluster, TestDatabase, WorkerSettings } from '../harness.ts';
import { type Killed, Killer, WORKERS } from './kills.ts';
import { simulatedEstate } from './plans.ts';
import { EstateServer } from './server.ts';
import type { SimulatedEstate } from './simulated-estate.ts';
import { expectWholeAudit } from './story.ts';

/** Noticed soon: this is about what becomes of the run, not about how long it stands. */
export const SOON: LivenessTiming = { beatMs: 100, ttlMs: 20_000, graceMs: 300 };
/** Longer than any call that is held here until its worker is dead, ms. */
const ANSWER_MS = 30_000;

export interface Chaos {
  db: TestDatabase;
  server: EstateServer;
  estate: SimulatedEstate;
  killer: Killer;
}

/** A database, an estate, and workers of their own. */
export async function withChaos(
  cluster: TestCluster,
  work: (chaos: Chaos) => Promise<void>,
  { workers = WORKERS, ...settings }: Partial<WorkerSettings> & { workers?: number } = {},
): Promise<void> {
  const db = await cluster.clone();
  const estate = simulatedEstate();
  const server = await EstateServer.start(estate);
  try {
    await db.startWorkers(workers, {
      estateUrl: server.url,
      timing: SOON,
      answerMs: ANSWER_MS,
      ...settings,
    });
    await work({ db, server, estate, killer: new Killer(db, server) });
  } finally {
    await db.close();
    await server.stop();
  }
}

export const once = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 1]));

const keysOf = (steps: Plan['steps']) => steps.map(({ key }) => key);

/** A worker died before each group of steps, and inside of each step. */
export function expectEveryPoint({ boundaries, inside }: Killed, steps: Plan['steps']): void {
  expect(boundaries).toEqual(inGroups(steps).map(([first]) => first?.key));
  expect([...new Set(inside)].sort()).toEqual(keysOf(steps).sort());
}

/** A worker died inside of each step that puts things back, and where each had ended. */
export function expectEveryStep({ ended, inside }: Killed, steps: Plan['steps']): void {
  expect(ended).toEqual(keysOf(steps));
  expect([...new Set(inside)]).toEqual(keysOf(steps));
}

/** `holds`: a call that is held until its worker is dead may make its step hold. Every step passed, told once, with one entry in the audit log and one for the end; each death was one more attempt. */
export async function expectStory(
  db: TestDatabase,
  id: string,
  { plan, killed, holds = false }: { plan: Plan; killed: Killed; holds?: boolean },
): Promise<void> {
  const steps = await db.steps(id);
  expect(keysOf(plan.steps)).toEqual(steps.map(({ key }) => key));
  expect(steps.filter(({ state }) => state !== 'done' && state !== 'skipped')).toEqual([]);
  for (const { key, attempt } of steps)
    expect(attempt, key).toBeGreaterThan(killed.inside.filter((died) => died === key).length);
  const audit = await db.audit(id);
  const told = audit
    .filter(({ verb }) => !holds || verb !== 'operation.hold')
    .map(({ verb, outcome, detail }) => `${verb} ${outcome} ${detail.step ?? detail.state}`);
  const wanted = [
    ...keysOf(plan.steps).map((key) => `operation.step done ${key}`),
    'operation.end done done',
  ];
  expect(told.sort()).toEqual(wanted.sort());
  await expectWholeAudit(db);
}
