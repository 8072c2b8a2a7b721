import { deleteObject } from '../deletion.ts';
import {
  type Condition,
  isOwnedBy,
  isPodReady,
  isTerminating,
  type Job,
  type Pod,
  timestamp,
} from '../objects.ts';
import { jobs, pods } from '../resources.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { podFromTemplate } from './pod-template.ts';

const COMPONENT = 'job-controller';

/** Runs each Job's pods until enough have succeeded or `backoffLimit` is passed. */
export const reconcileJobs: Controller = (context) => {
  for (const job of context.store.list(jobs)) {
    if (isTerminating(job)) continue;
    if (isFinished(job)) expire(context, job);
    else reconcile(context, job);
  }
};

const isFinished = (job: Job) =>
  job.status?.conditions?.some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  ) ?? false;

function reconcile(context: ControllerContext, job: Job) {
  const { store, clock } = context;
  const own = store.list(pods, job.metadata.namespace).filter((pod) => isOwnedBy(pod, job));
  const succeeded = own.filter(({ status }) => status?.phase === 'Succeeded').length;
  const failed = own.filter(({ status }) => status?.phase === 'Failed').length;
  const active = own.filter((pod) => !isTerminating(pod) && !hasEnded(pod));
  const startTime = job.status?.startTime ?? timestamp(clock.now());
  const restarts = own
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  const verdict = judge(context, job, { succeeded, failures: failed + restarts, startTime });
  if (verdict) for (const pod of active) deleteObject({ store, nowMs: clock.now() }, pods, pod);
  const wanted =
    verdict || job.spec.suspend ? 0 : Math.min(job.spec.parallelism, job.spec.completions - succeeded);
  for (let i = active.length; i < wanted; i++) addPod(context, job);
  store.replace(jobs, {
    ...job,
    status: {
      ...job.status,
      startTime,
      active: verdict ? 0 : Math.max(active.length, wanted),
      ready: active.filter(isPodReady).length,
      succeeded,
      failed,
      ...(verdict ? { conditions: [verdict] } : {}),
      ...(verdict?.type === 'Complete' ? { completionTime: timestamp(clock.now()) } : {}),
    },
  });
}

const hasEnded = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

interface Outcome {
  succeeded: number;
  /** Pods that failed, and restarts of those that are restarted instead. */
  failures: number;
  startTime: string;
}

function judge(
  context: ControllerContext,
  job: Job,
  { succeeded, failures, startTime }: Outcome,
): Condition | undefined {
  const { clock, events, wakeIn } = context;
  const time = timestamp(clock.now());
  if (succeeded >= job.spec.completions) {
    events(job, { type: 'Normal', reason: 'Completed', message: 'Job completed', component: COMPONENT });
    return { type: 'Complete', status: 'True', lastTransitionTime: time, reason: 'CompletionsReached' };
  }
  const deadline = job.spec.activeDeadlineSeconds;
  const leftMs =
    deadline === undefined ? Number.POSITIVE_INFINITY : Date.parse(startTime) + deadline * 1000 - clock.now();
  const late = leftMs <= 0;
  if (!late && failures <= job.spec.backoffLimit) {
    if (Number.isFinite(leftMs)) wakeIn(leftMs);
    return undefined;
  }
  const reason = late ? 'DeadlineExceeded' : 'BackoffLimitExceeded';
  const message = late
    ? 'Job was active longer than specified deadline'
    : 'Job has reached the specified backoff limit';
  events(job, { type: 'Warning', reason, message, component: COMPONENT });
  return { type: 'Failed', status: 'True', lastTransitionTime: time, reason, message };
}

function addPod({ store, events, suffix }: ControllerContext, job: Job) {
  const name = `${job.metadata.name}-${suffix()}`;
  store.create(pods, podFromTemplate(job, job.spec.template, name));
  events(job, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Created pod: ${name}`,
    component: COMPONENT,
  });
}

/** Removes a finished Job after `ttlSecondsAfterFinished`. Real seconds, as its deadline: what it ran was real, and so are its readers. */
function expire({ store, clock, wakeIn }: ControllerContext, job: Job) {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  const finished = job.status?.conditions?.[0]?.lastTransitionTime;
  if (ttl === undefined || !finished) return;
  const leftMs = Date.parse(finished) + ttl * 1000 - clock.now();
  if (leftMs > 0) wakeIn(leftMs);
  else deleteObject({ store, nowMs: clock.now() }, jobs, job);
}
