import { z } from 'zod';
import { isEmergencyKind } from '../operation/kind.ts';

const Leaving = z.object({
  request: z.union([
    z.object({ lost: z.string() }).transform(({ lost }) => lost),
    z.object({ region: z.string() }).transform(({ region }) => region),
  ]),
});

/** The Region that a failover or an evacuation leaves, from its stored parameters; null for any other operation. */
export function regionLeft(kind: string, params: unknown): string | null {
  return isEmergencyKind(kind) ? (Leaving.safeParse(params).data?.request ?? null) : null;
}
