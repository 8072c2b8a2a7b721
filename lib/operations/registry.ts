import type { ActionRegistry } from './action.ts';
import { deploymentActions } from './deployment/actions.ts';
import { holdUnanswered } from './hold-unanswered.ts';
import { recoveryActions } from './recovery/actions.ts';
import { throughThrottling } from './throttled.ts';
import { trafficActions } from './traffic-shift/actions.ts';

/** Looked at again sooner than a shift is: users wait. */
const RECOVERY_PAUSE_SECONDS = 2;

/** Every action that a plan may name. */
export const actions: ActionRegistry = actionsWith(recoveryActions);

/** The same with these actions of recovery and of deployments. */
export function actionsWith(
  recovery: ActionRegistry,
  deployment: ActionRegistry = deploymentActions,
): ActionRegistry {
  return Object.fromEntries([
    ...Object.entries({ ...trafficActions, ...deployment }).map(
      ([name, action]) => [name, holdUnanswered(throughThrottling(action))] as const,
    ),
    ...Object.entries(recovery).map(
      ([name, action]) => [name, holdUnanswered(action, RECOVERY_PAUSE_SECONDS)] as const,
    ),
  ]);
}
