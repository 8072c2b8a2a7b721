/** Health of one load balancer's targets, as Route 53's EvaluateTargetHealth sees it. */
export interface TargetHealth {
  healthy(): boolean;
  /** One look at the targets. */
  look(): void;
  /** Takes the state of this moment for granted, as for a load balancer that has long been there. */
  settle(): void;
}

/** The shortest interval and the lowest thresholds that a target group may have on AWS. Real time. */
export const LOOK_EVERY_MS = 5_000;
const UNHEALTHY_AFTER = 2;
const HEALTHY_AFTER = 2;

/** Changes its mind only after two looks in a row that say otherwise: up to ten seconds, as a target group does. */
export function createTargetHealth(serves: () => boolean): TargetHealth {
  let healthy = serves();
  let against = 0;
  return {
    healthy: () => healthy,
    look() {
      const same = serves() === healthy;
      against = same ? 0 : against + 1;
      if (against < (healthy ? UNHEALTHY_AFTER : HEALTHY_AFTER)) return;
      healthy = !healthy;
      against = 0;
    },
    settle() {
      healthy = serves();
      against = 0;
    },
  };
}
