import type { ChaosState } from '#lab/kernel/chaos.ts';
import type { Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';

/** Makes the servers suffer, and recover from, what has changed between two states of chaos. */
export async function obeyChaos(fleet: Fleet, next: ChaosState, before: ChaosState): Promise<void> {
  await Promise.all(
    [...fleet.instances.values()].map(async (instance) => {
      await obeyOutage(fleet, instance, next, before);
      await obeyReplay(fleet, instance, next, before);
    }),
  );
  if (JSON.stringify(next.outages) !== JSON.stringify(before.outages)) fleet.changed();
}

async function obeyOutage(fleet: Fleet, instance: Instance, next: ChaosState, before: ChaosState) {
  const { region } = instance.record;
  if (next.outages[region] === before.outages[region]) return;
  instance.server.thaw();
  if (next.outages[region]) await fleet.applyOutage(instance);
  else await instance.serial(() => fleet.tryStart(instance));
}

async function obeyReplay(fleet: Fleet, instance: Instance, next: ChaosState, before: ChaosState) {
  const { region, role } = instance.record;
  // A server that is not up reads all this when it starts.
  if (role !== 'replica' || fleet.stateOf(instance) !== 'running') return;
  if (next.applyDelaySeconds[region] !== before.applyDelaySeconds[region]) await fleet.reload(instance);
  const paused = next.replayPaused.includes(region);
  if (paused !== before.replayPaused.includes(region)) {
    await fleet.setReplay(instance, paused ? 'pause' : 'resume');
  }
}
