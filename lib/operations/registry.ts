import type { ActionRegistry } from './action.ts';
import { holdUnanswered } from './hold-unanswered.ts';
import { trafficActions } from './traffic-shift/actions.ts';

/** Every action that a plan may name. */
export const actions: ActionRegistry = Object.fromEntries(
  Object.entries(trafficActions).map(([name, action]) => [name, holdUnanswered(action)]),
);
