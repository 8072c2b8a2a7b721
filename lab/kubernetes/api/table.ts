import type { JsonObject } from '../json.ts';
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
} from '../objects.ts';
import { isNodeReady, isTerminating } from '../objects.ts';
import {
  configMaps,
  deployments,
  endpointSlices,
  endpoints,
  events,
  jobs,
  namespaces,
  nodes,
  pods,
  type Resource,
  replicaSets,
  secrets,
  services,
} from '../resources.ts';
import { selectorText } from '../selectors.ts';

type Cell = string | number;

interface Column<T extends KubeObject> {
  name: string;
  cell(object: T, nowMs: number): Cell;
  /** Printed only by `-o wide`. */
  wide?: boolean;
}

const NONE = '<none>';

/** Durations as kubectl prints ages. */
function humanDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = (big: number, bigUnit: string, small: number, smallUnit: string) =>
    `${big}${bigUnit}${small > 0 ? `${small}${smallUnit}` : ''}`;
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return parts(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return parts(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 ? parts(days, 'd', hours % 24, 'h') : `${days}d`;
}

const since = (time: string | undefined, nowMs: number) =>
  time === undefined ? '<unknown>' : humanDuration(nowMs - Date.parse(time));

const age: Column<KubeObject> = {
  name: 'Age',
  cell: (object, nowMs) => since(object.metadata.creationTimestamp, nowMs),
};

const pairs = (labels: Record<string, string> | undefined) =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || NONE;

const containerColumns = (
  of: (object: Deployment | ReplicaSet | Job) => { name: string; image: string }[],
): Column<Deployment | ReplicaSet | Job>[] => [
  {
    name: 'Containers',
    wide: true,
    cell: (object) =>
      of(object)
        .map(({ name }) => name)
        .join(','),
  },
  {
    name: 'Images',
    wide: true,
    cell: (object) =>
      of(object)
        .map(({ image }) => image)
        .join(','),
  },
];
const templateContainers = containerColumns((object) => object.spec.template.spec.containers);

/** What kubectl shows as a pod's status. */
function podStatusText(pod: Pod): string {
  if (isTerminating(pod)) return 'Terminating';
  for (const { state } of pod.status?.containerStatuses ?? []) {
    if (state.waiting) return state.waiting.reason;
    if (state.terminated) return state.terminated.reason;
  }
  return pod.status?.phase ?? 'Unknown';
}

const podColumns: Column<Pod>[] = [
  {
    name: 'Ready',
    cell: (pod) =>
      `${(pod.status?.containerStatuses ?? []).filter(({ ready }) => ready).length}/${pod.spec.containers.length}`,
  },
  { name: 'Status', cell: podStatusText },
  {
    name: 'Restarts',
    cell: (pod) =>
      (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
  },
  age,
  { name: 'IP', wide: true, cell: (pod) => pod.status?.podIP ?? NONE },
  { name: 'Node', wide: true, cell: (pod) => pod.spec.nodeName ?? NONE },
  { name: 'Nominated Node', wide: true, cell: () => NONE },
  { name: 'Readiness Gates', wide: true, cell: () => NONE },
];

const deploymentColumns: Column<Deployment>[] = [
  { name: 'Ready', cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas}` },
  { name: 'Up-to-date', cell: ({ status }) => status?.updatedReplicas ?? 0 },
  { name: 'Available', cell: ({ status }) => status?.availableReplicas ?? 0 },
  age,
  ...templateContainers,
  { name: 'Selector', wide: true, cell: ({ spec }) => selectorText(spec.selector) },
];

const replicaSetColumns: Column<ReplicaSet>[] = [
  { name: 'Desired', cell: ({ spec }) => spec.replicas },
  { name: 'Current', cell: ({ status }) => status?.replicas ?? 0 },
  { name: 'Ready', cell: ({ status }) => status?.readyReplicas ?? 0 },
  age,
  ...templateContainers,
  { name: 'Selector', wide: true, cell: ({ spec }) => selectorText(spec.selector) },
];

const portsText = ({ spec }: Service) =>
  (spec.ports ?? [])
    .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`)
    .join(',') || NONE;

const serviceColumns: Column<Service>[] = [
  { name: 'Type', cell: ({ spec }) => spec.type },
  { name: 'Cluster-IP', cell: ({ spec }) => spec.clusterIP ?? NONE },
  {
    name: 'External-IP',
    cell: ({ spec, status }) =>
      spec.externalName ??
      (status?.loadBalancer?.ingress?.map(({ hostname, ip }) => hostname ?? ip).join(',') || NONE),
  },
  { name: 'Port(s)', cell: portsText },
  age,
  { name: 'Selector', wide: true, cell: ({ spec }) => pairs(spec.selector) },
];

const nodeColumns: Column<Node>[] = [
  {
    name: 'Status',
    cell: (node) =>
      `${isNodeReady(node) ? 'Ready' : 'NotReady'}${node.spec.unschedulable ? ',SchedulingDisabled' : ''}`,
  },
  { name: 'Roles', cell: () => NONE },
  age,
  { name: 'Version', cell: ({ status }) => status?.nodeInfo.kubeletVersion ?? '' },
  {
    name: 'Internal-IP',
    wide: true,
    cell: ({ status }) => status?.addresses.find(({ type }) => type === 'InternalIP')?.address ?? NONE,
  },
  { name: 'External-IP', wide: true, cell: () => NONE },
  { name: 'OS-Image', wide: true, cell: ({ status }) => status?.nodeInfo.osImage ?? '' },
  { name: 'Kernel-Version', wide: true, cell: ({ status }) => status?.nodeInfo.kernelVersion ?? '' },
  {
    name: 'Container-Runtime',
    wide: true,
    cell: ({ status }) => status?.nodeInfo.containerRuntimeVersion ?? '',
  },
];

const eventColumns: Column<EventObject>[] = [
  { name: 'Last Seen', cell: (event, nowMs) => since(event.lastTimestamp, nowMs) },
  { name: 'Type', cell: ({ type }) => type },
  { name: 'Reason', cell: ({ reason }) => reason },
  {
    name: 'Object',
    cell: ({ involvedObject }) => `${involvedObject.kind.toLowerCase()}/${involvedObject.name}`,
  },
  { name: 'Source', wide: true, cell: ({ source }) => source.component },
  { name: 'Message', cell: ({ message }) => message },
  { name: 'First Seen', wide: true, cell: (event, nowMs) => since(event.firstTimestamp, nowMs) },
  { name: 'Count', wide: true, cell: ({ count }) => count },
];

const jobColumns: Column<Job>[] = [
  {
    name: 'Status',
    cell: ({ status, spec }) =>
      status?.conditions?.find((condition) => condition.status === 'True')?.type ??
      (spec.suspend ? 'Suspended' : 'Running'),
  },
  { name: 'Completions', cell: ({ spec, status }) => `${status?.succeeded ?? 0}/${spec.completions}` },
  {
    name: 'Duration',
    cell: ({ status }, nowMs) =>
      status?.startTime
        ? since(status.startTime, status.completionTime ? Date.parse(status.completionTime) : nowMs)
        : '',
  },
  age,
  ...templateContainers,
];

const subsetText = ({ subsets }: Endpoints) =>
  (subsets ?? [])
    .flatMap(({ addresses, ports }) =>
      (addresses ?? []).flatMap(({ ip }) => ports.map(({ port }) => `${ip}:${port}`)),
    )
    .slice(0, 3)
    .join(',') || NONE;

const ALL_COLUMNS = new Map<Resource, Column<KubeObject>[]>([
  columnsOf(pods, podColumns),
  columnsOf(deployments, deploymentColumns),
  columnsOf(replicaSets, replicaSetColumns),
  columnsOf(services, serviceColumns),
  columnsOf(nodes, nodeColumns),
  columnsOf(jobs, jobColumns),
  columnsOf(configMaps, [
    { name: 'Data', cell: (map: ConfigMap) => Object.keys(map.data ?? {}).length },
    age,
  ]),
  columnsOf(secrets, [
    { name: 'Type', cell: (secret: Secret) => secret.type ?? 'Opaque' },
    { name: 'Data', cell: (secret: Secret) => Object.keys(secret.data ?? {}).length },
    age,
  ]),
  columnsOf(namespaces, [
    { name: 'Status', cell: (namespace: Namespace) => namespace.status?.phase ?? 'Active' },
    age,
  ]),
  columnsOf(endpoints, [{ name: 'Endpoints', cell: subsetText }, age]),
  columnsOf(endpointSlices, [
    { name: 'AddressType', cell: (slice: EndpointSlice) => slice.addressType },
    { name: 'Ports', cell: (slice: EndpointSlice) => slice.ports.map(({ port }) => port).join(',') || NONE },
    {
      name: 'Endpoints',
      cell: (slice: EndpointSlice) => slice.endpoints.flatMap(({ addresses }) => addresses).join(',') || NONE,
    },
    age,
  ]),
]);

/** A resource's columns are only ever given that resource's objects. */
function columnsOf<T extends KubeObject>(
  resource: Resource<T>,
  columns: Column<T>[],
): [Resource, Column<KubeObject>[]] {
  return [resource, columns as unknown as Column<KubeObject>[]];
}

interface TableRequest {
  resource: Resource;
  objects: readonly KubeObject[];
  listMetadata: JsonObject;
  /** `Object`, `None` or `Metadata` (the default): what of each object comes with its row. */
  includeObject: string | null;
  nowMs: number;
}

/** The objects as kubectl prints them. Events have no Name column, as in kubectl. */
export function toTable({ resource, objects, listMetadata, includeObject, nowMs }: TableRequest) {
  const named: Column<KubeObject> = { name: 'Name', cell: ({ metadata }) => metadata.name };
  const own = resource === events ? columnsOf(events, eventColumns)[1] : (ALL_COLUMNS.get(resource) ?? [age]);
  const columns = resource === events ? [...own, { ...named, wide: true }] : [named, ...own];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMetadata,
    columnDefinitions: columns.map(({ name, wide }) => ({
      name,
      type: 'string',
      format: name === 'Name' ? 'name' : '',
      description: name,
      priority: wide ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, nowMs)),
      ...(includeObject === 'None' ? {} : { object: includeObject === 'Object' ? object : partial(object) }),
    })),
  };
}

/** An object's metadata alone. */
export const partial = (object: KubeObject) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});
