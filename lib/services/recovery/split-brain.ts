import { z } from 'zod';
import type { SplitBrain } from '#lib/domain/recovery/split-brain.ts';

const StoredSplitBrain = z.object({
  since: z.iso.datetime(),
  writers: z.array(z.object({ region: z.string(), instanceId: z.string() })),
  confirmed: z.boolean(),
});

/** As the elected worker stored it; null for none. */
export function readSplitBrain(value: unknown): SplitBrain | null {
  return StoredSplitBrain.safeParse(value).data ?? null;
}
