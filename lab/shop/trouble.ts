import { setTimeout as sleep } from 'node:timers/promises';
import { ShopFault } from './faults.ts';
import type { ServingPod } from './types.ts';
import type { ShopWorld } from './world.ts';

/** The pod's work, and what chaos adds to it for pods of this version. */
export async function meetTrouble(world: ShopWorld, pod: ServingPod): Promise<void> {
  const chaos = world.chaos();
  const concerned =
    chaos &&
    (chaos.preview === true) === world.isPreview &&
    (!chaos.version || chaos.version === pod.version);
  const { latencyMs, errorShare } = concerned ? chaos : { latencyMs: 0, errorShare: 0 };
  await sleep(world.serviceMs() + latencyMs);
  if (world.random() < errorShare) throw new ShopFault(500, 'The shop failed on this request.');
}
