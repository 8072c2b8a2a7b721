import type { ImageTrouble } from '#lab/kernel/chaos.ts';
import type { ControllerContext } from '../controllers/controller.ts';
import { type ContainerStatus, type Pod, timestamp, withCondition } from '../objects.ts';
import { pods } from '../resources.ts';
import { imageId, type PullCheck, type PullFault, pullFault } from './images.ts';
import { crashes, nextStep, type PlannedStep, runsOnce } from './plan.ts';

/** A container that runs to its end, for `ContainerRunner`. */
export interface ContainerRun {
  region: string;
  namespace: string;
  pod: string;
  image: string;
  command: string[];
  args: string[];
  env: Record<string, string>;
}

export interface ContainerResult {
  exitCode: number;
  log: string;
}

/** Runs a Job's container for real; undefined: this image is not one it knows, and the container is modelled as ending well. */
export type ContainerRunner = (run: ContainerRun) => Promise<ContainerResult> | undefined;

export interface KubeletOptions {
  region: string;
  /** Of pods: `10.0` gives 10.0.128.1 and up. */
  networkPrefix: string;
  canPull: PullCheck | undefined;
  run: ContainerRunner | undefined;
  /** What ails the pods of a version. */
  trouble(version: string): ImageTrouble | undefined;
}

export interface Kubelet {
  /** Starts the wait of each pod's next step. */
  reconcile(context: ControllerContext): void;
  /** Steps take no time while `during` runs: for pods that exist when the lab is first seen. */
  atOnce(during: () => void): void;
  close(): void;
}

const COMPONENT = 'kubelet';
const FIRST_POD_HOST = 128 * 256 + 10;

/** Every node's kubelet: takes bound pods through pulling, starting, readiness, crashes and their end. */
export function createKubelet(options: KubeletOptions): Kubelet {
  const waits = new Map<string, { key: string; cancel: () => void }>();
  const running = new Set<string>();
  let immediate = false;

  const stepOf = (pod: Pod) => nextStep(pod, options.trouble(pod.metadata.labels?.version ?? ''));

  function plan(context: ControllerContext, pod: Pod) {
    const { uid } = pod.metadata;
    const wait = waits.get(uid);
    const step = stepOf(pod);
    if (wait?.key === step?.key) return;
    wait?.cancel();
    waits.delete(uid);
    if (!step) return;
    if (step.afterMs === 0 || immediate) {
      perform(context, pod, step);
      return;
    }
    const cancel = context.clock.after(step.afterMs, () => {
      waits.delete(uid);
      const current = context.store.find(pods, pod.metadata.namespace, pod.metadata.name);
      if (current?.metadata.uid === uid && stepOf(current)?.key === step.key) perform(context, current, step);
    });
    waits.set(uid, { key: step.key, cancel });
  }

  function perform(context: ControllerContext, pod: Pod, step: PlannedStep) {
    switch (step.action) {
      case 'create':
        return createContainers(context, pod);
      case 'start':
        return pullAndStart(context, pod);
      case 'restart':
        return start(context, pod);
      case 'probe':
        return becomeReady(context, pod);
      case 'crash':
        return crash(context, pod);
      case 'finish':
        return finish(context, pod);
      case 'stop':
        context.store.remove(pods, pod);
        context.logs.forget(pod.metadata.namespace ?? '', pod.metadata.name);
    }
  }

  function pullAndStart(context: ControllerContext, pod: Pod) {
    for (const { image } of pod.spec.containers) {
      const fault = pullFault(image, options.region, options.canPull);
      if (fault) {
        pullFailed(context, pod, fault);
        return;
      }
    }
    const image = pod.spec.containers.map((container) => container.image).join(', ');
    note(context, pod, 'Normal', 'Pulled', `Successfully pulled image "${image}"`);
    start(context, pod);
  }

  function start(context: ControllerContext, pod: Pod) {
    const podIP = pod.status?.podIP ?? freeAddress(context, options.networkPrefix);
    const startedAt = timestamp(context.clock.now());
    note(context, pod, 'Normal', 'Started', `Started container ${pod.spec.containers[0]?.name ?? ''}`);
    // What runs once has only its own words in its log: they are read by programs.
    for (const container of runsOnce(pod) ? [] : pod.spec.containers) {
      context.logs.append(
        pod.metadata.namespace ?? '',
        pod.metadata.name,
        `starting ${container.image} version ${pod.metadata.labels?.version ?? 'unknown'}`,
      );
    }
    put(context, pod, {
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: withCondition(
        pod.status?.conditions,
        { type: 'Initialized', status: 'True' },
        context.clock.now(),
      ),
      containerStatuses: statuses(pod, (before) => ({
        ...before,
        started: true,
        ready: false,
        state: { running: { startedAt } },
      })),
    });
  }

  function finish(context: ControllerContext, pod: Pod) {
    const { uid } = pod.metadata;
    if (running.has(uid)) return;
    running.add(uid);
    void runToEnd(context, pod).finally(() => running.delete(uid));
  }

  async function runToEnd(context: ControllerContext, pod: Pod) {
    const result = await resultOf(pod);
    const current = context.store.find(pods, pod.metadata.namespace, pod.metadata.name);
    if (current?.metadata.uid !== pod.metadata.uid) return;
    for (const line of result.log.split('\n').filter(Boolean)) {
      context.logs.append(pod.metadata.namespace ?? '', pod.metadata.name, line);
    }
    if (result.exitCode !== 0 && pod.spec.restartPolicy === 'OnFailure') {
      crash(context, current, result.exitCode);
      return;
    }
    ended(context, current, result.exitCode);
  }

  async function resultOf(pod: Pod): Promise<ContainerResult> {
    const [container] = pod.spec.containers;
    const real = container && options.run?.(runOf(options.region, pod, container));
    if (!real) return { exitCode: crashes(pod) ? 1 : 0, log: 'modelled: the lab does not run this image' };
    try {
      return await real;
    } catch (error) {
      return { exitCode: 1, log: error instanceof Error ? error.message : String(error) };
    }
  }

  return {
    reconcile(context) {
      const living = new Set<string>();
      for (const pod of context.store.list(pods)) {
        living.add(pod.metadata.uid);
        plan(context, pod);
      }
      for (const [uid, wait] of waits) {
        if (living.has(uid)) continue;
        wait.cancel();
        waits.delete(uid);
      }
    },
    atOnce(during) {
      immediate = true;
      during();
      immediate = false;
    },
    close() {
      for (const wait of waits.values()) wait.cancel();
      waits.clear();
    },
  };
}

function runOf(region: string, pod: Pod, container: Pod['spec']['containers'][number]): ContainerRun {
  return {
    region,
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    image: container.image,
    command: container.command ?? [],
    args: container.args ?? [],
    env: Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? ''])),
  };
}

function createContainers(context: ControllerContext, pod: Pod) {
  const images = pod.spec.containers.map(({ image }) => image).join(', ');
  note(context, pod, 'Normal', 'Pulling', `Pulling image "${images}"`);
  put(context, pod, {
    startTime: timestamp(context.clock.now()),
    conditions: notReady(context, pod),
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: { reason: 'ContainerCreating' } },
    })),
  });
}

function pullFailed(context: ControllerContext, pod: Pod, fault: PullFault) {
  note(context, pod, 'Warning', 'Failed', fault.message);
  if (fault.reason === 'ErrImagePull') {
    const images = pod.spec.containers.map(({ image }) => image).join(', ');
    note(context, pod, 'Warning', 'BackOff', `Back-off pulling image "${images}"`);
  }
  const reason = fault.reason === 'ErrImagePull' ? 'ImagePullBackOff' : fault.reason;
  put(context, pod, {
    containerStatuses: statuses(pod, (before) => ({
      ...before,
      state: { waiting: { reason, message: fault.message } },
    })),
  });
}

function becomeReady(context: ControllerContext, pod: Pod) {
  const nowMs = context.clock.now();
  const ready = ['ContainersReady', 'Ready'].reduce(
    (conditions, type) => withCondition(conditions, { type, status: 'True' }, nowMs),
    pod.status?.conditions,
  );
  put(context, pod, {
    conditions: ready,
    containerStatuses: statuses(pod, (before) => ({ ...before, ready: true })),
  });
}

function crash(context: ControllerContext, pod: Pod, exitCode = 1) {
  const finishedAt = timestamp(context.clock.now());
  const terminated = { exitCode, reason: 'Error', finishedAt };
  note(
    context,
    pod,
    'Warning',
    'BackOff',
    `Back-off restarting failed container in pod ${pod.metadata.name}`,
  );
  context.logs.append(pod.metadata.namespace ?? '', pod.metadata.name, `exited with code ${exitCode}`);
  put(context, pod, {
    conditions: notReady(context, pod),
    containerStatuses: statuses(pod, (before) => ({
      ...before,
      ready: false,
      started: false,
      restartCount: before.restartCount + 1,
      lastState: { terminated },
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } },
    })),
  });
}

function ended(context: ControllerContext, pod: Pod, exitCode: number) {
  const finishedAt = timestamp(context.clock.now());
  const succeeded = exitCode === 0;
  put(context, pod, {
    phase: succeeded ? 'Succeeded' : 'Failed',
    conditions: notReady(context, pod, succeeded ? 'PodCompleted' : 'PodFailed'),
    containerStatuses: statuses(pod, (before) => ({
      ...before,
      ready: false,
      started: false,
      state: {
        terminated: {
          exitCode,
          reason: succeeded ? 'Completed' : 'Error',
          startedAt: before.state.running?.startedAt,
          finishedAt,
        },
      },
    })),
  });
}

function notReady(context: ControllerContext, pod: Pod, reason = 'ContainersNotReady') {
  return ['ContainersReady', 'Ready'].reduce(
    (conditions, type) => withCondition(conditions, { type, status: 'False', reason }, context.clock.now()),
    pod.status?.conditions ?? [],
  );
}

const statuses = (pod: Pod, change: (before: ContainerStatus) => ContainerStatus): ContainerStatus[] =>
  (pod.status?.containerStatuses ?? []).map((before) => ({
    ...change(before),
    imageID: imageId(before.image),
  }));

function put({ store }: ControllerContext, pod: Pod, status: Partial<NonNullable<Pod['status']>>) {
  store.replace(pods, {
    ...pod,
    status: { ...pod.status, phase: pod.status?.phase ?? 'Pending', ...status },
  });
}

function note(
  context: ControllerContext,
  pod: Pod,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
) {
  context.events(pod, { type, reason, message, component: COMPONENT });
}

/** The lowest address of the cluster's pod range that no pod has. */
function freeAddress({ store }: ControllerContext, prefix: string): string {
  const taken = new Set(store.list(pods).map((pod) => pod.status?.podIP));
  let host = FIRST_POD_HOST;
  const address = () => `${prefix}.${Math.floor(host / 256)}.${host % 256}`;
  while (taken.has(address())) host += 1;
  return address();
}
