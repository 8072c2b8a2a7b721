import type { ActionRegistry } from '../action.ts';
import { parity, retire } from './close.ts';
import { clear, diagnose } from './diagnose.ts';
import { apply, endpoints, rollout, smoke } from './idle.ts';
import { images, wait } from './prepare.ts';
import { soak, verifyBack } from './soak.ts';
import { drain, switchBack, switchLive } from './switch.ts';
import { leaveUnreachable } from './unreachable.ts';

export const deploymentActions: ActionRegistry = deploymentActionsWithin();

/** The same with another patience with Regions that do not answer when they are put back, real seconds. */
export function deploymentActionsWithin(unreachableSeconds?: number): ActionRegistry {
  return {
    'deploy.images': images,
    'deploy.wait': wait,
    'deploy.apply': apply,
    'deploy.rollout': rollout,
    'deploy.smoke': smoke,
    'deploy.endpoints': endpoints,
    'deploy.switch': switchLive,
    'deploy.drain': drain,
    'deploy.soak': soak,
    'deploy.parity': parity,
    'deploy.retire': retire,
    'deploy.switch-back': leaveUnreachable(switchBack, unreachableSeconds),
    'deploy.verify-back': leaveUnreachable(verifyBack, unreachableSeconds),
    'deploy.diagnose': leaveUnreachable(diagnose, unreachableSeconds),
    'deploy.clear': leaveUnreachable(clear, unreachableSeconds),
  };
}
