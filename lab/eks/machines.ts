import type { LabContext } from '#lab/kernel/context.ts';
import type { Collection } from '#lab/kernel/state.ts';
import { nodeIdentity } from '#lab/kubernetes/machines.ts';
import type { Cluster } from '#lab/kubernetes/types.ts';
import type { Region } from '#lib/domain/estate/estate.ts';

/** A machine that comes or goes. Times are ms since the epoch, so that a restart goes on where it was. */
export interface MachineChange {
  node: string;
  /** Its number, from which its name and address follow. */
  serial: number;
  state: 'launching' | 'joined' | 'leaving';
  dueAtMs: number;
}

/** On AWS: an instance boots and joins within about a minute and a half, and is Ready after three to five; draining takes about a minute. */
const JOIN_MS = 90_000;
const READY_MS = { least: 180_000, most: 300_000 };
const LEAVE_MS = 60_000;

export interface Machines {
  /** Launches or terminates machines until the group has, or will have, this many. */
  resize(desired: number): void;
  /** Takes up kept changes again. */
  resume(): void;
  stop(): void;
}

interface MachinesOptions {
  ctx: LabContext;
  region: Region;
  cluster: Cluster;
  changes: Collection<MachineChange>;
}

/** The node group's machines: they appear in the cluster as nodes, become Ready, and leave after their pods. */
export function createMachines({ ctx, region, cluster, changes }: MachinesOptions): Machines {
  const waits = new Map<string, () => void>();
  const key = (node: string) => `${region.code}/${node}`;
  const mine = () => changes.list().filter(({ node }) => changes.get(key(node)) !== undefined);

  function put(change: MachineChange) {
    changes.put(key(change.node), change);
    wait(change);
  }

  function done(change: MachineChange) {
    waits.get(change.node)?.();
    waits.delete(change.node);
    changes.delete(key(change.node));
  }

  function wait(change: MachineChange) {
    waits.get(change.node)?.();
    const leftMs = Math.max(0, change.dueAtMs - ctx.clock.now());
    waits.set(
      change.node,
      ctx.clock.after(leftMs / ctx.clock.scaledMs(1), () => advance(change)),
    );
  }

  function advance(change: MachineChange) {
    waits.delete(change.node);
    switch (change.state) {
      case 'launching': {
        cluster.nodes.join(nodeIdentity(region, change.serial), region.cluster.nodegroup);
        const readyMs = READY_MS.least + ctx.random() * (READY_MS.most - READY_MS.least) - JOIN_MS;
        put({ ...change, state: 'joined', dueAtMs: ctx.clock.now() + ctx.clock.scaledMs(readyMs) });
        return;
      }
      case 'joined':
        done(change);
        cluster.nodes.setReady(change.node, true);
        return;
      case 'leaving':
        done(change);
        cluster.nodes.remove(change.node);
    }
  }

  function launch() {
    const taken = new Set([
      ...cluster.nodes.list().map(({ name }) => name),
      ...mine().map(({ node }) => node),
    ]);
    let serial = 0;
    while (taken.has(nodeIdentity(region, serial).name)) serial += 1;
    const dueAtMs = ctx.clock.now() + ctx.clock.scaledMs(JOIN_MS);
    put({ node: nodeIdentity(region, serial).name, serial, state: 'launching', dueAtMs });
  }

  /** One that is not in the cluster yet costs nothing; then the youngest. */
  function terminate(leaving: Set<string>) {
    const launching = mine().findLast(({ state }) => state === 'launching');
    if (launching) {
      done(launching);
      return;
    }
    const youngest = cluster.nodes.list().findLast(({ name }) => !leaving.has(name));
    if (!youngest) return;
    cluster.nodes.drain(youngest.name);
    leaving.add(youngest.name);
    const dueAtMs = ctx.clock.now() + ctx.clock.scaledMs(LEAVE_MS);
    put({ node: youngest.name, serial: -1, state: 'leaving', dueAtMs });
  }

  return {
    resize(desired) {
      const leaving = new Set(mine().flatMap(({ node, state }) => (state === 'leaving' ? [node] : [])));
      const joined = cluster.nodes.list().filter(({ name }) => !leaving.has(name)).length;
      const launching = mine().filter(({ state }) => state === 'launching').length;
      const change = desired - joined - launching;
      for (let i = 0; i < change; i++) launch();
      for (let i = 0; i < -change; i++) terminate(leaving);
    },
    resume() {
      for (const change of mine()) wait(change);
    },
    stop() {
      for (const cancel of waits.values()) cancel();
      waits.clear();
    },
  };
}
