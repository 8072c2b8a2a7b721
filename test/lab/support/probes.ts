import { randomBytes } from 'node:crypto';
import { vi } from 'vitest';
import type { Lab } from '../harness.ts';
import { cluster, merged } from './kube.ts';

export const NAMESPACE = 'shop';

export interface ProbeRun {
  exitCode: number | undefined;
  /** All that the pod printed. */
  log: string;
  /** The one line of it, read. */
  line: Record<string, unknown>;
}

export interface ProbeOptions {
  /** The task in the container's environment instead of its arguments. */
  byEnvironment?: boolean;
  image?: string;
  namespace?: string;
}

export function probeJob(task: unknown, options: ProbeOptions = {}) {
  const name = `probe-${randomBytes(4).toString('hex')}`;
  const text = typeof task === 'string' ? task : JSON.stringify(task);
  const given = options.byEnvironment ? { env: [{ name: 'PROBE_TASK', value: text }] } : { args: [text] };
  const container = { name: 'probe', image: options.image ?? 'meridian/probe:1', ...given };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
  };
}

export async function createProbe(
  lab: Pick<Lab, 'kubeconfig'>,
  region: string,
  job: ReturnType<typeof probeJob>,
  namespace = NAMESPACE,
): Promise<void> {
  await cluster(lab, region).batch.createNamespacedJob({ namespace, body: job });
}

/** Waits until the Job's pod has ended and reads what it printed. */
export async function probeResult(
  lab: Pick<Lab, 'kubeconfig'>,
  region: string,
  { name, namespace = NAMESPACE }: { name: string; namespace?: string },
): Promise<ProbeRun> {
  const { core } = cluster(lab, region);
  const pod = await vi.waitFor(
    async () => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector: `job-name=${name}` });
      const ended = items.find(({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed');
      if (!ended)
        throw new Error(`${name} is ${items.map(({ status }) => status?.phase).join() || 'without pod'}`);
      return ended;
    },
    { timeout: 30_000, interval: 100 },
  );
  const log = await core.readNamespacedPodLog({ namespace, name: pod.metadata?.name ?? '' });
  const exitCode = pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode;
  return { exitCode, log, line: JSON.parse(log) };
}

/** Runs one probe in that Region's cluster, as the product does. */
export async function runProbe(
  lab: Pick<Lab, 'kubeconfig'>,
  region: string,
  task: unknown,
  options: ProbeOptions = {},
): Promise<ProbeRun> {
  const job = probeJob(task, options);
  await createProbe(lab, region, job, options.namespace);
  return probeResult(lab, region, { name: job.metadata.name, namespace: options.namespace });
}

/** Changes keys of the shop's settings in a Region, as an operation does. */
export async function setShopConfig(
  lab: Pick<Lab, 'kubeconfig'>,
  region: string,
  data: Record<string, string>,
): Promise<void> {
  await cluster(lab, region).core.patchNamespacedConfigMap(
    { name: 'shop-config', namespace: NAMESPACE, body: { data } },
    merged,
  );
}
