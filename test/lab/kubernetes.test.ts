import https from 'node:https';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  ApiException,
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  DiscoveryV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  Watch,
} from '@kubernetes/client-node';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClusterLab, startClusterLab } from './support/clusters.ts';

const NAMESPACE = 'shop';
const US = 'us-east-1';
const EU = 'eu-west-1';

let lab: ClusterLab;
const ran: { image: string; command: string[] }[] = [];

beforeAll(async () => {
  lab = await startClusterLab({
    timeScale: 600,
    dependencies: {
      canPull: (image) => (image.includes('withdrawn') ? 'access denied' : undefined),
      run(run) {
        if (!run.image.startsWith('meridian/probe')) return undefined;
        ran.push({ image: run.image, command: run.command });
        return Promise.resolve({ exitCode: run.env.FAIL ? 3 : 0, log: `reached from ${run.region}` });
      },
    },
  });
});
afterAll(() => lab.close());

const kubeconfig = (region = US) => {
  const config = new KubeConfig();
  config.loadFromFile(lab.clusters.kubeconfigPath);
  config.setCurrentContext(region);
  return config;
};
const core = (region = US) => kubeconfig(region).makeApiClient(CoreV1Api);
const apps = (region = US) => kubeconfig(region).makeApiClient(AppsV1Api);
const strategic = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
const apply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 8000, interval: 20 });

const deployment = (
  name: string,
  replicas = 3,
  image = 'web:1',
  env: { name: string; value: string }[] = [],
) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, version: 'v1' } },
      spec: { containers: [{ name: 'web', image, env }] },
    },
  },
});

async function refusal(call: Promise<unknown>): Promise<{ code: number; body: string }> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiException))
    throw new Error(`The call was not refused by the API: ${String(error)}`);
  return { code: error.code, body: String(error.body) };
}

async function readyPods(name: string) {
  const { items } = await core().listNamespacedPod({ namespace: NAMESPACE, labelSelector: `app=${name}` });
  return items.filter((pod) =>
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
}

describe('what a Region starts with', () => {
  it('has the estate’s nodes, the live version behind app-service and the one before beside it', async () => {
    const cluster = lab.clusters.region(EU);
    expect(cluster?.readyNodes()).toBe(12);
    expect(cluster?.serving(NAMESPACE, 'app-service').version).toBe('v1.9.0');
    expect(cluster?.pods(NAMESPACE)).toHaveLength(6);
    expect(cluster?.serving(NAMESPACE, 'app-preview')).toEqual({ version: undefined, pods: [] });
    expect(cluster?.settings(NAMESPACE)).toEqual({
      writerEndpoint: 'ecommerce-db-us-east-1',
      writeFreeze: 'false',
    });
    const { items } = await apps(EU).listNamespacedDeployment({ namespace: NAMESPACE });
    expect(items.map(({ metadata, status }) => [metadata?.name, status?.readyReplicas])).toEqual([
      ['app-blue', 6],
      ['app-green', 0],
    ]);
  });

  it('has staging in its own Region only', async () => {
    expect(lab.clusters.region(US)?.pods('shop-staging')).toHaveLength(2);
    expect(lab.clusters.region(EU)?.pods('shop-staging')).toEqual([]);
    const system = await core(US).readNamespace({ name: 'kube-system' });
    expect(system.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('who may call', () => {
  const withToken = (token: string) => {
    const config = kubeconfig();
    config.users = [{ name: 'lab-admin', token }];
    return config.makeApiClient(CoreV1Api);
  };

  async function eksToken(cluster: string, secretAccessKey = lab.credentials.user.secretAccessKey) {
    const signer = new SignatureV4({
      service: 'sts',
      region: US,
      credentials: { ...lab.credentials.user, secretAccessKey },
      sha256: Sha256,
    });
    const host = `sts.${US}.amazonaws.com`;
    const signed = await signer.presign(
      new HttpRequest({
        method: 'GET',
        protocol: 'https:',
        hostname: host,
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host, 'x-k8s-aws-id': cluster },
      }),
      { expiresIn: 60, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
    );
    const query = Object.entries(signed.query ?? {}).map(
      ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
    );
    return `k8s-aws-v1.${Buffer.from(`https://${host}/?${query.join('&')}`).toString('base64url')}`;
  }

  it('takes an EKS token signed for this cluster', async () => {
    const client = withToken(await eksToken('ecommerce-us-east-1'));
    expect((await client.listNode()).items).toHaveLength(20);
  });

  it.each([
    ['an unknown token', async () => 'nonsense'],
    ['an EKS token of another cluster', () => eksToken('ecommerce-eu-west-1')],
    ['an EKS token signed with another secret', () => eksToken('ecommerce-us-east-1', 'x'.repeat(40))],
    ['a token that is no URL', async () => `k8s-aws-v1.${Buffer.from('not a url').toString('base64url')}`],
  ])('refuses %s', async (_what, token) => {
    expect((await refusal(withToken(await token()).listNode())).code).toBe(401);
  });
});

describe('writing', () => {
  let name = '';
  let serial = 0;
  beforeEach(() => {
    serial += 1;
    name = `web-${serial}`;
  });

  it('rolls a deployment out, replaces its pods and goes back to the ReplicaSet it had', async () => {
    await apps().createNamespacedDeployment({ namespace: NAMESPACE, body: deployment(name) });
    await until(async () => expect(await readyPods(name)).toHaveLength(3));
    const change = (image: string) =>
      apps().patchNamespacedDeployment(
        {
          name,
          namespace: NAMESPACE,
          body: { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } },
        },
        strategic,
      );
    const settled = (image: string) =>
      until(async () => {
        const pods = await readyPods(name);
        expect(pods.map((pod) => pod.spec?.containers[0]?.image)).toEqual([image, image, image]);
      });
    await change('web:2');
    await settled('web:2');
    await change('web:1');
    await settled('web:1');
    const { items } = await apps().listNamespacedReplicaSet({
      namespace: NAMESPACE,
      labelSelector: `app=${name}`,
    });
    const revisions = items.map(
      ({ metadata }) => metadata?.annotations?.['deployment.kubernetes.io/revision'],
    );
    expect(revisions.sort()).toEqual(['2', '3']);
  });

  it('moves the Service’s endpoints with its selector, at a version the caller read', async () => {
    await apps().patchNamespacedDeploymentScale(
      { name: 'app-green', namespace: NAMESPACE, body: { spec: { replicas: 2 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    const cluster = lab.clusters.region(US);
    await until(() => expect(cluster?.serving(NAMESPACE, 'app-preview').pods).toHaveLength(2));
    const service = await core().readNamespacedService({ name: 'app-service', namespace: NAMESPACE });
    const point = (version: string, resourceVersion?: string) =>
      core().patchNamespacedService(
        {
          name: 'app-service',
          namespace: NAMESPACE,
          body: { metadata: { resourceVersion }, spec: { selector: { version } } },
        },
        strategic,
      );
    await point('v1.8.0', service.metadata?.resourceVersion);
    expect(cluster?.serving(NAMESPACE, 'app-service').version).toBe('v1.8.0');
    const stale = await refusal(point('v1.9.0', service.metadata?.resourceVersion));
    expect(stale.code).toBe(409);
    const slices = await kubeconfig().makeApiClient(DiscoveryV1Api).listNamespacedEndpointSlice({
      namespace: NAMESPACE,
      labelSelector: 'kubernetes.io/service-name=app-service',
    });
    expect(slices.items[0]?.endpoints).toHaveLength(2);
    await point('v1.9.0');
    expect(cluster?.serving(NAMESPACE, 'app-service').version).toBe('v1.9.0');
  });

  it('keeps applied fields with their manager and names the conflict', async () => {
    const applied = (manager: string, replicas: number | undefined, force = false) =>
      apps().patchNamespacedDeployment(
        {
          name,
          namespace: NAMESPACE,
          fieldManager: manager,
          force,
          body: { ...deployment(name), spec: { ...deployment(name).spec, replicas } },
        },
        apply,
      );
    await applied('pipeline', 2);
    const conflict = await refusal(applied('operator', 5));
    expect(conflict.code).toBe(409);
    expect(conflict.body).toContain('conflict with \\"pipeline\\" using apps/v1: .spec.replicas');
    await applied('operator', 5, true);
    expect((await applied('pipeline', undefined)).spec?.replicas).toBe(5);
    const managers = (await apps().readNamespacedDeployment({ name, namespace: NAMESPACE })).metadata
      ?.managedFields;
    expect(managers?.map(({ manager }) => manager).sort()).toEqual(['operator', 'pipeline']);
  });

  it('reports an image that cannot be pulled, and lets the old pods serve', async () => {
    await apps().createNamespacedDeployment({ namespace: NAMESPACE, body: deployment(name, 4) });
    await until(async () => expect(await readyPods(name)).toHaveLength(4));
    for (const image of ['web:does-not-exist', 'withdrawn/web:3']) {
      await apps().patchNamespacedDeployment(
        {
          name,
          namespace: NAMESPACE,
          body: { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } },
        },
        strategic,
      );
      await until(async () => {
        const { items } = await core().listNamespacedPod({
          namespace: NAMESPACE,
          labelSelector: `app=${name}`,
        });
        const waiting = items.filter((pod) => pod.spec?.containers[0]?.image === image);
        expect(waiting[0]?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ImagePullBackOff');
      });
    }
    expect((await readyPods(name)).length).toBeGreaterThanOrEqual(3);
    const { items } = await core().listNamespacedEvent({
      namespace: NAMESPACE,
      fieldSelector: 'type=Warning,reason=Failed',
    });
    expect(items.map(({ message }) => message).join('\n')).toContain('withdrawn/web:3": access denied');
    await until(async () => {
      const { status } = await apps().readNamespacedDeployment({ name, namespace: NAMESPACE });
      const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
      expect(progressing).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    });
  });

  it('restarts a container that crashes, later each time', async () => {
    const body = deployment(name, 1, 'web:1', [{ name: 'LAB_CRASH', value: 'true' }]);
    await apps().createNamespacedDeployment({ namespace: NAMESPACE, body });
    await until(async () => {
      const { items } = await core().listNamespacedPod({
        namespace: NAMESPACE,
        labelSelector: `app=${name}`,
      });
      expect(items[0]?.status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(2);
    });
    expect(await readyPods(name)).toEqual([]);
  });

  it('runs a Job in its Region and keeps what it printed', async () => {
    const jobs = kubeconfig(EU).makeApiClient(BatchV1Api);
    const probe = (job: string, env: { name: string; value: string }[]) =>
      jobs.createNamespacedJob({
        namespace: NAMESPACE,
        body: {
          metadata: { name: job },
          spec: {
            backoffLimit: 0,
            template: {
              spec: {
                restartPolicy: 'Never',
                containers: [{ name: 'probe', image: 'meridian/probe:1', command: ['reach'], env }],
              },
            },
          },
        },
      });
    await probe(name, []);
    await probe(`${name}-fails`, [{ name: 'FAIL', value: '1' }]);
    await until(async () => {
      const { items } = await jobs.listNamespacedJob({ namespace: NAMESPACE });
      expect(items.map(({ status }) => status?.conditions?.[0]?.type)).toEqual(['Complete', 'Failed']);
    });
    expect(ran[0]).toEqual({ image: 'meridian/probe:1', command: ['reach'] });
    const { items } = await core(EU).listNamespacedPod({
      namespace: NAMESPACE,
      labelSelector: `job-name=${name}`,
    });
    const log = await core(EU).readNamespacedPodLog({
      name: items[0]?.metadata?.name ?? '',
      namespace: NAMESPACE,
      tailLines: 1,
    });
    expect(log).toBe('reached from eu-west-1\n');
  });

  it('deletes what a deleted owner owned, unless told to orphan it', async () => {
    await apps().createNamespacedDeployment({ namespace: NAMESPACE, body: deployment(name, 2) });
    await until(async () => expect(await readyPods(name)).toHaveLength(2));
    await apps().deleteNamespacedDeployment({ name, namespace: NAMESPACE, propagationPolicy: 'Orphan' });
    expect(await readyPods(name)).toHaveLength(2);
    await apps().deleteCollectionNamespacedReplicaSet({ namespace: NAMESPACE, labelSelector: `app=${name}` });
    await until(async () => {
      const { items } = await core().listNamespacedPod({
        namespace: NAMESPACE,
        labelSelector: `app=${name}`,
      });
      expect(items).toEqual([]);
    });
  });

  it.each<{ what: string; code: number; says: string; body: () => object }>([
    {
      what: 'a selector its template does not match',
      code: 422,
      says: '`selector` does not match template `labels`',
      body: () => ({
        ...deployment(name),
        spec: { ...deployment(name).spec, selector: { matchLabels: { app: 'other' } } },
      }),
    },
    {
      what: 'fewer than no replicas',
      code: 422,
      says: 'spec.replicas: Invalid value: -1',
      body: () => deployment(name, -1),
    },
    {
      what: 'a field of the wrong type',
      code: 400,
      says: 'spec.replicas is string',
      body: () => ({ ...deployment(name), spec: { ...deployment(name).spec, replicas: '3' } }),
    },
    {
      what: 'no container image',
      code: 422,
      says: 'spec.template.spec.containers[0].image: Required value',
      body: () => deployment(name, 1, ''),
    },
    {
      what: 'a name in capitals',
      code: 422,
      says: 'metadata.name: Invalid value',
      body: () => deployment('Web'),
    },
    { what: 'a name that is taken', code: 409, says: 'already exists', body: () => deployment('app-blue') },
  ])('refuses $what', async ({ code, says, body }) => {
    const answer = await post(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, body());
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(says);
  });

  it.each([
    ['an unknown namespace', '/apis/apps/v1/namespaces/nowhere/deployments', 404],
    ['an unknown resource', '/apis/apps/v1/namespaces/shop/statefulsets', 404],
  ])('refuses %s', async (_what, path, code) => {
    expect((await post(path, deployment(name))).code).toBe(code);
  });
});

/** As any program would, without the client's own types in the way. */
function post(target: string, body: object): Promise<{ code: number; message: string }> {
  const config = kubeconfig();
  const options = {
    method: 'POST',
    ca: lab.clusters.ca,
    headers: {
      authorization: `Bearer ${config.getCurrentUser()?.token}`,
      'content-type': 'application/json',
    },
  };
  return new Promise((resolve, reject) => {
    const request = https.request(`${config.getCurrentCluster()?.server}${target}`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

describe('watching', () => {
  interface Seen {
    type: string;
    name: string;
    version: string;
  }

  async function watching(path: string, query: Record<string, string | boolean>) {
    const seen: Seen[] = [];
    let ended: unknown;
    const controller = await new Watch(kubeconfig()).watch(
      path,
      query,
      (type: string, object: { metadata?: { name?: string; resourceVersion?: string }; code?: number }) =>
        seen.push({
          type,
          name: object.metadata?.name ?? String(object.code),
          version: object.metadata?.resourceVersion ?? '',
        }),
      (error: unknown) => {
        ended = error ?? 'ended';
      },
    );
    return { seen, ended: () => ended, stop: () => controller.abort() };
  }

  it('goes on after a version, and tells when an object leaves the selector', async () => {
    const map = (name: string, labels: Record<string, string>) => ({
      metadata: { name, labels },
      data: { a: '1' },
    });
    const { metadata } = await core().listNamespacedConfigMap({ namespace: NAMESPACE });
    await core().createNamespacedConfigMap({ namespace: NAMESPACE, body: map('seen', { watched: 'yes' }) });
    const watch = await watching(`/api/v1/namespaces/${NAMESPACE}/configmaps`, {
      resourceVersion: metadata?.resourceVersion ?? '',
      labelSelector: 'watched=yes',
    });
    await core().createNamespacedConfigMap({ namespace: NAMESPACE, body: map('unseen', {}) });
    await core().replaceNamespacedConfigMap({
      name: 'seen',
      namespace: NAMESPACE,
      body: map('seen', { watched: 'no' }),
    });
    await until(() =>
      expect(watch.seen.map(({ type, name }) => `${type} ${name}`)).toEqual(['ADDED seen', 'DELETED seen']),
    );
    watch.stop();
  });

  it('answers 410 to a version that is no longer in its history', async () => {
    const watch = await watching(`/api/v1/namespaces/${NAMESPACE}/pods`, { resourceVersion: '1' });
    await until(() => expect(watch.ended()).toBeDefined());
    expect(JSON.stringify([watch.seen, String(watch.ended())])).toMatch(/410|too old resource version/);
  });

  it('ends its first list with a bookmark when asked', async () => {
    const watch = await watching('/api/v1/namespaces', {
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: 'NotOlderThan',
    });
    await until(() => expect(watch.seen.at(-1)?.type).toBe('BOOKMARK'));
    expect(watch.seen.map(({ name }) => name)).toContain('kube-system');
    watch.stop();
  });
});
