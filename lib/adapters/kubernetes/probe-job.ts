import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { BatchV1Api, CoreV1Api, type V1Job } from '@kubernetes/client-node';
import { RefusedError } from '../../errors.ts';
import { UnansweredError } from '../../ports/aws.ts';
import { hasStatus } from './api-status.ts';
import type { ClusterConnection } from './connection.ts';

const IMAGE = 'meridian/probe';
/** A Job that does not end by itself, because its image cannot be had or no node takes it, is ended. */
const DEADLINE_SECONDS = 60;
/** Kept so long for a repeat to find, and for people. */
const KEPT_SECONDS = 3_600;
/** Between the first looks at a Job, and at most: probes end within a second or take many. */
const LOOK_AGAIN_MS = { first: 50, longest: 500 };
const LONGEST_NAME = 63;
/** By it a Job's pod is found. */
const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** How long a probe takes at most: its Job's deadline, and some for the controller to say so. */
export const PROBE_MS = (DEADLINE_SECONDS + 10) * 1_000;

export interface ProbeRequest {
  namespace: string;
  /** The task, as the probe takes it. */
  argument: string;
  /** The same name is the same probe: it runs once, and its result can be had again while its Job is kept. */
  name: string;
}

/** What the probe printed. */
export async function runProbeJob(
  connection: ClusterConnection,
  request: ProbeRequest,
): Promise<{ log: string; job: string }> {
  const { namespace, argument } = request;
  const job = jobName(request.name);
  const made = await makeOrFind(connection, { namespace, job, argument });
  const args = made.spec?.template.spec?.containers[0]?.args;
  if (args?.length !== 1 || args[0] !== argument) {
    throw new RefusedError(
      'probe-name-taken',
      `Cannot run the probe ${request.name}: Job ${job} in ${namespace} has another task. Give the probe a name of its own.`,
    );
  }
  const verdict = await untilEnded(connection, { namespace, job, seen: made });
  return { log: await readLog(connection, { namespace, job, verdict }), job };
}

interface JobOf {
  namespace: string;
  job: string;
}

async function makeOrFind(
  connection: ClusterConnection,
  { namespace, job, argument }: JobOf & { argument: string },
): Promise<V1Job> {
  try {
    return await connection.call('CreateJob', (kube, options) =>
      kube
        .makeApiClient(BatchV1Api)
        .createNamespacedJob({ namespace, body: jobManifest(job, argument) }, options),
    );
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    return connection.call('ReadJob', (kube, options) =>
      kube.makeApiClient(BatchV1Api).readNamespacedJob({ namespace, name: job }, options),
    );
  }
}

function jobManifest(name: string, argument: string): V1Job {
  const labels = {
    'app.kubernetes.io/name': 'meridian-probe',
    [INSTANCE_LABEL]: name,
    'app.kubernetes.io/managed-by': 'meridian',
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: DEADLINE_SECONDS,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          containers: [
            {
              name: 'probe',
              image: IMAGE,
              args: [argument],
              resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
            },
          ],
        },
      },
    },
  };
}

async function untilEnded(
  connection: ClusterConnection,
  { namespace, job, seen }: JobOf & { seen: V1Job },
): Promise<Verdict> {
  const until = Date.now() + PROBE_MS;
  let known = verdictOf(seen);
  let pauseMs: number | undefined;
  while (!known) {
    if (Date.now() > until) {
      throw new UnansweredError(`Job ${job} in ${namespace} has not ended within ${PROBE_MS / 1_000} s`);
    }
    // On record are the first look and the last: between them the cluster is waited for.
    const isFirst = pauseMs === undefined;
    if (pauseMs !== undefined) await delay(pauseMs);
    const found = await connection.call(
      'ReadJob',
      (kube, options) => kube.makeApiClient(BatchV1Api).readNamespacedJob({ namespace, name: job }, options),
      { oneOfMany: (answer) => !isFirst && verdictOf(answer) === undefined },
    );
    known = verdictOf(found);
    pauseMs = Math.min(LOOK_AGAIN_MS.longest, pauseMs === undefined ? LOOK_AGAIN_MS.first : pauseMs * 1.5);
  }
  return known;
}

interface Verdict {
  complete: boolean;
  reason: string;
}

function verdictOf({ status }: V1Job): Verdict | undefined {
  const end = status?.conditions?.find(
    (condition) => ['Complete', 'Failed'].includes(condition.type) && condition.status === 'True',
  );
  return end && { complete: end.type === 'Complete', reason: end.message ?? end.reason ?? end.type };
}

/** What the Job's pod printed. A Job that was ended before its pod began has no pod, or one without a log. */
async function readLog(
  connection: ClusterConnection,
  { namespace, job, verdict }: JobOf & { verdict: Verdict },
): Promise<string> {
  const { items } = await connection.call('ListPods', (kube, options) =>
    kube
      .makeApiClient(CoreV1Api)
      .listNamespacedPod({ namespace, labelSelector: `${INSTANCE_LABEL}=${job}` }, options),
  );
  const pod = items.find(({ status }) => ['Succeeded', 'Failed'].includes(status?.phase ?? ''));
  const name = pod?.metadata?.name;
  if (name === undefined) {
    const said = verdict.complete ? 'ended and left no pod' : `failed: ${verdict.reason}`;
    throw new UnansweredError(`Job ${job} in ${namespace} ${said}`);
  }
  return connection.call('ReadPodLog', (kube, options) =>
    kube.makeApiClient(CoreV1Api).readNamespacedPodLog({ namespace, name }, options),
  );
}

/** A name that Kubernetes takes, the same for the same one; where it has to be cut, its hash keeps it apart. */
export function jobName(name: string): string {
  const whole = `meridian-${name.toLowerCase()}`.replace(/[^a-z0-9]+/g, '-').replace(/-$/, '');
  if (whole.length <= LONGEST_NAME) return whole;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `${whole.slice(0, LONGEST_NAME - hash.length - 1).replace(/-$/, '')}-${hash}`;
}
