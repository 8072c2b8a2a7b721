import { randomUUID } from 'node:crypto';
import type { LabContext } from '#lab/kernel/context.ts';
import type { Clusters } from '#lab/kubernetes/types.ts';
import { inUse, invalidRequest } from './faults.ts';
import { createMachines, type MachineChange, type Machines } from './machines.ts';
import { changeScaling, type Scaling } from './scaling.ts';

export interface NodeGroupRecord {
  region: string;
  clusterName: string;
  name: string;
  scaling: Scaling;
  status: 'ACTIVE' | 'UPDATING';
  createdAtMs: number;
  modifiedAtMs: number;
}

export interface UpdateRecord {
  id: string;
  region: string;
  clusterName: string;
  nodegroupName: string;
  status: 'InProgress' | 'Successful';
  params: { type: 'MinSize' | 'MaxSize' | 'DesiredSize'; value: string }[];
  createdAtMs: number;
  dueAtMs: number;
  clientRequestToken: string;
}

/** How long EKS takes to change the Auto Scaling group, ms on AWS. The nodes come later. */
const UPDATE_MS = 45_000;

export interface NodeGroups {
  find(region: string, name: string): NodeGroupRecord | undefined;
  list(region: string): NodeGroupRecord[];
  updates(region: string, nodegroupName: string | undefined): UpdateRecord[];
  /** Begins a change of sizes. The same token gives the same update again. */
  update(
    group: NodeGroupRecord,
    wanted: Partial<Scaling>,
    clientRequestToken: string | undefined,
  ): UpdateRecord;
  reset(): void;
  close(): void;
}

/** One managed node group per Region, of the estate's sizes at first. */
export function createNodeGroups(ctx: LabContext, clusters: Clusters): NodeGroups {
  const groups = ctx.state.collection<NodeGroupRecord>('eks-nodegroups');
  const updates = ctx.state.collection<UpdateRecord>('eks-updates');
  const changes = ctx.state.collection<MachineChange>('eks-machines');
  const machines = new Map<string, Machines>();
  const waits = new Map<string, () => void>();

  for (const region of ctx.estate.regions) {
    const cluster = clusters.region(region.code);
    if (cluster) machines.set(region.code, createMachines({ ctx, region, cluster, changes }));
  }

  function seed() {
    const now = ctx.clock.now();
    for (const { code, cluster, nodes } of ctx.estate.regions) {
      groups.put(`${code}/${cluster.nodegroup}`, {
        region: code,
        clusterName: cluster.name,
        name: cluster.nodegroup,
        scaling: { minSize: nodes.min, maxSize: nodes.max, desiredSize: nodes.ready },
        status: 'ACTIVE',
        createdAtMs: now,
        modifiedAtMs: now,
      });
    }
  }

  function wait(update: UpdateRecord) {
    const leftMs = Math.max(0, update.dueAtMs - ctx.clock.now());
    waits.set(
      update.id,
      ctx.clock.after(leftMs / ctx.clock.scaledMs(1), () => finish(update)),
    );
  }

  function finish(update: UpdateRecord) {
    waits.delete(update.id);
    updates.put(update.id, { ...update, status: 'Successful' });
    const id = `${update.region}/${update.nodegroupName}`;
    const group = groups.get(id);
    if (group) groups.put(id, { ...group, status: 'ACTIVE', modifiedAtMs: ctx.clock.now() });
  }

  function stop() {
    for (const cancel of waits.values()) cancel();
    waits.clear();
    for (const fleet of machines.values()) fleet.stop();
  }

  if (groups.list().length === 0) seed();
  for (const update of updates.list()) if (update.status === 'InProgress') wait(update);
  for (const fleet of machines.values()) fleet.resume();

  return {
    find: (region, name) => groups.get(`${region}/${name}`),
    list: (region) => groups.list().filter((group) => group.region === region),
    updates: (region, nodegroupName) =>
      updates.list().filter((update) => update.region === region && update.nodegroupName === nodegroupName),
    update(group, wanted, clientRequestToken) {
      const subject = { clusterName: group.clusterName, nodegroupName: group.name };
      const params = paramsOf(wanted);
      const repeated = updates
        .list()
        .find(
          (update) =>
            clientRequestToken &&
            update.region === group.region &&
            update.clientRequestToken === clientRequestToken,
        );
      if (repeated) {
        if (JSON.stringify(repeated.params) === JSON.stringify(params)) return repeated;
        throw invalidRequest(`clientRequestToken ${clientRequestToken} was used for another update`, subject);
      }
      if (group.status !== 'ACTIVE') {
        throw inUse('Nodegroup cannot be updated as it is currently not in Active State', subject);
      }
      const scaling = changeScaling({ current: group.scaling, wanted, ...subject });
      const now = ctx.clock.now();
      const update: UpdateRecord = {
        id: randomUUID(),
        region: group.region,
        clusterName: group.clusterName,
        nodegroupName: group.name,
        status: 'InProgress',
        params,
        createdAtMs: now,
        dueAtMs: now + ctx.clock.scaledMs(UPDATE_MS),
        clientRequestToken: clientRequestToken ?? '',
      };
      updates.put(update.id, update);
      groups.put(`${group.region}/${group.name}`, {
        ...group,
        scaling,
        status: 'UPDATING',
        modifiedAtMs: now,
      });
      machines.get(group.region)?.resize(scaling.desiredSize);
      wait(update);
      return update;
    },
    reset() {
      stop();
      for (const collection of [groups, updates, changes]) collection.clear();
      seed();
    },
    close: stop,
  };
}

function paramsOf({ minSize, maxSize, desiredSize }: Partial<Scaling>): UpdateRecord['params'] {
  const sizes = { MinSize: minSize, MaxSize: maxSize, DesiredSize: desiredSize } as const;
  return (['MinSize', 'MaxSize', 'DesiredSize'] as const).flatMap((type) => {
    const size = sizes[type];
    return size === undefined ? [] : [{ type, value: String(size) }];
  });
}
