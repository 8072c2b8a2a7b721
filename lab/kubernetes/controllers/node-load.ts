import { isTerminating, type Node, type Pod } from '../objects.ts';
import { parseQuantity } from '../quantity.ts';
import { pods } from '../resources.ts';
import type { ObjectStore } from '../storage/store.ts';

/** What a node's pods have asked for. */
export interface Load {
  pods: number;
  cpuCores: number;
  memoryBytes: number;
  add(pod: Pod): void;
}

export function loadOf(store: ObjectStore, node: Node): Load {
  const load: Load = {
    pods: 0,
    cpuCores: 0,
    memoryBytes: 0,
    add(pod) {
      const requests = requestsOf(pod);
      load.pods += 1;
      load.cpuCores += requests.cpuCores;
      load.memoryBytes += requests.memoryBytes;
    },
  };
  for (const pod of store.list(pods)) {
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (pod.spec.nodeName === node.metadata.name && !ended && !isTerminating(pod)) load.add(pod);
  }
  return load;
}

function requestsOf(pod: Pod): { cpuCores: number; memoryBytes: number } {
  const sum = (resource: string) =>
    pod.spec.containers.reduce(
      (total, { resources }) => total + parseQuantity(resources?.requests?.[resource]),
      0,
    );
  return { cpuCores: sum('cpu'), memoryBytes: sum('memory') };
}

export function fitsOn(node: Node, load: Load | undefined, pod: Pod): boolean {
  const allocatable = node.status?.allocatable;
  if (!load || !allocatable) return false;
  const { cpuCores, memoryBytes } = requestsOf(pod);
  return (
    load.pods + 1 <= parseQuantity(allocatable.pods) &&
    load.cpuCores + cpuCores <= parseQuantity(allocatable.cpu) &&
    load.memoryBytes + memoryBytes <= parseQuantity(allocatable.memory)
  );
}
