import { expect } from 'vitest';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { verifyChain } from '#lib/services/audit/verify.ts';
import { type TestDatabase, until } from '../harness.ts';
import { ordersOf, regionOf } from './databases.ts';
import type { Acknowledged } from './shops.ts';
import type { SimulatedEstate } from './simulated-estate.ts';

/** What may happen once for each run, however often its worker dies: names of effects as the estate counts them. */
const ONCE = /^(promote|create|delete|rename|scale|change records)/;

/** Promotions, copies, deletions, renames, updates of node groups and changes of records: how often each was made. */
export function countOnce(estate: SimulatedEstate, what = ONCE): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of estate.effects) if (what.test(name)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The product's own verifier finds the whole log whole. */
export async function expectWholeAudit(db: TestDatabase): Promise<void> {
  const report = await verifyChain(db.database.pool);
  expect(report).toMatchObject({ ok: true, complete: true, broken: null });
  expect(report.rows).toBeGreaterThan(0);
}

/** Every step that asked or did something outside shows what a person would type for it, each command once. */
export async function expectCommands(db: TestDatabase, id: string): Promise<void> {
  const steps = await db.query<{ key: string; cli: string[] }>(
    `select key, cli from operation_step s
      where operation_id = $1
        and exists (select from operation_call c where c.operation_id = $1 and c.step_key = s.key)`,
    [id],
  );
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.filter(({ cli }) => cli.length === 0).map(({ key }) => key)).toEqual([]);
  for (const { key, cli } of steps) expect(new Set(cli).size, key).toBe(cli.length);
}

/** When a step of the run said that a database is shut, by its ARN, ms. */
async function fencedAt(db: TestDatabase, id: string, plan: Plan): Promise<Map<string, number>> {
  const fenced = new Map<string, number>();
  for (const { kind, step_key, detail, at } of await db.events(id)) {
    const output = detail.output as { fenced?: string; instanceId?: string } | undefined; // as actions leave it
    const region = plan.steps.find(({ key }) => key === step_key)?.region;
    if (kind === 'finished' && output?.fenced === 'done' && output.instanceId && region)
      fenced.set(`arn:aws:rds:${region}:000000000000:db:${output.instanceId}`, at.getTime());
  }
  return fenced;
}

/**
 * Behind a fence that was reported done nobody orders, and one database alone takes orders from then on. Answers how many
 * fences were reported, so that a test can say that there was one.
 */
export async function expectNoSecondWriter(
  db: TestDatabase,
  estate: SimulatedEstate,
  run: { id: string; plan: Plan },
): Promise<number> {
  const fences = await fencedAt(db, run.id, run.plan);
  for (const [arn, atMs] of fences) {
    const later = estate.shops.acknowledged.filter((order) => order.atMs > atMs);
    const behind = later.filter((order) => order.instance === arn);
    expect(behind, `orders taken by ${arn} after its fence was reported done`).toEqual([]);
    expect(new Set(later.map((order) => order.instance)).size).toBeLessThanOrEqual(1);
  }
  return fences.size;
}

/** Orders that customers were promised and that the database of that Region does not have. */
export function missingOn(estate: SimulatedEstate, region: string): Acknowledged[] {
  const writer = estate.databases.primaries().find((instance) => regionOf(instance) === region);
  if (!writer) throw new Error(`${region} has no primary.`);
  const there = new Set(ordersOf(writer).map(({ id }) => id));
  return estate.shops.acknowledged.filter(({ id }) => !there.has(id));
}

/** Orders are taken in each of these Regions, now, and stand on the writer there. */
export async function expectOrders(
  estate: SimulatedEstate,
  { from, on }: { from: readonly string[]; on: string },
): Promise<void> {
  const since = estate.shops.acknowledged.length;
  const taken = () => {
    const fresh = estate.shops.acknowledged.slice(since);
    return from.filter((region) =>
      fresh.some(({ placedIn, writtenIn }) => placedIn === region && writtenIn === on),
    );
  };
  const all = async () => (taken().length === from.length ? true : undefined);
  await until(`orders of ${from.join(', ')} are written in ${on}`, all, 10_000);
}

/** Roles and replication of what stands, without what is about to go: `ecommerce-db-eu-west-1 primary available`. */
export function standing(estate: SimulatedEstate): string[] {
  return estate.databases.instances
    .map(({ seen }) => [seen.instanceId, seen.role, seen.replication ?? seen.status].join(' '))
    .sort();
}
