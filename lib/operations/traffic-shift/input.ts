import { z } from 'zod';
import type { RecordTargets } from '#lib/domain/observation/kinds.ts';
import { RaisedMinimum } from '#lib/domain/traffic/raised.ts';

const weightRow = z.record(z.string(), z.int().min(0).max(255));

/** Integer weights by geography, then Region. */
export const RecordWeights = z.record(z.string(), weightRow);
export type RecordWeights = z.infer<typeof RecordWeights>;

const WeightedTarget = z.object({
  type: z.enum(['A', 'AAAA']),
  alias: z.object({ hostedZoneId: z.string(), dnsName: z.string(), evaluateTargetHealth: z.boolean() }),
  healthCheckId: z.string().nullable(),
});

/** The records as planned, without their weights; plans of an earlier version name none. */
const Targets = z
  .record(z.string(), z.record(z.string(), z.array(WeightedTarget)))
  .default({}) satisfies z.ZodType<RecordTargets>;

/** Share of all traffic by Region, 0–1. */
const Shares = z.record(z.string(), z.number());

export const RecheckInput = z.object({ expect: RecordWeights, targets: Targets });
export const SetWeightsInput = z.object({ expect: RecordWeights, weights: RecordWeights, targets: Targets });
export const RestoreWeightsInput = z.object({
  weights: RecordWeights,
  known: z.array(RecordWeights),
  targets: Targets,
});
export const DwellInput = z.object({
  seconds: z.number().min(0),
  minimumRealSeconds: z.number().min(0),
  /** Present where a long wait watches the service levels of Regions that serve. */
  shares: Shares.optional(),
});
export const VerifyInput = z.object({ shares: Shares, since: z.string() });
export const EnsureCapacityInput = z.object({
  region: z.string(),
  share: z.number().min(0).max(1),
  /** Nodes to have, where they were reckoned at planning: an emergency asks no Region that may be lost for its load. */
  nodes: z.int().min(0).optional(),
  /** What to do where the group's maximum is not enough: an emergency takes what there is. Absent: fail. */
  whenShort: z.literal('take-maximum').optional(),
});
/** What raised it: a step of this run, or one of the run that is put back, which has left these numbers on record. */
export const ReleaseCapacityInput = z.union([
  z.object({ region: z.string(), raised: RaisedMinimum }),
  z.object({ region: z.string(), raisedBy: z.string() }),
]);
