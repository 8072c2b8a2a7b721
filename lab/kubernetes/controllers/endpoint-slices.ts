import {
  controllerReference,
  type EndpointSlice,
  type Endpoints,
  isPodReady,
  isTerminating,
  type Pod,
  type Service,
  type ServicePort,
} from '../objects.ts';
import { endpointSlices, endpoints, pods, services } from '../resources.ts';
import { hasLabels } from '../selectors.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { Controller } from './controller.ts';

/** Pods that a Service's selector picks, running and with an address. A Service without a selector picks none. */
export function podsBehind(store: ObjectStore, service: Service): Pod[] {
  const { selector } = service.spec;
  if (!selector || Object.keys(selector).length === 0) return [];
  return store
    .list(pods, service.metadata.namespace)
    .filter((pod) => hasLabels(pod.metadata.labels, selector))
    .filter((pod) => pod.status?.podIP !== undefined && pod.status.phase === 'Running');
}

/** Keeps an EndpointSlice and an Endpoints object beside each Service that selects pods. */
export const reconcileEndpoints: Controller = ({ store }) => {
  for (const service of store.list(services)) {
    if (!service.spec.selector || isTerminating(service)) continue;
    const behind = podsBehind(store, service);
    put(store, sliceOf(service, behind));
    putEndpoints(store, service, behind);
  }
};

type SliceContent = Pick<EndpointSlice, 'endpoints' | 'ports'> & { service: Service };

function sliceOf(service: Service, behind: Pod[]): SliceContent {
  return {
    service,
    endpoints: behind.map((pod) => ({
      addresses: [pod.status?.podIP ?? ''],
      conditions: { ready: isPodReady(pod), serving: isPodReady(pod), terminating: isTerminating(pod) },
      nodeName: pod.spec.nodeName,
      targetRef: targetOf(pod),
    })),
    ports: portsOf(service, behind[0]).map((port) => ({ ...port, name: port.name ?? '' })),
  };
}

const targetOf = ({ metadata }: Pod) => ({
  kind: 'Pod' as const,
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
});

function portsOf(service: Service, pod: Pod | undefined) {
  return (service.spec.ports ?? []).map((port) => ({
    ...(port.name ? { name: port.name } : {}),
    port: targetPort(port, pod),
    protocol: port.protocol ?? 'TCP',
  }));
}

function targetPort(port: ServicePort, pod: Pod | undefined): number {
  if (typeof port.targetPort === 'number') return port.targetPort;
  const named = pod?.spec.containers
    .flatMap(({ ports }) => ports ?? [])
    .find(({ name }) => name === port.targetPort);
  return named?.containerPort ?? port.port;
}

function put(store: ObjectStore, { service, ...content }: SliceContent) {
  const { name, namespace } = service.metadata;
  const existing = store
    .list(endpointSlices, namespace)
    .find((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === name);
  if (existing) {
    store.replace(endpointSlices, { ...existing, ...content });
    return;
  }
  store.create(endpointSlices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${service.metadata.uid.slice(0, 5)}`,
      generateName: `${name}-`,
      namespace,
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    ...content,
  });
}

function putEndpoints(store: ObjectStore, service: Service, behind: Pod[]) {
  const { name, namespace } = service.metadata;
  const address = (pod: Pod) => ({
    ip: pod.status?.podIP ?? '',
    nodeName: pod.spec.nodeName,
    targetRef: targetOf(pod),
  });
  const ready = behind.filter(isPodReady).map(address);
  const notReady = behind.filter((pod) => !isPodReady(pod) && !isTerminating(pod)).map(address);
  const subset = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ports: portsOf(service, behind[0]),
  };
  const subsets: Endpoints['subsets'] = ready.length + notReady.length > 0 ? [subset] : [];
  const existing = store.find(endpoints, namespace, name);
  if (existing) {
    store.replace(endpoints, { ...existing, subsets });
    return;
  }
  store.create(endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, ownerReferences: [controllerReference(service)] },
    subsets,
  });
}
