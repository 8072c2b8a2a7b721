import { KUBERNETES_VERSION } from './api/discovery.ts';
import { deleteObject } from './deletion.ts';
import { type Draft, isNodeReady, type Node, type Pod, timestamp, withCondition } from './objects.ts';
import { parseQuantity } from './quantity.ts';
import { nodes, pods } from './resources.ts';
import type { ObjectStore } from './storage/store.ts';

export interface NodeIdentity {
  name: string;
  instanceId: string;
  /** Private address in the Region's VPC. */
  address: string;
  zone: string;
}

/** The cluster's nodes, as the node group that owns the machines sees them. */
export interface NodePool {
  /** Names in the order they joined. */
  list(): { name: string; ready: boolean; instanceId: string; address: string }[];
  /** Joins a machine, not yet ready. */
  join(node: NodeIdentity, nodegroup: string): void;
  setReady(name: string, ready: boolean): void;
  /** Takes no new pods; those it has are evicted. */
  drain(name: string): void;
  remove(name: string): void;
}

/** What an m6i.xlarge leaves to pods. */
const ALLOCATABLE = { cpu: '3920m', memory: '14966Mi', pods: '58' };
const CAPACITY = { cpu: '4', memory: '15896Mi', pods: '58' };
const INSTANCE_TYPE = 'm6i.xlarge';

export function createNodePool(store: ObjectStore, region: string, now: () => number): NodePool {
  return {
    list: () =>
      store
        .list(nodes)
        .toSorted(
          (a, b) => Number(a.metadata.labels?.[JOINED] ?? 0) - Number(b.metadata.labels?.[JOINED] ?? 0),
        )
        .map((node) => ({
          name: node.metadata.name,
          ready: isNodeReady(node),
          instanceId: node.spec.providerID?.split('/').at(-1) ?? '',
          address: node.status?.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '',
        })),
    join(identity, nodegroup) {
      const rank =
        1 + Math.max(0, ...store.list(nodes).map((node) => Number(node.metadata.labels?.[JOINED] ?? 0)));
      store.create(nodes, nodeObject({ identity, nodegroup, region, rank, nowMs: now() }));
    },
    setReady(name, ready) {
      const node = store.find(nodes, undefined, name);
      if (!node?.status) return;
      const condition = readyCondition(ready);
      const { taints: _taints, ...spec } = node.spec;
      store.replace(nodes, {
        ...node,
        spec: ready ? spec : { ...spec, taints: [NOT_READY_TAINT] },
        status: { ...node.status, conditions: withCondition(node.status.conditions, condition, now()) },
      });
    },
    drain(name) {
      const node = store.find(nodes, undefined, name);
      if (node) store.replace(nodes, { ...node, spec: { ...node.spec, unschedulable: true } });
      for (const pod of podsOn(store, name)) deleteObject({ store, nowMs: now() }, pods, pod);
    },
    remove(name) {
      const node = store.find(nodes, undefined, name);
      if (node) store.remove(nodes, node);
    },
  };
}

/** Order in which nodes joined: the node group lets the youngest go first. */
const JOINED = 'lab.meridian/joined';
const NOT_READY_TAINT = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

const podsOn = (store: ObjectStore, name: string): Pod[] =>
  store.list(pods).filter((pod) => pod.spec.nodeName === name);

const readyCondition = (ready: boolean) =>
  ready
    ? ({
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
      } as const)
    : ({
        type: 'Ready',
        status: 'False',
        reason: 'KubeletNotReady',
        message: 'container runtime network not ready',
      } as const);

interface NodeDescription {
  identity: NodeIdentity;
  nodegroup: string;
  region: string;
  rank: number;
  nowMs: number;
}

function nodeObject({ identity, nodegroup, region, rank, nowMs }: NodeDescription): Draft<Node> {
  const { name, instanceId, address, zone } = identity;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': INSTANCE_TYPE,
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': zone,
        'eks.amazonaws.com/nodegroup': nodegroup,
        'eks.amazonaws.com/capacityType': 'ON_DEMAND',
        [JOINED]: String(rank),
      },
    },
    spec: { providerID: `aws:///${zone}/${instanceId}`, taints: [NOT_READY_TAINT] },
    status: {
      capacity: CAPACITY,
      allocatable: ALLOCATABLE,
      conditions: [
        ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
          type,
          status: 'False' as const,
          reason: `KubeletHasNo${type}`,
          lastTransitionTime: timestamp(nowMs),
        })),
        { ...readyCondition(false), lastTransitionTime: timestamp(nowMs) },
      ],
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'Amazon Linux 2023',
        kernelVersion: '6.1.0-lab',
        containerRuntimeVersion: 'containerd://1.7.27',
        kubeletVersion: `v${KUBERNETES_VERSION}.9-eks-lab`,
        kubeProxyVersion: `v${KUBERNETES_VERSION}.9-eks-lab`,
        machineID: instanceId,
        systemUUID: instanceId,
        bootID: instanceId,
      },
    },
  };
}

/** Capacity of all ready nodes for pods. */
export function totalAllocatable(store: ObjectStore): {
  cpuCores: number;
  memoryBytes: number;
  pods: number;
} {
  const ready = store.list(nodes).filter(isNodeReady);
  const sum = (resource: string) =>
    ready.reduce((total, node) => total + parseQuantity(node.status?.allocatable[resource]), 0);
  return { cpuCores: sum('cpu'), memoryBytes: sum('memory'), pods: sum('pods') };
}
