import { AppsV1Api, CoreV1Api, type CoreV1Event, type V1Pod } from '@kubernetes/client-node';
import { deploymentName } from '#lib/domain/deployment/shop-services.ts';
import type { PodTrouble } from '../../../ports/deployment.ts';
import { hasStatus } from '../api-status.ts';
import type { ClusterConnection } from '../connection.ts';

/** Twenty pods with one trouble say no more than a few. */
const MOST_PODS = 5;
const MOST_EVENTS = 20;
const LOG_LINES = 50;

/** What the pods of one colour say about why they do not serve; none where the colour has no Deployment. */
export async function diagnose(
  connection: ClusterConnection,
  namespace: string,
  colour: string,
): Promise<PodTrouble[]> {
  const labels = await podLabels(connection, namespace, colour);
  if (!labels) return [];
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const { items } = await connection.call('ListPods', (kube, options) =>
    kube.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector }, options),
  );
  return Promise.all(
    items
      .filter(isTroubled)
      .slice(0, MOST_PODS)
      .map((pod) => troubleOf(connection, namespace, pod)),
  );
}

async function podLabels(
  connection: ClusterConnection,
  namespace: string,
  colour: string,
): Promise<Record<string, string> | undefined> {
  try {
    const { spec } = await connection.call('ReadDeployment', (kube, options) =>
      kube
        .makeApiClient(AppsV1Api)
        .readNamespacedDeployment({ namespace, name: deploymentName(colour) }, options),
    );
    return spec?.selector.matchLabels;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

async function troubleOf(connection: ClusterConnection, namespace: string, pod: V1Pod): Promise<PodTrouble> {
  const name = pod.metadata?.name ?? '';
  const [{ items }, log] = await Promise.all([
    connection.call('ListEvents', (kube, options) =>
      kube
        .makeApiClient(CoreV1Api)
        .listNamespacedEvent(
          { namespace, fieldSelector: `involvedObject.uid=${pod.metadata?.uid}` },
          options,
        ),
    ),
    tailOf(connection, namespace, name),
  ]);
  return {
    pod: name,
    phase: pod.status?.phase ?? 'Unknown',
    restarts: restartsOf(pod),
    waiting: waitingBecause(pod),
    events: items
      .map(toEvent)
      .sort((a, b) => b.at.localeCompare(a.at))
      .slice(0, MOST_EVENTS),
    log,
  };
}

/** A container that never began has no log, and the API server says so by a refusal. */
async function tailOf(connection: ClusterConnection, namespace: string, name: string): Promise<string[]> {
  try {
    const text = await connection.call('ReadPodLog', (kube, options) =>
      kube.makeApiClient(CoreV1Api).readNamespacedPodLog({ namespace, name, tailLines: LOG_LINES }, options),
    );
    return text.split('\n').filter((line) => line !== '');
  } catch (error) {
    if (hasStatus(error, 400) || hasStatus(error, 404)) return [];
    throw error;
  }
}

function isTroubled(pod: V1Pod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return ready !== true || restartsOf(pod) > 0;
}

function restartsOf({ status }: V1Pod): number {
  return (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** `ImagePullBackOff: …`; of a pod that no node takes: `Unschedulable: …`. */
function waitingBecause({ status }: V1Pod): string | null {
  const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting)?.state?.waiting;
  if (waiting) return words(waiting.reason, waiting.message);
  const unscheduled = status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  );
  return unscheduled ? words(unscheduled.reason, unscheduled.message) : null;
}

function words(reason = 'Waiting', message?: string): string {
  return message ? `${reason}: ${message}` : reason;
}

function toEvent({ lastTimestamp, eventTime, firstTimestamp, reason, message, count }: CoreV1Event) {
  const at = lastTimestamp ?? eventTime ?? firstTimestamp;
  return {
    at: at ? new Date(at).toISOString() : '',
    reason: reason ?? '',
    message: message ?? '',
    count: count ?? 1,
  };
}
