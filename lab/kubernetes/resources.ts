import type {
  ConfigMap,
  Deployment,
  EndpointSlice,
  Endpoints,
  EventObject,
  Job,
  KubeObject,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  Service,
} from './objects.ts';
import { KINDS } from './schema/kinds.ts';
import type { StructShape } from './schema/shape.ts';

export type Subresource = 'status' | 'scale' | 'log' | 'eviction';

export interface Resource<T extends KubeObject = KubeObject> {
  group: string;
  version: string;
  /** `v1`, `apps/v1`. */
  groupVersion: string;
  plural: string;
  kind: string;
  shortNames: string[];
  /** In `kubectl get all`. */
  inAll: boolean;
  namespaced: boolean;
  subresources: Subresource[];
  shape: StructShape;
  /** Never set: carries the object's type. */
  readonly object?: T;
}

interface Definition {
  group?: string;
  version?: string;
  plural: string;
  shortNames?: string[];
  inAll?: boolean;
  namespaced?: boolean;
  subresources?: Subresource[];
}

function define<T extends KubeObject>(kind: keyof typeof KINDS, definition: Definition): Resource<T> {
  const { group = '', version = 'v1' } = definition;
  return {
    group,
    version,
    groupVersion: group ? `${group}/${version}` : version,
    plural: definition.plural,
    kind,
    shortNames: definition.shortNames ?? [],
    inAll: definition.inAll ?? false,
    namespaced: definition.namespaced ?? true,
    subresources: definition.subresources ?? [],
    shape: KINDS[kind],
  };
}

export const pods = define<Pod>('Pod', {
  plural: 'pods',
  shortNames: ['po'],
  inAll: true,
  subresources: ['status', 'log', 'eviction'],
});
export const services = define<Service>('Service', {
  plural: 'services',
  shortNames: ['svc'],
  inAll: true,
  subresources: ['status'],
});
export const configMaps = define<ConfigMap>('ConfigMap', { plural: 'configmaps', shortNames: ['cm'] });
export const secrets = define<Secret>('Secret', { plural: 'secrets' });
const serviceAccounts = define('ServiceAccount', { plural: 'serviceaccounts', shortNames: ['sa'] });
export const namespaces = define<Namespace>('Namespace', {
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  subresources: ['status'],
});
export const nodes = define<Node>('Node', {
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  subresources: ['status'],
});
export const events = define<EventObject>('Event', { plural: 'events', shortNames: ['ev'] });
export const endpoints = define<Endpoints>('Endpoints', { plural: 'endpoints', shortNames: ['ep'] });
export const endpointSlices = define<EndpointSlice>('EndpointSlice', {
  group: 'discovery.k8s.io',
  plural: 'endpointslices',
});
export const deployments = define<Deployment>('Deployment', {
  group: 'apps',
  plural: 'deployments',
  shortNames: ['deploy'],
  inAll: true,
  subresources: ['status', 'scale'],
});
export const replicaSets = define<ReplicaSet>('ReplicaSet', {
  group: 'apps',
  plural: 'replicasets',
  shortNames: ['rs'],
  inAll: true,
  subresources: ['status', 'scale'],
});
export const jobs = define<Job>('Job', {
  group: 'batch',
  plural: 'jobs',
  inAll: true,
  subresources: ['status'],
});
export const leases = define('Lease', { group: 'coordination.k8s.io', plural: 'leases' });

export const RESOURCES: readonly Resource[] = [
  pods,
  services,
  configMaps,
  secrets,
  serviceAccounts,
  namespaces,
  nodes,
  events,
  endpoints,
  endpointSlices,
  deployments,
  replicaSets,
  jobs,
  leases,
];

/** Not stored: the view that `…/scale` answers. */
export const scales = define('Scale', { group: 'autoscaling', plural: 'scales' });

export const GROUP_VERSIONS: readonly string[] = [
  ...new Set(RESOURCES.map((resource) => resource.groupVersion)),
];

export const findResource = (group: string, version: string, plural: string): Resource | undefined =>
  RESOURCES.find(
    (resource) => resource.group === group && resource.version === version && resource.plural === plural,
  );
