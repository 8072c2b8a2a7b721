import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import {
  deployments,
  jobs,
  namespaces,
  pods,
  type Resource,
  replicaSets,
  secrets,
  services,
} from '../resources.ts';

export interface Allocations {
  /** An address no Service of the cluster has. */
  clusterIp(): string;
  nodePort(): number;
}

/** Fills in what Kubernetes fills in. Changes `object`. */
export function applyDefaults(resource: Resource, object: JsonObject, allocate: Allocations) {
  const spec = section(object, 'spec');
  switch (resource) {
    case pods:
      defaultPodSpec(spec);
      break;
    case deployments:
      defaultDeployment(spec);
      break;
    case replicaSets:
      fill(spec, { replicas: 1 });
      defaultTemplate(spec);
      break;
    case jobs:
      defaultJob(object, spec);
      break;
    case services:
      defaultService(object, spec, allocate);
      break;
    case secrets:
      delete object.spec;
      defaultSecret(object);
      break;
    case namespaces:
      defaultNamespace(object, spec);
      break;
    default:
      if (Object.keys(spec).length === 0) delete object.spec;
  }
}

function defaultDeployment(spec: JsonObject) {
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = section(spec, 'strategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') {
    fill(section(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
  }
  defaultTemplate(spec);
}

function defaultTemplate(spec: JsonObject) {
  defaultPodSpec(section(section(spec, 'template'), 'spec'));
}

function defaultPodSpec(spec: JsonObject) {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
  });
  for (const container of [...items(spec.containers), ...items(spec.initContainers)]) {
    const image = typeof container.image === 'string' ? container.image : '';
    const floating = !image.includes('@') && (/:latest$/.test(image) || !/:[^/]+$/.test(image));
    fill(container, {
      imagePullPolicy: floating ? 'Always' : 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: {},
    });
    for (const port of items(container.ports)) fill(port, { protocol: 'TCP' });
    for (const name of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
      const probe = container[name];
      if (isJsonObject(probe)) defaultProbe(probe);
    }
  }
}

function defaultProbe(probe: JsonObject) {
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (isJsonObject(probe.httpGet)) fill(probe.httpGet, { scheme: 'HTTP', path: '/' });
}

function defaultJob(object: JsonObject, spec: JsonObject) {
  fill(spec, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
  });
  const metadata = section(object, 'metadata');
  const own = { 'batch.kubernetes.io/job-name': metadata.name ?? '', 'job-name': metadata.name ?? '' };
  fill(section(section(section(spec, 'template'), 'metadata'), 'labels'), own);
  if (!spec.manualSelector)
    fill(spec, { selector: { matchLabels: { 'batch.kubernetes.io/job-name': metadata.name ?? '' } } });
  const podSpec = section(section(spec, 'template'), 'spec');
  const { restartPolicy } = podSpec;
  defaultPodSpec(podSpec);
  // A Job has no default here: leaving it out is an error the validation names.
  if (restartPolicy === undefined) podSpec.restartPolicy = 'Always';
}

function defaultService(object: JsonObject, spec: JsonObject, allocate: Allocations) {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  if (spec.type !== 'ExternalName') {
    if (spec.clusterIP === undefined) spec.clusterIP = allocate.clusterIp();
    fill(spec, {
      clusterIPs: [spec.clusterIP ?? ''],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
  }
  const exposed = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (exposed) fill(spec, { externalTrafficPolicy: 'Cluster' });
  for (const port of items(spec.ports)) {
    fill(port, { protocol: 'TCP', targetPort: port.port ?? 0 });
    if (exposed && port.nodePort === undefined) port.nodePort = allocate.nodePort();
  }
  fill(object, { status: { loadBalancer: {} } });
}

function defaultSecret(object: JsonObject) {
  fill(object, { type: 'Opaque' });
  if (!isJsonObject(object.stringData)) return;
  const data = section(object, 'data');
  for (const [key, value] of Object.entries(object.stringData)) {
    data[key] = Buffer.from(String(value)).toString('base64');
  }
  delete object.stringData;
}

function defaultNamespace(object: JsonObject, spec: JsonObject) {
  fill(spec, { finalizers: ['kubernetes'] });
  fill(object, { status: { phase: 'Active' } });
  const metadata = section(object, 'metadata');
  section(metadata, 'labels')['kubernetes.io/metadata.name'] = metadata.name ?? '';
}

function fill(target: JsonObject, defaults: JsonObject) {
  for (const [field, value] of Object.entries(defaults)) {
    if (target[field] === undefined) target[field] = structuredClone(value);
  }
}

/** The object under `field`, made where there is none. */
function section(parent: JsonObject, field: string): JsonObject {
  const current = parent[field];
  if (isJsonObject(current)) return current;
  const made: JsonObject = {};
  parent[field] = made;
  return made;
}

const items = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
