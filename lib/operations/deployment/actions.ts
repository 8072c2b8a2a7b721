import type { ActionRegistry } from '../action.ts';
import { parity, retire } from './close.ts';
import { clear, diagnose } from './diagnose.ts';
import { apply, endpoints, rollout, smoke } from './idle.ts';
import { images, wait } from './prepare.ts';
import { soak, verifyBack } from './soak.ts';
import { drain, switchBack, switchLive } from './switch.ts';

export const deploymentActions: ActionRegistry = {
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
  'deploy.switch-back': switchBack,
  'deploy.verify-back': verifyBack,
  'deploy.diagnose': diagnose,
  'deploy.clear': clear,
};
