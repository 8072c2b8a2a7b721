import type { MetricStore } from '#lab/kernel/metrics.ts';

const NAMESPACE = 'ContainerInsights';
/**
 * Processor use of a node at the rate that the estate states as its capacity. The writer's Region works on other Regions' orders
 * and on staging besides, a fifth more: with that it is still under the 70 % gate.
 */
const CPU_AT_CAPACITY = 50;
const IDLE_CPU = 4;
const IDLE_MEMORY = 38;
const MEMORY_AT_CAPACITY = 62;
const FULLEST_MEMORY = 97;

export interface ClusterLoad {
  requestsPerSecond: number;
  readyNodes: number;
  requestsPerSecondPerNode: number;
}

/** Load as a share of the stated capacity of the nodes that are ready; with no node ready, any request is overload. */
export function utilisationOf({
  requestsPerSecond,
  readyNodes,
  requestsPerSecondPerNode,
}: ClusterLoad): number {
  const capacity = readyNodes * requestsPerSecondPerNode;
  if (capacity > 0) return requestsPerSecond / capacity;
  return requestsPerSecond > 0 ? 1 : 0;
}

/**
 * Processor and memory use in percent, modelled from the measured request rate: stated capacity is 50 % processor.
 * No container really burns this.
 */
export function modelledUse(utilisation: number): { cpu: number; memory: number } {
  return {
    cpu: Math.min(100, IDLE_CPU + (CPU_AT_CAPACITY - IDLE_CPU) * utilisation),
    memory: Math.min(FULLEST_MEMORY, IDLE_MEMORY + (MEMORY_AT_CAPACITY - IDLE_MEMORY) * utilisation),
  };
}

export interface ClusterSample extends ClusterLoad {
  region: string;
  cluster: string;
  totalNodes: number;
}

/** Records what Container Insights would publish for the cluster now. */
export function recordClusterMetrics(store: MetricStore, sample: ClusterSample): void {
  const { region, cluster, readyNodes, totalNodes } = sample;
  const id = (name: string) => ({ region, namespace: NAMESPACE, name, dimensions: { ClusterName: cluster } });
  store.record(id('cluster_node_count'), 'Count', totalNodes);
  store.record(id('cluster_failed_node_count'), 'Count', Math.max(0, totalNodes - readyNodes));
  if (readyNodes === 0) return; // no agent is left to report use
  const use = modelledUse(utilisationOf(sample));
  store.record(id('node_cpu_utilization'), 'Percent', use.cpu);
  store.record(id('node_memory_utilization'), 'Percent', use.memory);
}
