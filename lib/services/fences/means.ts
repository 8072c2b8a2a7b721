import { z } from 'zod';

/** How often the elected worker tries a fence that waits (aws-facts 2.5, step 3), s. */
export const FENCE_TRIED_EVERY_SECONDS = 15;

/** One way of keeping a database from taking orders, and what came of it. */
export const FenceMeans = z.object({
  /** `security-group`, `reboot`, … */
  name: z.string(),
  outcome: z.enum(['done', 'unreachable', 'failed']),
  at: z.string(),
  note: z.string(),
});
export type FenceMeans = z.infer<typeof FenceMeans>;

const StoredMeans = z.array(FenceMeans);

export function readMeans(means: unknown): FenceMeans[] {
  const parsed = StoredMeans.safeParse(means);
  return parsed.success ? parsed.data : [];
}
