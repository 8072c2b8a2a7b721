import { z } from 'zod';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { touchedRegions, type WeightMatrix } from '#lib/domain/traffic/weights.ts';
import type { VerbContext } from '../context.ts';

const matrix = z.custom<WeightMatrix>((value) => typeof value === 'object' && value !== null);
const StoredChange = z.object({ change: z.object({ before: matrix, after: matrix }) });
const StoredRegions = z.object({ regions: z.array(z.string()) });

/**
 * Regions that a stored plan changes; of an earlier version's shift, those whose users it moves, also where they cancel out
 * over the estate. A plan that this version cannot read may touch every Region of its environment.
 */
export function changedRegions(
  { estate }: Pick<VerbContext, 'estate'>,
  operation: { environment: string; plan: unknown },
): string[] {
  const named = StoredRegions.safeParse(operation.plan);
  if (named.success) return named.data.regions;
  const stored = StoredChange.safeParse(operation.plan);
  if (stored.success) return touchedRegions(stored.data.change.before, stored.data.change.after).touched;
  return findEnvironment(estate, operation.environment)?.regions ?? estate.regions.map(({ code }) => code);
}
