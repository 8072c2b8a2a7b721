import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { keysOf } from '../operations/recovery/planning.ts';
import { oldPrimarySteps } from '../operations/recovery/plans/old-primary.ts';
import { makeStep } from '../operations/recovery/plans/step.ts';

export const PROMOTE_ACTION = 'recovery.promote';

/** A fence that the import of a break-glass record filed. */
export interface OfflineFence {
  environment: string;
  region: string;
  instanceId: string;
  breakglassRun: string;
  targetRegion: string;
  targetInstanceId: string;
}

/**
 * What a break-glass script did, as the fence watch reads a run: one that asked for the promotion and was left, so the old
 * primary is shut only while the other is seen to take the orders. Nothing vouches for the record but who imported it.
 */
export function offlineRun(fence: OfflineFence) {
  const { environment, region, instanceId, breakglassRun, targetRegion, targetInstanceId } = fence;
  const keys = keysOf();
  const place = { region, instance: { instanceId } };
  const promote = makeStep(
    { key: keys('promote', targetRegion), title: `Promote ${targetInstanceId}`, action: PROMOTE_ACTION },
    {
      region: targetRegion,
      input: {
        region: targetRegion,
        instance: { instanceId: targetInstanceId },
        backupRetentionDays: 1,
      },
      deadlineSeconds: 60,
      irreversible: true,
      precondition: 'It was done by hand.',
      postcondition: 'It takes the orders.',
    },
  );
  const steps: PlannedStep[] = [oldPrimarySteps(keys).fence({ place }, 'best'), promote];
  return {
    id: `break-glass run ${breakglassRun.slice(0, 8)}`,
    environment,
    kind: 'failover',
    state: 'incomplete',
    epoch: 0n,
    plan: { steps },
    steps: steps.map(({ key, title, action, irreversible, region: stepRegion }) => ({
      key,
      title,
      action,
      irreversible,
      region: stepRegion,
      state: 'holding',
      output: null,
      attempt: 1,
    })),
  };
}
