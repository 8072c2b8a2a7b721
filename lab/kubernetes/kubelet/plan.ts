import type { ImageTrouble } from '#lab/kernel/chaos.ts';
import { type ContainerStatus, isPodReady, isTerminating, type Pod } from '../objects.ts';

export type Action = 'create' | 'start' | 'probe' | 'crash' | 'restart' | 'finish' | 'stop';

/** What becomes of a pod next, and after how long on AWS. */
export interface PlannedStep {
  action: Action;
  /** Differs when the step is another one, so that a running wait is kept only for its own step. */
  key: string;
  afterMs: number;
}

/** Waits of a pod on AWS, ms: a cached layer or two pulled, a Node process listening, SIGTERM obeyed. */
const WAITS = { start: 15_000, probe: 5_000, crash: 2_000, run: 4_000, stop: 3_000 } as const;
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;

/** Environment variables by which a workload behaves badly in the lab. */
const CRASH = 'LAB_CRASH';
const NOT_READY = 'LAB_NOT_READY';

/** The pod's next step, `trouble` being what ails its version; undefined: nothing happens until someone changes it. */
export function nextStep(pod: Pod, trouble?: ImageTrouble): PlannedStep | undefined {
  if (!pod.spec.nodeName) return undefined;
  if (isTerminating(pod)) return step('stop', '', Math.min(WAITS.stop, graceMs(pod)));
  const { phase, containerStatuses: statuses } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  if (!statuses) return step('create', '', 0);
  const waiting = statuses.find(({ state }) => state.waiting)?.state.waiting;
  const restarts = restartsOf(statuses);
  switch (waiting?.reason) {
    case undefined:
      return runningStep(pod, trouble);
    case 'ContainerCreating':
      return step('start', '', WAITS.start);
    case 'CrashLoopBackOff':
      return step('restart', String(restarts), backoffMs(restarts));
    case 'InvalidImageName':
      return undefined;
    default:
      return step('start', waiting?.message ?? '', FIRST_BACKOFF_MS);
  }
}

function runningStep(pod: Pod, trouble: ImageTrouble | undefined): PlannedStep | undefined {
  const restarts = String(restartsOf(pod.status?.containerStatuses ?? []));
  if (runsOnce(pod)) return step('finish', restarts, WAITS.run);
  if (trouble === 'crash' || asks(pod, CRASH)) return step('crash', restarts, WAITS.crash);
  if (isPodReady(pod) || trouble === 'never-ready' || asks(pod, NOT_READY)) return undefined;
  return step('probe', restarts, WAITS.probe);
}

const step = (action: Action, detail: string, afterMs: number): PlannedStep => ({
  action,
  key: `${action}:${detail}`,
  afterMs,
});
const graceMs = (pod: Pod) => (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
const restartsOf = (statuses: ContainerStatus[]) =>
  statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);

/** 10 s, doubled with each restart, at most five minutes, as the kubelet waits. */
const backoffMs = (restarts: number) =>
  Math.min(FIRST_BACKOFF_MS * 2 ** Math.max(0, restarts - 1), LONGEST_BACKOFF_MS);

export const runsOnce = (pod: Pod) =>
  pod.spec.restartPolicy === 'Never' || pod.spec.restartPolicy === 'OnFailure';

export const crashes = (pod: Pod) => asks(pod, CRASH);

function asks(pod: Pod, variable: string): boolean {
  const named = pod.spec.containers.flatMap(({ env }) => env ?? []).find(({ name }) => name === variable);
  return named?.value === 'true' || named?.value === '1';
}
