import type { ActionRegistry } from '../action.ts';
import { ensureCapacity, releaseCapacity } from './capacity.ts';
import { recheck, restoreWeights, setWeights } from './change-weights.ts';
import { dwell, verify } from './wait-and-verify.ts';

export const trafficActions: ActionRegistry = {
  'traffic.recheck': recheck,
  'traffic.set-weights': setWeights,
  'traffic.restore-weights': restoreWeights,
  'traffic.dwell': dwell,
  'traffic.verify': verify,
  'capacity.ensure': ensureCapacity,
  'capacity.release': releaseCapacity,
};
