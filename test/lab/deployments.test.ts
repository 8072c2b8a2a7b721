import { PatchStrategy, setHeaderOptions, type V1Pod } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LabStatus } from '#lab/admin/status.ts';
import { shopDigest, shopImage } from '#lab/ecr/seed.ts';
import { colourManifest } from '#lib/adapters/kubernetes/deployments/colour-manifest.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import { type ShopState, StaleServiceError } from '#lib/ports/deployment.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { type Lab, startLab } from './harness.ts';
import { cluster as clusterOf, merged } from './support/kube.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';
import { ask } from './support/shops.ts';

// A deployment's calls on the lab's real Kubernetes APIs and registries, in the order of aws-facts 2.2.

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const NAMESPACE = 'shop';
const NEXT = 'v2.0.0';
const LIVE = 'v1.9.0';
const PREVIOUS = 'v1.8.0';
/** Live pods of a fresh lab. */
const SIZES: Readonly<Record<string, number>> = { [US]: 10, [EU]: 6, [AP]: 4 };

const estate = seedEstate();
const patience = { timeout: 30_000, interval: 150 };
const opened: RecordedPort[] = [];
let lab: Lab;
let leaveLab: () => void;

beforeAll(async () => {
  lab = await startLab({ seed: 31 });
  leaveLab = reachLab(lab);
  await Promise.all([US, EU, AP].map(putBack));
});
afterEach(async () => {
  for (const { aws } of opened.splice(0)) aws.close();
  await lab.admin('/heal', {});
  await Promise.all([US, EU, AP].map(putBack));
});
afterAll(async () => {
  leaveLab?.();
  await lab?.stop();
});

function port(options: Parameters<typeof openPort>[1] = {}): RecordedPort {
  const recorded = openPort(estate, options);
  opened.push(recorded);
  return recorded;
}

const cluster = (region: string) => clusterOf(lab, region);

/** The Region's Services and Deployments as they were put back last, by what every edit of them changes. */
const asPutBack = new Map<string, string>();

async function editionOf(region: string): Promise<string> {
  const { core, apps } = cluster(region);
  const [services, deployments] = await Promise.all([
    core.listNamespacedService({ namespace: NAMESPACE }),
    apps.listNamespacedDeployment({ namespace: NAMESPACE }),
  ]);
  return JSON.stringify([
    services.items.map(({ metadata }) => [metadata?.name, metadata?.resourceVersion]),
    deployments.items.map(({ metadata }) => [metadata?.name, metadata?.uid, metadata?.generation]),
  ]);
}

/** As a fresh lab has it; what no test has touched is left alone. */
async function putBack(region: string): Promise<void> {
  if ((await editionOf(region)) !== asPutBack.get(region)) {
    await putBackColours(region);
    asPutBack.set(region, await editionOf(region));
  }
  await vi.waitFor(async () => {
    const { items } = await cluster(region).core.listNamespacedPod({
      namespace: NAMESPACE,
      labelSelector: 'app=shop',
    });
    const colours = items.map((pod) => `${pod.metadata?.labels?.colour} ${isReady(pod)}`);
    expect(colours).toEqual(Array.from({ length: SIZES[region] ?? 0 }, () => 'blue true'));
  }, patience);
}

/** The Region's colours as a fresh lab has them, by the hand of whoever keeps the cluster. */
async function putBackColours(region: string): Promise<void> {
  const { core, apps } = cluster(region);
  const namespace = NAMESPACE;
  const point = (name: string, version: string) =>
    core.patchNamespacedService({ namespace, name, body: { spec: { selector: { version } } } }, merged);
  const replicas = SIZES[region];
  await apps.patchNamespacedDeploymentScale(
    { namespace, name: 'app-blue', body: { spec: { replicas } } },
    merged,
  );
  await point('app-service', LIVE);
  await point('app-preview', PREVIOUS);
  const { items } = await apps.listNamespacedDeployment({ namespace });
  if (items.some(({ metadata }) => metadata?.name === 'app-green'))
    await apps.deleteNamespacedDeployment({ namespace, name: 'app-green' });
  const blue = items.find(({ metadata }) => metadata?.name === 'app-blue');
  if (!blue) throw new Error(`app-blue of ${region} is gone.`);
  const wanted = { colour: 'green', version: PREVIOUS, image: shopImage(PREVIOUS), operation: 'nobody' };
  const { spec, ...manifest } = colourManifest(blue, namespace, wanted);
  const body = { ...manifest, spec: { ...spec, replicas: 0 } };
  await apps.patchNamespacedDeployment(
    { namespace, name: 'app-green', body, fieldManager: 'meridian' },
    setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
  );
}

const isReady = ({ status }: V1Pod) =>
  status?.conditions?.some(({ type, status: said }) => type === 'Ready' && said === 'True') === true;

const templateOf = async (region: string, name: string) =>
  (await cluster(region).apps.readNamespacedDeployment({ namespace: NAMESPACE, name })).spec?.template;

function colourOf(state: ShopState, colour: string) {
  const found = state.colours.find((one) => one.colour === colour);
  if (!found) throw new Error(`There is no ${colour}.`);
  return found;
}

function isRolledOut(state: ShopState, colour: string, replicas: number): boolean {
  const { generation, observedGeneration, updatedReplicas, availableReplicas } = colourOf(state, colour);
  return observedGeneration >= generation && updatedReplicas === replicas && availableReplicas === replicas;
}

/** Applies a version to the idle colour and waits until its pods are ready. */
async function deploy(region: string, version = NEXT): Promise<ShopState> {
  const { aws } = port();
  const before = await aws.readShop(region, NAMESPACE, null);
  const { replicas } = colourOf(before, before.live.colour ?? '');
  const colour = before.live.colour === 'blue' ? 'green' : 'blue';
  const wanted = { colour, version, image: shopImage(version), replicas, operation: 'OP-1001' };
  await aws.applyColour(region, NAMESPACE, wanted, before.clusterUid);
  return vi.waitFor(async () => {
    const state = await aws.readShop(region, NAMESPACE, before.clusterUid);
    expect(isRolledOut(state, colour, replicas)).toBe(true);
    return state;
  }, patience);
}

const shoppersOf = async () => ((await lab.admin('/status')) as LabStatus).shoppers?.total;

describe('images', () => {
  const repository = 'ecommerce/shop';
  const digest = shopDigest(NEXT);

  it('are the same in every Region, by digest and by tag, with what their scan found', async () => {
    const { aws, calls } = port();
    for (const region of [US, EU, AP]) {
      const found = await aws.findImages(region, repository, { digest, tags: [NEXT] });
      expect(found).toEqual([
        {
          digest,
          tags: [NEXT],
          pushedAt: expect.stringMatching(/^\d{4}-/),
          scan: { status: 'COMPLETE', critical: 0, high: 0 },
        },
      ]);
    }
    expect(calls.map(({ service, action, mutating }) => `${service} ${action} ${mutating}`)).toContain(
      'ecr DescribeImages false',
    );
  });

  it('that are not there are none, and a tag that was moved in one Region is another digest', async () => {
    const { aws } = port();
    expect(
      await aws.findImages(EU, repository, { digest: `sha256:${'0'.repeat(64)}`, tags: ['v9.9.9'] }),
    ).toEqual([]);
    const other = shopDigest('v2.2.0');
    await lab.admin('/push', { version: 'v2.2.0', regions: [EU], moved: true });
    const [moved] = await aws.findImages(EU, repository, { tags: ['v2.2.0'] });
    expect(moved?.digest).not.toBe(other);
    expect(await aws.findImages(EU, repository, { digest: other })).toMatchObject([
      { digest: other, tags: [] },
    ]);
    expect(await aws.findImages(US, repository, { tags: ['v2.2.0'] })).toMatchObject([{ digest: other }]);
  });

  it('of a Region that is out are unknown', async () => {
    await lab.admin('/outage', { region: AP });
    const asked = port({ timeoutMs: 1_000 }).aws.findImages(AP, repository, { digest });
    await expect(asked).rejects.toBeInstanceOf(UnansweredError);
  });
});

describe('the colours', () => {
  it('are what the live Service selects and what stands beside it', async () => {
    const state = await port().aws.readShop(EU, NAMESPACE, null);
    expect(state.live).toMatchObject({
      version: LIVE,
      colour: 'blue',
      selector: { app: 'shop', version: LIVE },
    });
    expect(state.preview.version).toBe('v1.8.0');
    expect(colourOf(state, 'blue')).toMatchObject({
      deployment: 'app-blue',
      image: shopImage(LIVE),
      replicas: 6,
      readyReplicas: 6,
      stuck: null,
    });
    expect(colourOf(state, 'green')).toMatchObject({ version: 'v1.8.0', replicas: 0, readyReplicas: 0 });
    expect(state.endpointHost).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('are those of the expected cluster, or nothing is done', async () => {
    const { aws } = port();
    const eu = await aws.readShop(EU, NAMESPACE, null);
    const us = await aws.readShop(US, NAMESPACE, null);
    expect(us.clusterUid).not.toBe(eu.clusterUid);
    const named = new RegExp(`${eu.clusterUid}.*${us.clusterUid}`);
    await expect(aws.readShop(EU, NAMESPACE, us.clusterUid)).rejects.toThrow(named);
    const wanted = { colour: 'green', version: NEXT, image: shopImage(NEXT), replicas: 6, operation: 'OP-1' };
    await expect(aws.applyColour(EU, NAMESPACE, wanted, us.clusterUid)).rejects.toThrow(named);
    const scaled = aws.scaleColour(EU, NAMESPACE, { colour: 'blue', replicas: 0 }, us.clusterUid);
    await expect(scaled).rejects.toThrow(named);
    const { resourceVersion } = eu.live;
    const switched = aws.switchLive(EU, NAMESPACE, { version: NEXT, resourceVersion }, us.clusterUid);
    await expect(switched).rejects.toThrow(named);
    expect(await aws.readShop(EU, NAMESPACE, eu.clusterUid)).toEqual(eu);
  });
});

describe('an apply', () => {
  it('makes the idle colour the live one but for version and image, and the preview selects it', async () => {
    const state = await deploy(EU);
    expect(state.live).toMatchObject({ version: LIVE, colour: 'blue' });
    expect(state.preview.version).toBe(NEXT);
    expect(colourOf(state, 'green')).toMatchObject({ version: NEXT, image: shopImage(NEXT), replicas: 6 });
    const [blue, green] = await Promise.all([templateOf(EU, 'app-blue'), templateOf(EU, 'app-green')]);
    const alike = {
      ...green,
      metadata: { labels: { ...green?.metadata?.labels, colour: 'blue', version: LIVE } },
      spec: {
        ...green?.spec,
        containers: green?.spec?.containers.map((one) => ({ ...one, image: shopImage(LIVE) })),
      },
    };
    expect(alike).toEqual(blue);
    const { aws } = port();
    expect(await aws.readyEndpoints(EU, NAMESPACE, 'preview')).toBe(6);
    expect(await aws.readyEndpoints(EU, NAMESPACE, 'live')).toBe(6);
  });

  it('proves account and cluster before it changes anything, and is on record', async () => {
    const { aws, calls } = port();
    const { clusterUid } = await aws.readShop(AP, NAMESPACE, null);
    const looked = calls.length;
    const wanted = { colour: 'green', version: NEXT, image: shopImage(NEXT), replicas: 1, operation: 'OP-7' };
    await aws.applyColour(AP, NAMESPACE, wanted, clusterUid);
    const made = calls.slice(looked).map(({ action, mutating }) => `${action}${mutating ? '!' : ''}`);
    const before = made.slice(0, made.indexOf('ApplyDeployment!'));
    expect(before).toContain('GetCallerIdentity');
    expect(before).toContain('ReadNamespace');
    expect(made.filter((action) => action.endsWith('!'))).toEqual([
      'ApplyDeployment!',
      'PatchDeploymentScale!',
      'PatchService!',
    ]);
    const green = await cluster(AP).apps.readNamespacedDeployment({
      namespace: NAMESPACE,
      name: 'app-green',
    });
    expect(green.metadata?.annotations?.['kubernetes.io/change-cause']).toBe(`release ${NEXT} by OP-7`);
  });

  it('is looked at again and again, and on record once until something changes', async () => {
    const { aws, calls } = port();
    const reads = () => calls.filter(({ action }) => action === 'ListDeployments').length;
    const { clusterUid } = await aws.readShop(AP, NAMESPACE, null);
    for (let i = 0; i < 5; i += 1) await aws.readShop(AP, NAMESPACE, clusterUid);
    expect(reads()).toBe(1);
    await aws.scaleColour(AP, NAMESPACE, { colour: 'green', replicas: 1 }, clusterUid);
    for (let i = 0; i < 5; i += 1) await aws.readShop(AP, NAMESPACE, clusterUid);
    expect(reads()).toBe(2);
    await lab.admin('/outage', { region: AP });
    await expect(port({ timeoutMs: 500 }).aws.readShop(AP, NAMESPACE, clusterUid)).rejects.toBeInstanceOf(
      UnansweredError,
    );
    await lab.admin('/heal', {});
  });

  it('again changes nothing', async () => {
    const first = await deploy(AP);
    const second = await deploy(AP);
    expect(colourOf(second, 'green').generation).toBe(colourOf(first, 'green').generation);
  });

  it('is refused where a person set a field by hand, which it names with its manager', async () => {
    await cluster(EU).apps.patchNamespacedDeployment(
      {
        namespace: NAMESPACE,
        name: 'app-green',
        fieldManager: 'kubectl-edit',
        body: {
          spec: { template: { spec: { containers: [{ name: 'shop', image: 'ecommerce/shop:hotfix' }] } } },
        },
      },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
    const before = await port().aws.readShop(EU, NAMESPACE, null);
    await expect(deploy(EU)).rejects.toMatchObject({
      rule: 'changed-by-hand',
      message: expect.stringMatching(/containers\[name="shop"\]\.image by kubectl-edit/),
    });
    expect(await port().aws.readShop(EU, NAMESPACE, null)).toEqual(before);
  });

  it('takes a size that somebody gave the idle colour', async () => {
    await cluster(AP).apps.patchNamespacedDeploymentScale(
      { namespace: NAMESPACE, name: 'app-green', fieldManager: 'kubectl', body: { spec: { replicas: 1 } } },
      merged,
    );
    expect(colourOf(await deploy(AP), 'green').replicas).toBe(4);
  });

  it('makes a colour that is not there', async () => {
    await cluster(AP).apps.deleteNamespacedDeployment({ namespace: NAMESPACE, name: 'app-green' });
    const state = await deploy(AP);
    expect(colourOf(state, 'green')).toMatchObject({ version: NEXT, replicas: 4, readyReplicas: 4 });
  });

  it.each([
    ['to the live colour', { colour: 'blue', version: NEXT }, 'colour-is-live'],
    ['of the live version', { colour: 'green', version: LIVE }, 'version-is-live'],
  ])('%s is refused', async (_, { colour, version }, rule) => {
    const { aws } = port();
    const before = await aws.readShop(US, NAMESPACE, null);
    const wanted = { colour, version, image: shopImage(version), replicas: 2, operation: 'OP-1' };
    await expect(aws.applyColour(US, NAMESPACE, wanted, before.clusterUid)).rejects.toMatchObject({ rule });
    expect(await aws.readShop(US, NAMESPACE, null)).toEqual(before);
  });

  it('beside a Service that selects nothing is refused: there is nothing to copy', async () => {
    await cluster(AP).core.patchNamespacedService(
      { namespace: NAMESPACE, name: 'app-service', body: { spec: { selector: { version: 'v0.0.1' } } } },
      merged,
    );
    const { aws } = port();
    const { clusterUid, live } = await aws.readShop(AP, NAMESPACE, null);
    expect(live.colour).toBeNull();
    const wanted = { colour: 'green', version: NEXT, image: shopImage(NEXT), replicas: 2, operation: 'OP-1' };
    await expect(aws.applyColour(AP, NAMESPACE, wanted, clusterUid)).rejects.toMatchObject({
      rule: 'no-live-colour',
    });
  });
});

describe('a smoke test', () => {
  it('asks the preview’s pods from inside the cluster, once for each name', async () => {
    await deploy(AP);
    const { aws } = port();
    const answer = await aws.smoke(AP, NAMESPACE, { path: '/products', name: 'OP-1001 smoke' });
    expect(answer).toMatchObject({ status: 200, version: NEXT });
    expect(await aws.smoke(AP, NAMESPACE, { path: '/products', name: 'OP-1001 smoke' })).toEqual(answer);
  });

  it('sees what is wrong with the version before a shopper does', async () => {
    await deploy(AP);
    await lab.admin('/inject', { region: AP, errorShare: 1, version: NEXT, preview: true });
    const answer = await port().aws.smoke(AP, NAMESPACE, { path: '/health', name: 'bad' });
    expect(answer).toMatchObject({ status: 500, version: NEXT });
    const { shopUrl = '' } = lab.regions[AP] ?? {};
    expect((await ask(`${shopUrl}/products`)).status).toBe(200);
  });

  it('is told by no error that only visitors see', async () => {
    await deploy(AP);
    await lab.admin('/inject', { region: AP, errorShare: 1, version: NEXT });
    const answer = await port().aws.smoke(AP, NAMESPACE, { path: '/products', name: 'well' });
    expect(answer.status).toBe(200);
  });

  it('of a preview without pods gets no answer', async () => {
    const answer = await port().aws.smoke(EU, NAMESPACE, { path: '/health', name: 'nobody' });
    expect(answer).toMatchObject({ status: null, version: null, detail: expect.any(String) });
  });
});

describe('a switch', () => {
  it('refuses a Service that somebody changed since it was read', async () => {
    const state = await deploy(EU);
    await cluster(EU).core.patchNamespacedService(
      { namespace: NAMESPACE, name: 'app-service', body: { metadata: { annotations: { touched: 'yes' } } } },
      merged,
    );
    const { aws } = port();
    const wanted = { version: NEXT, resourceVersion: state.live.resourceVersion };
    const stale = await aws
      .switchLive(EU, NAMESPACE, wanted, state.clusterUid)
      .catch((error: unknown) => error);
    expect(stale).toBeInstanceOf(StaleServiceError);
    expect((stale as Error).message).toContain(state.live.resourceVersion);
    expect((await aws.readShop(EU, NAMESPACE, null)).live.version).toBe(LIVE);
  });

  it('loses no request: not of those that come, nor of those under way', async () => {
    const state = await deploy(US);
    const { shopUrl = '' } = lab.regions[US] ?? {};
    const versions = new Map<string, number>();
    const lost: string[] = [];
    let goesOn = true;
    const visit = async () => {
      while (goesOn) {
        try {
          const { status, headers } = await ask(`${shopUrl}/products`);
          const version = String(headers['x-shop-version']);
          if (status !== 200) lost.push(`${status} by ${version}`);
          versions.set(version, (versions.get(version) ?? 0) + 1);
        } catch (error) {
          lost.push(String(error));
        }
      }
    };
    const before = await shoppersOf();
    const visitors = Array.from({ length: 4 }, visit);
    await vi.waitFor(() => expect(versions.get(LIVE) ?? 0).toBeGreaterThan(20), patience);
    const { aws } = port();
    const { resourceVersion } = state.live;
    await aws.switchLive(US, NAMESPACE, { version: NEXT, resourceVersion }, state.clusterUid);
    const atOnce = await ask(`${shopUrl}/products`);
    expect(atOnce.headers['x-shop-version']).toBe(NEXT);
    await vi.waitFor(() => expect(versions.get(NEXT) ?? 0).toBeGreaterThan(20), patience);
    // Back, and to nothing: what drains is let go last.
    const there = await aws.readShop(US, NAMESPACE, state.clusterUid);
    expect(there.live).toMatchObject({ version: NEXT, colour: 'green' });
    await aws.scaleColour(US, NAMESPACE, { colour: 'blue', replicas: 0 }, state.clusterUid);
    await vi.waitFor(async () => {
      const now = await aws.readShop(US, NAMESPACE, state.clusterUid);
      expect(colourOf(now, 'blue').readyReplicas).toBe(0);
    }, patience);
    goesOn = false;
    await Promise.all(visitors);
    expect(lost).toEqual([]);
    const after = await shoppersOf();
    expect(after?.requests).toBeGreaterThan(before?.requests ?? 0);
    expect(after?.errors).toBe(before?.errors);
  });

  it('lets a request that the old pods have be answered by them', async () => {
    const state = await deploy(AP);
    const { shopUrl = '' } = lab.regions[AP] ?? {};
    await lab.admin('/inject', { region: AP, latencyMs: 1_500, version: LIVE });
    const underWay = ask(`${shopUrl}/products`);
    // Connections are taken in order: what was asked before an answer to this is with the shop.
    await ask(`${shopUrl}/health`);
    const { resourceVersion } = state.live;
    const { aws } = port();
    await aws.switchLive(AP, NAMESPACE, { version: NEXT, resourceVersion }, state.clusterUid);
    const quick = await ask(`${shopUrl}/products`);
    expect(quick).toMatchObject({ status: 200, headers: { 'x-shop-version': NEXT } });
    expect(await underWay).toMatchObject({ status: 200, headers: { 'x-shop-version': LIVE } });
  });

  it('back to the old version is one call', async () => {
    const state = await deploy(AP);
    const { aws } = port();
    const { clusterUid } = state;
    const to = async (version: string) => {
      const { resourceVersion } = (await aws.readShop(AP, NAMESPACE, clusterUid)).live;
      await aws.switchLive(AP, NAMESPACE, { version, resourceVersion }, clusterUid);
    };
    await to(NEXT);
    await to(LIVE);
    expect((await aws.readShop(AP, NAMESPACE, clusterUid)).live).toMatchObject({
      version: LIVE,
      colour: 'blue',
    });
  });
});

describe('staging', () => {
  it('is another shop in the same cluster: what is switched there changes nothing for users', async () => {
    const { aws } = port();
    const staging = 'shop-staging';
    const before = await aws.readShop(US, NAMESPACE, null);
    const { clusterUid, live } = await aws.readShop(US, staging, before.clusterUid);
    expect(live.version).toBe(LIVE);
    const wanted = { colour: 'green', version: NEXT, image: shopImage(NEXT), replicas: 2, operation: 'OP-9' };
    await aws.applyColour(US, staging, wanted, clusterUid);
    await vi.waitFor(async () => expect(await aws.readyEndpoints(US, staging, 'preview')).toBe(2), patience);
    const answer = await aws.smoke(US, staging, { path: '/products', name: 'staging' });
    expect(answer).toMatchObject({ status: 200, version: NEXT });
    await aws.switchLive(US, staging, { version: NEXT, resourceVersion: live.resourceVersion }, clusterUid);
    expect((await aws.readShop(US, staging, clusterUid)).live).toMatchObject({
      version: NEXT,
      colour: 'green',
    });
    expect(await aws.readShop(US, NAMESPACE, clusterUid)).toEqual(before);
  });
});

describe('what ails a colour', () => {
  async function applyAnyway(region: string, version: string, image = shopImage(version)) {
    const { aws } = port();
    const { clusterUid } = await aws.readShop(region, NAMESPACE, null);
    const wanted = { colour: 'green', version, image, replicas: 2, operation: 'OP-1001' };
    await aws.applyColour(region, NAMESPACE, wanted, clusterUid);
    return aws;
  }

  it('is nothing where all is well', async () => {
    const { aws } = port();
    expect(await aws.diagnose(EU, NAMESPACE, 'blue')).toEqual([]);
    expect(await aws.diagnose(EU, NAMESPACE, 'purple')).toEqual([]);
  });

  it('is an image that the Region’s registry has not', async () => {
    const absent = `ecommerce/shop@sha256:${'3'.repeat(64)}`;
    const aws = await applyAnyway(EU, 'v2.3.0', absent);
    const troubles = await vi.waitFor(async () => {
      const found = await aws.diagnose(EU, NAMESPACE, 'green');
      expect(found[0]?.waiting).toContain('ImagePullBackOff');
      return found;
    }, patience);
    expect(troubles[0]?.waiting).toContain('not found');
    expect(troubles[0]?.events.map(({ reason }) => reason)).toContain('Failed');
    expect(troubles[0]).toMatchObject({ phase: 'Pending', restarts: 0, log: [] });
    const state = await vi.waitFor(async () => {
      const now = await aws.readShop(EU, NAMESPACE, null);
      expect(colourOf(now, 'green').stuck).not.toBeNull();
      return now;
    }, patience);
    expect(colourOf(state, 'green').stuck).toMatch(/timed out progressing/);
    expect(state.live.version).toBe(LIVE);
  });

  it('is an image that was pushed to another Region only, until it is pushed here', async () => {
    const { pushed } = (await lab.admin('/push', { version: 'v2.3.0', regions: [US] })) as {
      pushed: { digest: string };
    };
    const aws = await applyAnyway(EU, 'v2.3.0', `ecommerce/shop@${pushed.digest}`);
    await vi.waitFor(
      async () =>
        expect((await aws.diagnose(EU, NAMESPACE, 'green'))[0]?.waiting).toContain('ImagePullBackOff'),
      patience,
    );
    await lab.admin('/push', { version: 'v2.3.0', regions: [EU] });
    await vi.waitFor(
      async () => expect(await aws.readyEndpoints(EU, NAMESPACE, 'preview')).toBe(2),
      patience,
    );
  });

  it('is a process that ends again and again, with its last words', async () => {
    await lab.admin('/image', { version: 'v2.1.0', trouble: 'crash' });
    const aws = await applyAnyway(AP, 'v2.1.0');
    const [trouble] = await vi.waitFor(async () => {
      const found = await aws.diagnose(AP, NAMESPACE, 'green');
      expect(found[0]?.restarts).toBeGreaterThan(0);
      return found;
    }, patience);
    expect(trouble?.log.join('\n')).toMatch(/version v2\.1\.0[\s\S]*exited with code 1/);
    expect(trouble?.events.map(({ reason }) => reason)).toContain('BackOff');
    expect(await aws.readyEndpoints(AP, NAMESPACE, 'preview')).toBe(0);
    await lab.admin('/image', { version: 'v2.1.0', trouble: 'none' });
    await vi.waitFor(
      async () => expect(await aws.readyEndpoints(AP, NAMESPACE, 'preview')).toBe(2),
      patience,
    );
  });

  it('is a version that never becomes ready, in the Region that has it so', async () => {
    await lab.admin('/image', { version: 'v2.1.0', region: AP, trouble: 'never-ready' });
    const aws = await applyAnyway(AP, 'v2.1.0');
    await applyAnyway(EU, 'v2.1.0');
    await vi.waitFor(
      async () => expect(await aws.readyEndpoints(EU, NAMESPACE, 'preview')).toBe(2),
      patience,
    );
    const found = await aws.diagnose(AP, NAMESPACE, 'green');
    expect(found.map(({ phase, restarts }) => [phase, restarts])).toEqual([
      ['Running', 0],
      ['Running', 0],
    ]);
  });
});

describe('how busy nodes are', () => {
  it('is measured over the window, and unknown where nothing is', async () => {
    const { aws } = port();
    const measured = await vi.waitFor(async () => {
      const toMs = Date.now();
      const found = await aws.measureUse({ fromMs: toMs - 30_000, toMs }, [US, EU]);
      expect(found.every(({ cpuPercent }) => cpuPercent !== null)).toBe(true);
      return found;
    }, patience);
    expect(measured.map(({ region }) => region)).toEqual([US, EU]);
    for (const { cpuPercent, memoryPercent, error } of measured) {
      expect(error).toBeNull();
      for (const percent of [cpuPercent, memoryPercent]) {
        expect(percent).toBeGreaterThan(0);
        expect(percent).toBeLessThan(100);
      }
    }
    await lab.admin('/outage', { region: EU });
    const toMs = Date.now();
    const [us, eu] = await port({ timeoutMs: 500 }).aws.measureUse({ fromMs: toMs - 30_000, toMs }, [US, EU]);
    expect(us?.error).toBeNull();
    expect(eu).toMatchObject({
      region: EU,
      cpuPercent: null,
      memoryPercent: null,
      error: expect.any(String),
    });
    const empty = await aws.measureUse({ fromMs: toMs, toMs }, [US]);
    expect(empty).toEqual([{ region: US, cpuPercent: null, memoryPercent: null, error: null }]);
  });
});
