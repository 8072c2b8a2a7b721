import { deleteObject } from '../deletion.ts';
import { hasCondition, isOwnedBy, isPodReady, isTerminating, type Pod, type ReplicaSet } from '../objects.ts';
import { pods, replicaSets } from '../resources.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { podFromTemplate } from './pod-template.ts';

const COMPONENT = 'replicaset-controller';

/** Makes and removes pods until each ReplicaSet has as many as it asks for. */
export const reconcileReplicaSets: Controller = (context) => {
  for (const set of context.store.list(replicaSets)) if (!isTerminating(set)) reconcile(context, set);
};

/** Pods of the set that count: not being deleted, not ended. */
export const livePods = ({ store }: Pick<ControllerContext, 'store'>, set: ReplicaSet): Pod[] =>
  store
    .list(pods, set.metadata.namespace)
    .filter((pod) => isOwnedBy(pod, set) && !isTerminating(pod) && pod.status?.phase !== 'Failed');

function reconcile(context: ControllerContext, set: ReplicaSet) {
  const current = livePods(context, set);
  for (let i = current.length; i < set.spec.replicas; i++) addPod(context, set);
  for (const pod of surplus(current, set.spec.replicas)) removePod(context, set, pod);
  updateStatus(context, set);
}

function addPod({ store, events, suffix }: ControllerContext, set: ReplicaSet) {
  const name = `${set.metadata.name}-${suffix()}`;
  store.create(pods, podFromTemplate(set, set.spec.template, name));
  events(set, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Created pod: ${name}`,
    component: COMPONENT,
  });
}

function removePod({ store, events, clock }: ControllerContext, set: ReplicaSet, pod: Pod) {
  deleteObject({ store, nowMs: clock.now() }, pods, pod);
  const message = `Deleted pod: ${pod.metadata.name}`;
  events(set, { type: 'Normal', reason: 'SuccessfulDelete', message, component: COMPONENT });
}

/** As Kubernetes chooses: unscheduled first, then not ready, then the youngest. */
function surplus(current: Pod[], wanted: number): Pod[] {
  const rank = (pod: Pod) => (pod.spec.nodeName === undefined ? 0 : isPodReady(pod) ? 2 : 1);
  const order = current.toSorted(
    (a, b) => rank(a) - rank(b) || b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
  );
  return order.slice(0, Math.max(0, current.length - wanted));
}

function updateStatus(context: ControllerContext, set: ReplicaSet) {
  const counted = livePods(context, set);
  const available = counted.filter((pod) => isAvailable(context, pod, set.spec.minReadySeconds ?? 0)).length;
  context.store.replace(replicaSets, {
    ...set,
    status: {
      replicas: counted.length,
      fullyLabeledReplicas: counted.length,
      readyReplicas: counted.filter(isPodReady).length,
      availableReplicas: available,
      observedGeneration: set.metadata.generation,
    },
  });
}

/** Ready for `minReadySeconds` of the lab's time. */
function isAvailable({ clock, wakeIn }: ControllerContext, pod: Pod, minReadySeconds: number): boolean {
  if (!isPodReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready || !hasCondition(pod.status?.conditions, 'Ready')) return false;
  const waitedMs = clock.now() - Date.parse(ready.lastTransitionTime);
  const neededMs = clock.scaledMs(minReadySeconds * 1000);
  if (waitedMs >= neededMs) return true;
  wakeIn(neededMs - waitedMs);
  return false;
}
