import { z } from 'zod';

const Voided = z.object({ at: z.string(), differences: z.array(z.string()) });
/** When the approvals of a request were found void, and by what differences. */
export type Voided = z.output<typeof Voided>;

/** What voided the approvals of a stored request; null where nothing did. */
export function readVoided(stored: unknown): Voided | null {
  return Voided.safeParse(stored).data ?? null;
}
