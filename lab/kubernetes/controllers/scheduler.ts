import { deleteObject } from '../deletion.ts';
import { isNodeReady, isTerminating, type Node, type Pod, withCondition } from '../objects.ts';
import { nodes, pods } from '../resources.ts';
import { hasLabels } from '../selectors.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { fitsOn, type Load, loadOf } from './node-load.ts';

/** Puts waiting pods on the emptiest node with room, and removes pods whose node is gone. */
export const schedulePods: Controller = (context) => {
  const { store, clock } = context;
  const all = store.list(nodes);
  const present = new Set(all.map((node) => node.metadata.name));
  for (const pod of store.list(pods)) {
    if (pod.spec.nodeName && !present.has(pod.spec.nodeName)) {
      deleteObject({ store, nowMs: clock.now() }, pods, pod, {
        propagation: 'Background',
        gracePeriodSeconds: 0,
        uid: undefined,
        resourceVersion: undefined,
      });
    }
  }
  const open = all.filter((node) => isNodeReady(node) && !node.spec.unschedulable);
  const loads = new Map(open.map((node) => [node.metadata.name, loadOf(store, node)]));
  for (const pod of store.list(pods)) {
    if (pod.spec.nodeName || isTerminating(pod)) continue;
    const node = chooseNode(pod, open, loads);
    if (node) bind(context, pod, node, loads);
    else refuse(context, pod, all.length);
  }
};

function chooseNode(pod: Pod, open: Node[], loads: Map<string, Load>): Node | undefined {
  const count = (node: Node) => loads.get(node.metadata.name)?.pods ?? 0;
  return open
    .filter((node) => hasLabels(node.metadata.labels, pod.spec.nodeSelector ?? {}))
    .filter((node) => fitsOn(node, loads.get(node.metadata.name), pod))
    .toSorted((a, b) => count(a) - count(b))[0];
}

function bind({ store, clock, events }: ControllerContext, pod: Pod, node: Node, loads: Map<string, Load>) {
  const hostIP = node.status?.addresses.find(({ type }) => type === 'InternalIP')?.address;
  const conditions = withCondition(
    pod.status?.conditions,
    { type: 'PodScheduled', status: 'True' },
    clock.now(),
  );
  const bound = store.replace(pods, {
    ...pod,
    spec: { ...pod.spec, nodeName: node.metadata.name },
    status: { ...pod.status, phase: pod.status?.phase ?? 'Pending', hostIP, conditions },
  });
  loads.get(node.metadata.name)?.add(bound);
  const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node.metadata.name}`;
  events(pod, { type: 'Normal', reason: 'Scheduled', message, component: 'default-scheduler' });
}

function refuse({ store, clock, events }: ControllerContext, pod: Pod, total: number) {
  const message = `0/${total} nodes are available: none is ready with room for this pod.`;
  const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (known?.status === 'False' && known.message === message) return;
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const;
  store.replace(pods, {
    ...pod,
    status: {
      ...pod.status,
      phase: pod.status?.phase ?? 'Pending',
      conditions: withCondition(pod.status?.conditions, condition, clock.now()),
    },
  });
  events(pod, { type: 'Warning', reason: 'FailedScheduling', message, component: 'default-scheduler' });
}
