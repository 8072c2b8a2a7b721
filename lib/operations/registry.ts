import type { ActionRegistry } from './action.ts';
import { trafficActions } from './traffic-shift/actions.ts';

/** Every action that a plan may name. */
export const actions: ActionRegistry = { ...trafficActions };
