import { LIVE_VERSION, PREVIOUS_VERSION, shopImage } from '#lab/ecr/seed.ts';
import { estateOf } from '#lib/domain/estate/environments.ts';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import { type Allocations, applyDefaults } from './admission/defaults.ts';
import { asJson, type JsonObject } from './json.ts';
import { nodeIdentity } from './machines.ts';
import type { NodePool } from './nodes.ts';
import { type KubeObject, timestamp } from './objects.ts';
import { fieldSet } from './patch/field-set.ts';
import { writeOwnerships } from './patch/managed-fields.ts';
import { configMaps, deployments, namespaces, type Resource, secrets, services } from './resources.ts';
import type { ObjectStore } from './storage/store.ts';

/** The Service that takes the shop's traffic, the one for looking before the switch, and its settings. */
export const LIVE_SERVICE = 'app-service';
export const PREVIEW_SERVICE = 'app-preview';
export const SETTINGS = 'shop-config';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const LIVE = { colour: 'blue', version: LIVE_VERSION };
const PREVIOUS = { colour: 'green', version: PREVIOUS_VERSION };
const APP_PORT = 8080;
/** Field manager of whoever deployed what is there. */
const DEPLOYER = 'meridian';
const REPLICAS = JSON.stringify(['f:spec', 'f:replicas']);

interface SeedRequest {
  estate: Estate;
  region: Region;
  store: ObjectStore;
  pool: NodePool;
  allocate: Allocations;
  now: () => number;
}

/** What a Region's cluster holds when the lab is first seen: ready nodes, and for each environment there the shop in two colours. */
export function seedCluster({ estate, region, store, pool, allocate, now }: SeedRequest) {
  const put = (resource: Resource, object: JsonObject) => {
    applyDefaults(resource, object, allocate);
    store.create(resource, asDraft(object));
  };
  for (const name of SYSTEM_NAMESPACES) put(namespaces, namespaceObject(name));
  for (let i = 0; i < region.nodes.ready; i++) {
    const node = nodeIdentity(region, i);
    pool.join(node, region.cluster.nodegroup);
    pool.setReady(node.name, true);
  }
  const environments = estate.environments.filter(({ regions }) => regions.includes(region.code));
  for (const [rank, environment] of environments.entries()) {
    const { namespace } = environment;
    const replicas = rank === 0 ? Math.max(2, Math.ceil(region.nodes.ready / 2)) : 2;
    put(namespaces, namespaceObject(namespace));
    put(configMaps, settingsObject(namespace, primaryInstance(estateOf(estate, environment))));
    put(secrets, databaseSecret(namespace));
    const repository = estate.registry?.repository;
    for (const colour of [
      { ...LIVE, replicas },
      { ...PREVIOUS, replicas: 0 },
    ])
      put(deployments, deployed(shopDeployment({ namespace, repository, ...colour }), now()));
    put(services, shopService(namespace, LIVE_SERVICE, LIVE.version));
    put(services, shopService(namespace, PREVIEW_SERVICE, PREVIOUS.version));
  }
}

/** Built here and completed by the defaults, so it has what its kind needs. */
const asDraft = (object: JsonObject) => object as unknown as KubeObject;

const primaryInstance = (estate: Estate) =>
  estate.regions.find(({ database }) => database.role === 'primary')?.database.instanceId ?? '';

const namespaceObject = (name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});

const settingsObject = (namespace: string, writerEndpoint: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: SETTINGS, namespace, labels: { app: 'shop' } },
  data: { writerEndpoint, writeFreeze: 'false' },
});

const databaseSecret = (namespace: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'shop-database', namespace, labels: { app: 'shop' } },
  stringData: { username: 'shop' },
});

/** As a deployment tool leaves it: what it applied is its own, the size is not, which was set by scaling. */
function deployed(deployment: JsonObject, nowMs: number): JsonObject {
  const paths = [...fieldSet(deployments.shape, deployment).keys()].filter((path) => path !== REPLICAS);
  const managedFields = writeOwnerships([
    {
      manager: DEPLOYER,
      operation: 'Apply',
      subresource: undefined,
      apiVersion: 'apps/v1',
      time: timestamp(nowMs),
      paths: new Set(paths),
    },
  ]);
  return asJson({ ...deployment, metadata: { ...(deployment.metadata as JsonObject), managedFields } });
}

interface ShopDeployment {
  namespace: string;
  repository: string | undefined;
  colour: string;
  version: string;
  replicas: number;
}

function shopDeployment({ namespace, repository, colour, version, replicas }: ShopDeployment): JsonObject {
  const labels = { app: 'shop', colour, version };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `app-${colour}`,
      namespace,
      labels,
      annotations: { 'kubernetes.io/change-cause': `release ${version}` },
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'shop', colour } },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'shop',
              image: shopImage(version, repository),
              ports: [{ name: 'http', containerPort: APP_PORT }],
              envFrom: [{ configMapRef: { name: SETTINGS } }],
              resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '1Gi' } },
              readinessProbe: { httpGet: { path: '/health', port: 'http' }, periodSeconds: 5 },
            },
          ],
        },
      },
    },
  };
}

function shopService(namespace: string, name: string, version: string): JsonObject {
  return asJson({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app: 'shop' } },
    spec: {
      selector: { app: 'shop', version },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    },
  });
}
