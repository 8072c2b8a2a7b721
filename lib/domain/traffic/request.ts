import { z } from 'zod';

const regionCode = z.string().min(1).max(40);
const percent = z.number().min(0, 'is under 0').max(100, 'is over 100');

function sumsTo100(row: Record<string, number>): boolean {
  return Math.abs(Object.values(row).reduce((sum, value) => sum + value, 0) - 100) < 0.051;
}

const percentRow = z
  .record(regionCode, percent)
  .refine(
    (row) => Object.keys(row).length > 0 && Object.keys(row).length <= 100,
    'names no Region, or too many',
  )
  .refine(sumsTo100, 'does not sum to 100 %');

/** How the change is spread over time. */
export const Ramp = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('immediate') }),
  z.strictObject({ kind: z.literal('stepped') }),
  z.strictObject({
    kind: z.literal('interval'),
    /** Points of the geography that moves, each interval (aws-facts C-18). */
    points: z.number().min(0.5).max(100),
    intervalHours: z
      .number()
      .min(0.05)
      .max(24 * 14),
  }),
]);
export type Ramp = z.infer<typeof Ramp>;

const Restore = z.strictObject({
  mode: z.literal('restore'),
  /** Percent of each geography by Region, as they were. */
  weights: z.record(z.string().min(1).max(20), percentRow),
  ramp: Ramp,
});

/** The three ways to ask for a shift (PRODUCT.md, Traffic), and the way back. */
export const ShiftRequest = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('geography'),
    geography: z.string().min(1).max(20),
    /** Percent of that geography by Region; Regions left out get 0. */
    weights: percentRow,
    ramp: Ramp,
  }),
  z.strictObject({
    mode: z.literal('split'),
    /** Percent of all traffic by Region. */
    target: percentRow,
    ramp: Ramp,
  }),
  z.strictObject({
    mode: z.literal('drain'),
    region: regionCode,
    /** Points of all traffic to take away; absent: all that the Region has. */
    points: z.number().positive().max(100).optional(),
    ramp: Ramp,
  }),
  Restore,
]);
export type ShiftRequest = z.infer<typeof ShiftRequest>;

/** A node group's minimum that a finished shift has raised, and where it goes back to. */
export const ReleasedMinimum = z.strictObject({
  region: regionCode,
  minimumBefore: z.int().min(0),
  /** What the shift has set: where another stands by now, somebody has changed it since. */
  minimumSet: z.int().min(0),
  /** Nodes that were started with it; 0 where that is not on record. */
  nodes: z.int().min(0),
});
export type ReleasedMinimum = z.infer<typeof ReleasedMinimum>;

/** What puts a finished shift back: its former weights and, where it raised any, former minimums of nodes. */
export const RevertRequest = Restore.extend({ release: z.array(ReleasedMinimum).max(100).optional() });
export type RevertRequest = z.infer<typeof RevertRequest>;
