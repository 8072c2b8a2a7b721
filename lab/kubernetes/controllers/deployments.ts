import { isDeepStrictEqual } from 'node:util';
import {
  type Condition,
  controllerReference,
  type Deployment,
  isOwnedBy,
  isTerminating,
  type ReplicaSet,
  timestamp,
} from '../objects.ts';
import { deployments, replicaSets } from '../resources.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { TEMPLATE_HASH, templateHash } from './pod-template.ts';
import { rolloutStep } from './rollout.ts';

const COMPONENT = 'deployment-controller';
const REVISION = 'deployment.kubernetes.io/revision';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Moves each Deployment's pods to the ReplicaSet of its template, within its strategy's bounds. */
export const reconcileDeployments: Controller = (context) => {
  for (const deployment of context.store.list(deployments)) {
    if (!isTerminating(deployment)) reconcile(context, deployment);
  }
};

function reconcile(context: ControllerContext, deployment: Deployment) {
  const { store } = context;
  const owned = store
    .list(replicaSets, deployment.metadata.namespace)
    .filter((set) => isOwnedBy(set, deployment) && !isTerminating(set));
  const hash = templateHash(deployment.spec.template);
  let current = owned.find((set) => templateHash(set.spec.template) === hash);
  if (!deployment.spec.paused) {
    current = withRevision(context, current ?? createSet(context, deployment, hash), owned, deployment);
    scaleSets(context, deployment, current, owned);
    pruneHistory(context, deployment, current);
  } else if (current && owned.every((set) => set === current || set.spec.replicas === 0)) {
    resize(context, deployment, current, deployment.spec.replicas);
  }
  const sets = store
    .list(replicaSets, deployment.metadata.namespace)
    .filter((set) => isOwnedBy(set, deployment));
  updateStatus(context, deployment, {
    sets,
    current: sets.find((set) => set.metadata.uid === current?.metadata.uid),
  });
}

function createSet({ store }: ControllerContext, deployment: Deployment, hash: string): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  return store.create(replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: {},
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...structuredClone(template), metadata: { ...template.metadata, labels } },
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    },
  });
}

const revisionOf = (set: ReplicaSet) => Number(set.metadata.annotations?.[REVISION] ?? 0);

/** The current set has the highest revision; one that is used again gets a new one, as after `rollout undo`. */
function withRevision(
  { store }: ControllerContext,
  current: ReplicaSet,
  owned: ReplicaSet[],
  deployment: Deployment,
): ReplicaSet {
  const others = owned.filter((set) => set.metadata.uid !== current.metadata.uid);
  const highest = Math.max(0, ...others.map(revisionOf));
  const revision = String(Math.max(revisionOf(current), highest + 1));
  const { [LAST_APPLIED]: _applied, ...shared } = deployment.metadata.annotations ?? {};
  const annotations = { ...shared, [REVISION]: revision };
  if (deployment.metadata.annotations?.[REVISION] !== revision) {
    store.replace(deployments, {
      ...deployment,
      metadata: {
        ...deployment.metadata,
        annotations: { ...deployment.metadata.annotations, [REVISION]: revision },
      },
    });
  }
  return store.replace(replicaSets, { ...current, metadata: { ...current.metadata, annotations } });
}

function scaleSets(
  context: ControllerContext,
  deployment: Deployment,
  current: ReplicaSet,
  owned: ReplicaSet[],
) {
  const old = owned.filter((set) => set.metadata.uid !== current.metadata.uid);
  const size = (set: ReplicaSet) => ({
    replicas: set.spec.replicas,
    available: set.status?.availableReplicas ?? 0,
  });
  const step = rolloutStep({
    wanted: deployment.spec.replicas,
    strategy: deployment.spec.strategy,
    current: size(current),
    old: old.map((set) => ({ ...size(set), pods: set.status?.replicas ?? 0 })),
  });
  resize(context, deployment, current, step.current);
  for (const [i, set] of old.entries()) resize(context, deployment, set, step.old[i] ?? 0);
}

function resize(
  { store, events }: ControllerContext,
  deployment: Deployment,
  set: ReplicaSet,
  replicas: number,
) {
  const latest = store.get(replicaSets, set.metadata.namespace, set.metadata.name);
  if (latest.spec.replicas === replicas) return;
  const direction = replicas > latest.spec.replicas ? 'up' : 'down';
  store.replace(replicaSets, { ...latest, spec: { ...latest.spec, replicas } });
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${latest.spec.replicas} to ${replicas}`;
  events(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message, component: COMPONENT });
}

/** Keeps `revisionHistoryLimit` empty sets for `rollout undo`. */
function pruneHistory({ store }: ControllerContext, deployment: Deployment, current: ReplicaSet) {
  const idle = store
    .list(replicaSets, deployment.metadata.namespace)
    .filter((set) => isOwnedBy(set, deployment) && set.metadata.uid !== current.metadata.uid)
    .filter((set) => set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0)
    .sort((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of idle.slice(0, Math.max(0, idle.length - deployment.spec.revisionHistoryLimit))) {
    store.remove(replicaSets, set);
  }
}

interface Sets {
  sets: ReplicaSet[];
  current: ReplicaSet | undefined;
}

function updateStatus(context: ControllerContext, deployment: Deployment, { sets, current }: Sets) {
  const { store, clock } = context;
  const latest = store.get(deployments, deployment.metadata.namespace, deployment.metadata.name);
  const wanted = latest.spec.replicas;
  const total = (of: (set: ReplicaSet) => number | undefined) =>
    sets.reduce((sum, set) => sum + (of(set) ?? 0), 0);
  const available = total((set) => set.status?.availableReplicas);
  const counts = {
    observedGeneration: latest.metadata.generation,
    replicas: total((set) => set.status?.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: total((set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
  };
  const complete =
    counts.updatedReplicas === wanted &&
    counts.replicas === wanted &&
    (current?.status?.availableReplicas ?? 0) === wanted;
  const conditions = [
    availability(latest, available, clock.now()),
    progress(context, latest, { counts, complete, setName: current?.metadata.name ?? '' }),
  ];
  store.replace(deployments, { ...latest, status: { ...counts, conditions } });
}

function availability(deployment: Deployment, available: number, nowMs: number): Condition {
  const { replicas, strategy } = deployment.spec;
  const enough = available >= replicas - maxUnavailable(strategy, replicas);
  return transition(deployment, nowMs, {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough
      ? 'Deployment has minimum availability.'
      : 'Deployment does not have minimum availability.',
  });
}

function maxUnavailable(strategy: Deployment['spec']['strategy'], replicas: number): number {
  const value = strategy.rollingUpdate?.maxUnavailable ?? 0;
  return typeof value === 'number' ? value : Math.floor((replicas * Number.parseInt(value, 10)) / 100);
}

interface Progress {
  counts: object;
  complete: boolean;
  setName: string;
}

/** `Progressing` turns False when nothing has moved for `progressDeadlineSeconds` of the lab's time. */
function progress(
  context: ControllerContext,
  deployment: Deployment,
  { counts, complete, setName }: Progress,
): Condition {
  const { clock, wakeIn, events } = context;
  const before = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
  const { conditions: _conditions, ...previousCounts } = deployment.status ?? { conditions: [] };
  const moved = !isDeepStrictEqual(previousCounts, counts);
  const nowMs = clock.now();
  if (complete) {
    return transition(deployment, nowMs, {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${setName}" has successfully progressed.`,
    });
  }
  const deadlineMs = clock.scaledMs(deployment.spec.progressDeadlineSeconds * 1000);
  const stalledMs = nowMs - Date.parse(before?.lastUpdateTime ?? timestamp(nowMs));
  const wasDone = before?.reason === 'NewReplicaSetAvailable';
  if (before?.status === 'False' && !moved) return before;
  if (!moved && !wasDone && !deployment.spec.paused && stalledMs > deadlineMs) {
    const message = `ReplicaSet "${setName}" has timed out progressing.`;
    events(deployment, {
      type: 'Warning',
      reason: 'ProgressDeadlineExceeded',
      message,
      component: COMPONENT,
    });
    return transition(deployment, nowMs, {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message,
    });
  }
  // Whole seconds are kept in the object, so one more is waited.
  if (!deployment.spec.paused) wakeIn(Math.max(0, deadlineMs - stalledMs) + 1000);
  const next = transition(deployment, nowMs, {
    type: 'Progressing',
    status: 'True',
    reason: 'ReplicaSetUpdated',
    message: `ReplicaSet "${setName}" is progressing.`,
  });
  return moved || wasDone ? { ...next, lastUpdateTime: timestamp(nowMs) } : next;
}

/** The condition with its times: `lastUpdateTime` moves with its reason, `lastTransitionTime` with its status. */
function transition(
  deployment: Deployment,
  nowMs: number,
  next: Omit<Condition, 'lastTransitionTime'>,
): Condition {
  const before = deployment.status?.conditions?.find(({ type }) => type === next.type);
  const time = timestamp(nowMs);
  return {
    ...next,
    lastUpdateTime: before && before.reason === next.reason ? (before.lastUpdateTime ?? time) : time,
    lastTransitionTime: before && before.status === next.status ? before.lastTransitionTime : time,
  };
}
