import type { LabPart } from '#lab/kernel/context.ts';
import type { NodePool } from './nodes.ts';

export interface ServingPod {
  name: string;
  /** The pod's `version` label; empty without one. */
  version: string;
  image: string;
}

/** Ready pods that a Service's selector picks. */
export interface ServingPods {
  /** The version they all have; undefined when there is none, or more than one. */
  version: string | undefined;
  pods: ServingPod[];
}

export interface Cluster {
  region: string;
  name: string;
  arn: string;
  url: string;
  /** Kubernetes minor version, e.g. `1.32`. */
  version: string;
  kubeconfigPath: string;
  readyNodes(): number;
  totalNodes(): number;
  /** What the ready nodes leave to pods. */
  allocatable(): { cpuCores: number; memoryBytes: number; pods: number };
  serving(namespace: string, service: string): ServingPods;
  /** `serving` of the shop's live Service, `app-service`. */
  pods(namespace: string): ServingPod[];
  /** `serving` of the Service for looking before the switch, `app-preview`. */
  previewPods(namespace: string): ServingPod[];
  /** Pods that exist behind `app-service` and take no traffic. */
  unreadyPods(namespace: string): number;
  /** Data of the ConfigMap `shop-config`; empty when there is none. */
  settings(namespace: string): Record<string, string>;
  /** Adds a line to what `kubectl logs` shows of a pod. */
  appendLog(namespace: string, pod: string, line: string): void;
  nodes: NodePool;
  /** Called after pods, nodes, Services or settings have changed and the controllers have come to rest. */
  onChange(listener: () => void): () => void;
}

export interface Clusters extends LabPart {
  region(code: string): Cluster | undefined;
  list(): Cluster[];
  /** One file with a context per Region, named by its code. */
  kubeconfigPath: string;
  caFile: string;
  /** PEM. */
  ca: string;
}
