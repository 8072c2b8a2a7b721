import { z } from 'zod';
import type { Check, PlannedStep, Price } from '#lib/domain/operation/plan.ts';
import type { WeightMatrix } from '#lib/domain/traffic/weights.ts';
import type { Database } from '../../data/database.ts';
import { NotFoundError } from '../../errors.ts';
import type { Evidence } from '../../operations/action.ts';

const shares = z.record(z.string(), z.number());

/** What `requestOperation` keeps with the plan for people to read. Written by us alone, so the deep parts are taken as they are. */
const StoredPlan = z.object({
  title: z.string(),
  steps: z.array(z.custom<PlannedStep>((value) => typeof value === 'object')),
  compensation: z.array(z.custom<PlannedStep>((value) => typeof value === 'object')).default([]),
  change: z.object({
    before: z.custom<WeightMatrix>((value) => typeof value === 'object'),
    after: z.custom<WeightMatrix>((value) => typeof value === 'object'),
    sharesBefore: shares,
    sharesAfter: shares,
  }),
  checks: z.array(z.custom<Check>((value) => typeof value === 'object')),
});
export type StoredPlan = z.infer<typeof StoredPlan>;

/** The stored plan, or null when it is of a shape that this version does not know. */
export function readStoredPlan(plan: unknown): StoredPlan | null {
  const parsed = StoredPlan.safeParse(plan);
  return parsed.success ? parsed.data : null;
}

/** The plan as it was requested, which never changes. Throws NotFoundError. */
export async function readPlan({ prisma }: Pick<Database, 'prisma'>, id: string): Promise<unknown> {
  const operation = await prisma.operation.findUnique({ where: { id }, select: { plan: true } });
  if (!operation) throw new NotFoundError(`There is no operation ${id}.`);
  return operation.plan;
}

const Steps = z.array(z.custom<PlannedStep>((value) => typeof value === 'object')).default([]);

/** A stored plan of any kind, as people read it. */
const StoredOperation = z.object({
  title: z.string(),
  steps: Steps,
  compensation: Steps,
  regions: z.array(z.string()).default([]),
  checks: StoredPlan.shape.checks.default([]),
  /** What will be another way, in words. */
  changes: z.array(z.object({ label: z.string(), before: z.string(), after: z.string() })).default([]),
  /** Of a shift: weights and shares. */
  change: StoredPlan.shape.change.nullable().default(null),
  /** Since when users missed something when it was planned. ISO. */
  outageAt: z.string().nullable().default(null),
});
export type StoredOperation = z.infer<typeof StoredOperation>;

/** The stored plan of any kind, or null when it is of a shape that this version does not know. */
export function readStoredOperation(plan: unknown): StoredOperation | null {
  return StoredOperation.safeParse(plan).data ?? null;
}

const StoredEvidence = z.array(
  z.object({
    at: z.string(),
    text: z.string(),
    kind: z.enum(['fact', 'gate', 'note']),
    data: z.record(z.string(), z.unknown()).optional(),
  }),
);

export function readStoredEvidence(evidence: unknown): Evidence[] {
  const parsed = StoredEvidence.safeParse(evidence);
  return parsed.success ? parsed.data : [];
}

const StoredPrice = z.object({
  monthlyDollars: z.number(),
  lines: z.array(z.object({ label: z.string(), monthlyDollars: z.number() })),
  basis: z.string(),
});

export function readStoredPrice(price: unknown): Price | null {
  const parsed = StoredPrice.safeParse(price);
  return parsed.success ? parsed.data : null;
}
