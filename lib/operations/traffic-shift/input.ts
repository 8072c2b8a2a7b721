import { z } from 'zod';

const weightRow = z.record(z.string(), z.int().min(0).max(255));

/** Integer weights by geography, then Region. */
export const RecordWeights = z.record(z.string(), weightRow);
export type RecordWeights = z.infer<typeof RecordWeights>;

/** Share of all traffic by Region, 0–1. */
const Shares = z.record(z.string(), z.number());

export const RecheckInput = z.object({ expect: RecordWeights });
export const SetWeightsInput = z.object({ expect: RecordWeights, weights: RecordWeights });
export const RestoreWeightsInput = z.object({ weights: RecordWeights, known: z.array(RecordWeights) });
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
export const ReleaseCapacityInput = z.object({ region: z.string(), raisedBy: z.string() });
