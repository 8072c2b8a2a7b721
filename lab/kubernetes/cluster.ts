import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Certificates } from '#lab/certificates/index.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import type { Region } from '#lib/domain/estate/estate.ts';
import type { Allocations } from './admission/defaults.ts';
import { KUBERNETES_VERSION } from './api/discovery.ts';
import { createLogStore } from './api/logs.ts';
import { header } from './api/request.ts';
import { route } from './api/router.ts';
import { reconcileDeployments } from './controllers/deployments.ts';
import { podsBehind, reconcileEndpoints } from './controllers/endpoint-slices.ts';
import { createEventRecorder } from './controllers/event-recorder.ts';
import { collectGarbage } from './controllers/garbage.ts';
import { reconcileJobs } from './controllers/jobs.ts';
import { createControlLoop } from './controllers/loop.ts';
import { reconcileReplicaSets } from './controllers/replica-sets.ts';
import { schedulePods } from './controllers/scheduler.ts';
import type { PullCheck } from './kubelet/images.ts';
import { type ContainerRunner, createKubelet } from './kubelet/kubelet.ts';
import { networkPrefix } from './machines.ts';
import { createNodePool, totalAllocatable } from './nodes.ts';
import { isNodeReady, isPodReady, type KubeObject } from './objects.ts';
import { configMaps, nodes, pods, services } from './resources.ts';
import { createAuthentication, type EksTokenVerifier } from './security/authentication.ts';
import { kubeconfig } from './security/kubeconfig.ts';
import { LIVE_SERVICE, PREVIEW_SERVICE, SETTINGS, seedCluster } from './seed.ts';
import { startApiServer } from './server.ts';
import { createObjectStore, type ObjectStore } from './storage/store.ts';
import type { Cluster, ServingPods } from './types.ts';

export interface ClusterDependencies {
  verifyEksToken?: EksTokenVerifier;
  /** Further reasons why an image cannot be pulled. */
  canPull?: PullCheck;
  /** Runs the containers of Jobs. */
  run?: ContainerRunner;
}

interface ClusterOptions extends ClusterDependencies {
  ctx: LabContext;
  region: Region;
  certificates: Certificates;
  staticToken: string;
}

export interface RunningCluster extends Cluster {
  reset(): void;
  setOutage: Awaited<ReturnType<typeof startApiServer>>['setOutage'];
  close(): Promise<void>;
}

/** One Region's cluster: its objects, controllers and HTTPS API. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const { ctx, region, certificates, staticToken } = options;
  const now = () => ctx.clock.now();
  const objects = ctx.state.collection<KubeObject>(`kubernetes-${region.code}`);
  const revisions = ctx.state.collection<number>(`kubernetes-revision-${region.code}`);
  const store = createObjectStore({ objects, revisions, now });
  const suffix = () => randomSuffix(ctx.random);
  const logs = createLogStore(now);
  const events = createEventRecorder(store, now, suffix);
  const pool = createNodePool(store, region.code, now);
  const allocate = createAllocations(store);
  const listeners = new Set<() => void>();
  const kubelet = createKubelet({
    region: region.code,
    networkPrefix: networkPrefix(region),
    canPull: options.canPull,
    run: options.run,
    trouble: (version) => ctx.chaos.image(region.code, version),
  });
  const loop = createControlLoop(
    [
      collectGarbage,
      reconcileDeployments,
      reconcileReplicaSets,
      reconcileJobs,
      schedulePods,
      (context) => kubelet.reconcile(context),
      reconcileEndpoints,
    ],
    { store, clock: ctx.clock, events, logs, suffix },
    {
      settled: () => {
        for (const listener of listeners) listener();
      },
      log: (message) => ctx.log('kubernetes', message, { region: region.code }),
    },
  );

  function seed() {
    seedCluster({ estate: ctx.estate, region, store, pool, allocate, now });
    kubelet.atOnce(() => loop.settle());
  }

  if (objects.entries().length === 0) seed();
  else if (runsForeignImages(store, region.code, options.canPull)) {
    ctx.log('kubernetes', 'The cluster is of an earlier lab and begins anew', { region: region.code });
    store.clear();
    seed();
  }
  loop.start();
  // Pods that run find out what now ails their version.
  ctx.chaos.onChange((next, before) => {
    if (next.images !== before.images) loop.settle();
  });

  const authenticate = createAuthentication({
    clusterName: region.cluster.name,
    staticToken,
    verifyEksToken: options.verifyEksToken,
  });
  const server = await startApiServer({
    name: `kubernetes-${region.code}`,
    certificate: certificates.apiServer,
    ports: ctx.state.collection('ports'),
    log: (message, fields) => ctx.log('kubernetes', message, { region: region.code, ...fields }),
    answer: async (request) => {
      const identity = await authenticate(header(request, 'authorization'), request.path);
      return route({ store, now, allocate, suffix, logs }, request, identity);
    },
  });
  const url = `https://127.0.0.1:${server.port}`;

  return {
    region: region.code,
    name: region.cluster.name,
    arn: `arn:aws:eks:${region.code}:${ctx.estate.account}:cluster/${region.cluster.name}`,
    url,
    version: KUBERNETES_VERSION,
    kubeconfigPath: writeKubeconfig(options, url),
    readyNodes: () => store.list(nodes).filter(isNodeReady).length,
    totalNodes: () => store.list(nodes).length,
    allocatable: () => totalAllocatable(store),
    serving: (namespace, service) => serving(store, namespace, service),
    pods: (namespace) => serving(store, namespace, LIVE_SERVICE).pods,
    previewPods: (namespace) => serving(store, namespace, PREVIEW_SERVICE).pods,
    unreadyPods: (namespace) => {
      const service = store.find(services, namespace, LIVE_SERVICE);
      return service ? podsBehind(store, service).filter((pod) => !isPodReady(pod)).length : 0;
    },
    settings: (namespace) => store.find(configMaps, namespace, SETTINGS)?.data ?? {},
    appendLog: (namespace, pod, line) => logs.append(namespace, pod, line),
    nodes: pool,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setOutage: server.setOutage,
    reset() {
      kubelet.close();
      server.disconnect();
      logs.clear();
      store.clear();
      seed();
    },
    async close() {
      loop.stop();
      kubelet.close();
      await server.close();
    },
  };
}

/** Ready pods of an image that no registry has ever had: kept from a lab whose images were others. */
function runsForeignImages(store: ObjectStore, region: string, canPull: PullCheck | undefined): boolean {
  return store
    .list(pods)
    .filter(isPodReady)
    .flatMap(({ spec }) => spec.containers)
    .some(({ image }) => image.includes('@') && canPull?.(image, region) !== undefined);
}

function serving(store: ObjectStore, namespace: string, name: string): ServingPods {
  const service = store.find(services, namespace, name);
  const pods = (service ? podsBehind(store, service).filter(isPodReady) : []).map((pod) => ({
    name: pod.metadata.name,
    version: pod.metadata.labels?.version ?? '',
    image: pod.spec.containers[0]?.image ?? '',
  }));
  const versions = new Set(pods.map(({ version }) => version));
  return { version: versions.size === 1 ? pods[0]?.version : undefined, pods };
}

/** The alphabet Kubernetes uses, which spells no words. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const randomSuffix = (random: () => number) =>
  Array.from({ length: 5 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');

const FIRST_NODE_PORT = 30_000;

function createAllocations(store: ObjectStore): Allocations {
  const used = () => store.list(services).map(({ spec }) => spec);
  return {
    clusterIp() {
      const taken = new Set(used().map(({ clusterIP }) => clusterIP));
      let host = 10;
      const address = () => `172.20.${Math.floor(host / 256)}.${host % 256}`;
      while (taken.has(address())) host += 1;
      return address();
    },
    nodePort() {
      const taken = new Set(used().flatMap(({ ports }) => (ports ?? []).map(({ nodePort }) => nodePort)));
      let port = FIRST_NODE_PORT;
      while (taken.has(port)) port += 1;
      return port;
    },
  };
}

function writeKubeconfig({ ctx, region, certificates, staticToken }: ClusterOptions, url: string): string {
  const folder = path.join(ctx.dataDir, 'kubernetes');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${region.code}.kubeconfig`);
  const namespace =
    ctx.estate.environments.find(({ regions }) => regions.includes(region.code))?.namespace ?? 'default';
  const entry = { name: region.code, url, namespace };
  writeFileSync(file, kubeconfig([entry], certificates.ca, staticToken), { mode: 0o600 });
  return file;
}
