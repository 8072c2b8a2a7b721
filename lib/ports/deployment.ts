/** One colour of the application in one environment of a Region: a Deployment, live or idle (aws-facts C-28: colour is state). */
export interface ColourState {
  colour: string;
  deployment: string;
  version: string;
  /** As it stands in the Pod template; pinned by digest: `repository@sha256:…`. */
  image: string;
  replicas: number;
  /** The conditions of `kubectl rollout status` (aws-facts B-21). */
  generation: number;
  observedGeneration: number;
  updatedReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
  /** Why its rollout does not progress, in the Deployment's words; null while it may yet. */
  stuck: string | null;
}

/** The application of one environment in a Region: which colour takes the traffic. */
export interface ShopState {
  /** UID of namespace `kube-system`: proves which cluster answered (aws-facts B-22). */
  clusterUid: string;
  endpointHost: string;
  live: { version: string; colour: string | null; resourceVersion: string; selector: Record<string, string> };
  preview: { version: string | null; resourceVersion: string };
  colours: ColourState[];
}

export interface RegistryImage {
  digest: string;
  tags: string[];
  /** ISO. */
  pushedAt: string | null;
  /** Null where it was never scanned. */
  scan: { status: string; critical: number; high: number } | null;
}

export interface PodTrouble {
  pod: string;
  phase: string;
  restarts: number;
  /** `ImagePullBackOff: …`, null where nothing waits. */
  waiting: string | null;
  /** Latest first, at most 20. */
  events: { at: string; reason: string; message: string; count: number }[];
  /** Last lines of the container, at most 50. */
  log: string[];
}

/** Processor and memory of a Region's nodes over a window, percent; null where nothing was measured. */
export interface UseMeasurement {
  region: string;
  cpuPercent: number | null;
  memoryPercent: number | null;
  error: string | null;
}

/**
 * What deployments need of the registries and clusters. The same promises as `AwsPort`: pinned to the Region, bounded in time,
 * account proven before a change, `UnansweredError` where nothing usable came back. Nothing acts on a cluster whose
 * `kube-system` UID is another than `expectCluster`: null on the first look, what `readShop` answered from then on.
 */
export interface DeploymentPort {
  /** By digest and by tag, those that exist. */
  findImages(
    region: string,
    repository: string,
    wanted: { digest?: string; tags?: readonly string[] },
  ): Promise<RegistryImage[]>;
  readShop(region: string, namespace: string, expectCluster: string | null): Promise<ShopState>;
  /**
   * Server-side apply of one colour, field manager `meridian`; the preview Service then selects it. What a person changed by hand
   * in a field that we own is a conflict, and refused.
   */
  applyColour(
    region: string,
    namespace: string,
    wanted: { colour: string; version: string; image: string; replicas: number; operation: string },
    expectCluster: string,
  ): Promise<void>;
  scaleColour(
    region: string,
    namespace: string,
    wanted: { colour: string; replicas: number },
    expectCluster: string,
  ): Promise<void>;
  /** Ready endpoints of a Service, by its EndpointSlices. */
  readyEndpoints(region: string, namespace: string, service: 'live' | 'preview'): Promise<number>;
  /**
   * Points the live Service at that version, where it still is as it was at `resourceVersion`; rejects with `StaleServiceError`
   * where somebody changed it since.
   */
  switchLive(
    region: string,
    namespace: string,
    wanted: { version: string; resourceVersion: string },
    expectCluster: string,
  ): Promise<void>;
  /** GET of that path at the preview Service, from inside the cluster (a Job of `meridian/probe`): the version that answered. */
  smoke(
    region: string,
    namespace: string,
    task: { path: string; name: string },
  ): Promise<{ status: number | null; version: string | null; ms: number; detail?: string; job: string }>;
  /** Pods of one colour that are not ready or restarted, with their events and last lines. */
  diagnose(region: string, namespace: string, colour: string): Promise<PodTrouble[]>;
  measureUse(window: { fromMs: number; toMs: number }, regions: readonly string[]): Promise<UseMeasurement[]>;
}

/** The Service was changed since it was read: by hand, or by another run. */
export class StaleServiceError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StaleServiceError';
  }
}
