import type { Estate } from '../estate/estate.ts';
import type { Ramp } from './request.ts';
import { interpolate, largestMove, sameRecordWeights, type WeightMatrix } from './weights.ts';

export interface RampStep {
  /** Progress after this step, 0–1. */
  fraction: number;
  matrix: WeightMatrix;
  /** Wait after this step before it is judged, in declared seconds (scaled by the environment). */
  dwellSeconds: number;
}

/**
 * The steps of a change. A step too small for Route 53's integer weights to move is left out; the last one is the target
 * itself. Stepped follows the estate's 1-5-10-25-50-75-100; interval moves so many points of the geography each time.
 */
export function rampSteps(estate: Estate, ramp: Ramp, from: WeightMatrix, to: WeightMatrix): RampStep[] {
  const dwellSeconds = estate.traffic.dwellMinutes * 60;
  const between = ramp.kind === 'interval' ? Math.max(dwellSeconds, ramp.intervalHours * 3600) : dwellSeconds;
  const steps: RampStep[] = [];
  let before = from;
  for (const fraction of rampFractions(estate, ramp, largestMove(from, to))) {
    const matrix = interpolate(from, to, fraction);
    if (sameRecordWeights(matrix, to)) break;
    if (sameRecordWeights(before, matrix)) continue;
    steps.push({ fraction, matrix, dwellSeconds: between });
    before = matrix;
  }
  if (!sameRecordWeights(before, to)) steps.push({ fraction: 1, matrix: to, dwellSeconds });
  return steps;
}

function rampFractions(estate: Estate, ramp: Ramp, movedPoints: number): number[] {
  switch (ramp.kind) {
    case 'immediate':
      return [1];
    case 'stepped':
      return estate.traffic.rampSteps.map((percent) => percent / 100);
    case 'interval': {
      const count = Math.max(1, Math.ceil(movedPoints / ramp.points - 1e-9));
      return Array.from({ length: count }, (_, i) => Math.min(1, ((i + 1) * ramp.points) / movedPoints));
    }
    default:
      return ramp satisfies never;
  }
}
