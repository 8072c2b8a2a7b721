import { createHash } from 'node:crypto';
import { estateOf } from '#lib/domain/estate/environments.ts';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import { type Allocations, applyDefaults } from './admission/defaults.ts';
import { asJson, type JsonObject } from './json.ts';
import { nodeIdentity } from './machines.ts';
import type { NodePool } from './nodes.ts';
import type { KubeObject } from './objects.ts';
import { configMaps, deployments, namespaces, type Resource, secrets, services } from './resources.ts';
import type { ObjectStore } from './storage/store.ts';

/** The Service that takes the shop's traffic, the one for looking before the switch, and its settings. */
export const LIVE_SERVICE = 'app-service';
export const PREVIEW_SERVICE = 'app-preview';
export const SETTINGS = 'shop-config';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const LIVE = { colour: 'blue', version: 'v2.0.0' };
const PREVIOUS = { colour: 'green', version: 'v1.9.0' };
const APP_PORT = 8080;

interface SeedRequest {
  estate: Estate;
  region: Region;
  store: ObjectStore;
  pool: NodePool;
  allocate: Allocations;
}

/** What a Region's cluster holds when the lab is first seen: ready nodes, and for each environment there the shop in two colours. */
export function seedCluster({ estate, region, store, pool, allocate }: SeedRequest) {
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
    put(deployments, shopDeployment({ namespace, ...LIVE, replicas }));
    put(deployments, shopDeployment({ namespace, ...PREVIOUS, replicas: 0 }));
    put(services, shopService(namespace, LIVE_SERVICE, LIVE.version));
    put(services, shopService(namespace, PREVIEW_SERVICE, PREVIOUS.version));
  }
}

/** Built here and completed by the defaults, so it has what its kind needs. */
const asDraft = (object: JsonObject) => object as unknown as KubeObject;

/** The image of a version; its digest is that of the version's name, the same in every Region. */
export const shopImage = (version: string) =>
  `ecommerce/shop@sha256:${createHash('sha256').update(`ecommerce/shop:${version}`).digest('hex')}`;

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

interface ShopDeployment {
  namespace: string;
  colour: string;
  version: string;
  replicas: number;
}

function shopDeployment({ namespace, colour, version, replicas }: ShopDeployment): JsonObject {
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
              image: shopImage(version),
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
