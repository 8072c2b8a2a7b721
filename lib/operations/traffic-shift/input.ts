import { z } from 'zod';

const weightRow = z.record(z.string(), z.int().min(0).max(255));

/** Integer weights by geography, then Region. */
export const RecordWeights = z.record(z.string(), weightRow);
export type RecordWeights = z.infer<typeof RecordWeights>;

export const RecheckInput = z.object({ expect: RecordWeights });
export const SetWeightsInput = z.object({ expect: RecordWeights, weights: RecordWeights });
export const RestoreWeightsInput = z.object({ weights: RecordWeights, known: z.array(RecordWeights) });
export const DwellInput = z.object({ seconds: z.number().min(0), minimumRealSeconds: z.number().min(0) });
export const VerifyInput = z.object({ shares: z.record(z.string(), z.number()), since: z.string() });
export const EnsureCapacityInput = z.object({ region: z.string(), share: z.number().min(0).max(1) });
