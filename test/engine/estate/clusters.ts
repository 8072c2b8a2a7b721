import { createHash } from 'node:crypto';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type {
  ColourState,
  DeploymentPort,
  PodTrouble,
  RegistryImage,
  ShopState,
} from '#lib/ports/deployment.ts';
import { StaleServiceError } from '#lib/ports/deployment.ts';
import { Refusal } from './refusal.ts';

/** What new pods take to be ready, ms. */
const ROLLOUT_MS = 150;
const PODS = 4;
export const LIVE_VERSION = 'v1.9.0';
const IDLE_VERSION = 'v1.8.0';
export const REPOSITORY = 'ecommerce/shop';
const PUSHED = [IDLE_VERSION, LIVE_VERSION, 'v2.0.0', 'v2.1.0', 'v2.2.0'];

/** What is wrong with a version; nothing said is well. */
export interface VersionFault {
  /** Of reads, 0–1. */
  errorShare?: number;
  p95Ms?: number;
  neverReady?: boolean;
  /** The preview answers with this instead of 200. */
  smokeStatus?: number;
}

interface Colour extends ColourState {
  /** Of the latest template: what a rollout that ends late belongs to. */
  rollout: number;
}

interface Shop {
  live: { version: string; resourceVersion: number };
  preview: { version: string; resourceVersion: number };
  colours: Map<string, Colour>;
}

type Applied = Parameters<DeploymentPort['applyColour']>[2];

export function digestOf(version: string): string {
  return `sha256:${createHash('sha256').update(`${REPOSITORY}:${version}`).digest('hex')}`;
}

export interface ClustersOptions {
  estate: Estate;
  after(ms: number, work: () => void): void;
}

/** Each Region's cluster as deployments know it, and its registry: two colours an environment, one of them live. */
export class Clusters {
  readonly #options: ClustersOptions;
  readonly #shops = new Map<string, Shop>();
  readonly #images = new Map<string, RegistryImage[]>();
  readonly #uids = new Map<string, string>();
  readonly #faults = new Map<string, VersionFault>();
  #revision = 100;

  constructor(options: ClustersOptions) {
    this.#options = options;
    const { regions, environments } = options.estate;
    for (const { code } of regions) {
      this.#uids.set(code, `uid-${code}`);
      this.#images.set(code, PUSHED.map(imageOf));
    }
    for (const { namespace, regions: codes } of environments)
      for (const code of codes) this.#shops.set(`${code}/${namespace}`, this.#firstShop());
  }

  /** From now on every pod of that version does so, in every Region. */
  spoil(version: string, fault: VersionFault): void {
    this.#faults.set(version, fault);
  }

  /** Somebody edits the live Service by hand. */
  touchService(region: string, namespace: string): void {
    this.#shop(region, namespace).live.resourceVersion = this.#next();
  }

  liveVersion(region: string, namespace: string): string {
    return this.#shop(region, namespace).live.version;
  }

  /** How the Region's readers are served at this moment, by the version that the live Service selects. */
  service(region: string): { errorShare: number; p95Ms: number } {
    const environment = this.#options.estate.environments.find(({ regions }) => regions.includes(region));
    if (!environment) return { errorShare: 0, p95Ms: 60 };
    const { live, colours } = this.#shop(region, environment.namespace);
    const serving = [...colours.values()].some(
      ({ version, readyReplicas }) => version === live.version && readyReplicas > 0,
    );
    const { errorShare = 0, p95Ms = 60 } = this.#faults.get(live.version) ?? {};
    return { errorShare: serving ? errorShare : 1, p95Ms };
  }

  findImages(
    region: string,
    { digest, tags = [] }: { digest?: string; tags?: readonly string[] },
  ): RegistryImage[] {
    return (this.#images.get(region) ?? []).filter(
      (image) => image.digest === digest || image.tags.some((tag) => tags.includes(tag)),
    );
  }

  readShop(region: string, namespace: string, expectCluster: string | null): ShopState {
    const clusterUid = this.#expect(region, expectCluster);
    const { live, preview, colours } = this.#shop(region, namespace);
    const states = [...colours.values()];
    return {
      clusterUid,
      endpointHost: `${region}.clusters.example`,
      live: {
        version: live.version,
        colour: states.find(({ version }) => version === live.version)?.colour ?? null,
        resourceVersion: String(live.resourceVersion),
        selector: { app: 'shop', version: live.version },
      },
      preview: { version: preview.version, resourceVersion: String(preview.resourceVersion) },
      colours: states.map(({ rollout: _, ...state }) => ({ ...state })),
    };
  }

  /** False where everything was so already. */
  applyColour(region: string, namespace: string, wanted: Applied, expectCluster: string): boolean {
    this.#expect(region, expectCluster);
    const shop = this.#shop(region, namespace);
    const { version: liveVersion } = shop.live;
    if (wanted.version === liveVersion)
      throw new Refusal('RefusedError', `${liveVersion} is live in ${region} already.`);
    const known = shop.colours.get(wanted.colour);
    if (known?.version === liveVersion)
      throw new Refusal('RefusedError', `${wanted.colour} takes the traffic of ${region}.`);
    if (shop.preview.version !== wanted.version)
      shop.preview = { version: wanted.version, resourceVersion: this.#next() };
    const { version, image, replicas } = wanted;
    if (known?.version === version && known.image === image && known.replicas === replicas) return false;
    const colour = { ...(known ?? colourOf(wanted.colour, version, 0)), version, image };
    shop.colours.set(wanted.colour, colour);
    this.#resize(colour, replicas, { fresh: true });
    return true;
  }

  scaleColour(
    region: string,
    namespace: string,
    { colour, replicas }: { colour: string; replicas: number },
    expectCluster: string,
  ): boolean {
    this.#expect(region, expectCluster);
    const known = this.#shop(region, namespace).colours.get(colour);
    if (!known) throw new Refusal('ApiException', `deployments.apps "app-${colour}" not found`);
    if (known.replicas === replicas) return false;
    this.#resize(known, replicas, { fresh: false });
    return true;
  }

  readyEndpoints(region: string, namespace: string, service: 'live' | 'preview'): number {
    const shop = this.#shop(region, namespace);
    return [...shop.colours.values()]
      .filter(({ version }) => version === shop[service].version)
      .reduce((sum, { readyReplicas }) => sum + readyReplicas, 0);
  }

  switchLive(
    region: string,
    namespace: string,
    { version, resourceVersion }: { version: string; resourceVersion: string },
    expectCluster: string,
  ): void {
    this.#expect(region, expectCluster);
    const { live } = this.#shop(region, namespace);
    if (String(live.resourceVersion) !== resourceVersion) {
      throw new StaleServiceError(
        `app-service of ${namespace} in ${region} is at ${live.resourceVersion}, not ${resourceVersion}.`,
      );
    }
    live.version = version;
    live.resourceVersion = this.#next();
  }

  smoke(
    region: string,
    namespace: string,
  ): { status: number | null; version: string | null; detail?: string } {
    const { version } = this.#shop(region, namespace).preview;
    if (this.readyEndpoints(region, namespace, 'preview') === 0)
      return { status: null, version: null, detail: 'no pod of the preview Service is ready' };
    return { status: this.#faults.get(version)?.smokeStatus ?? 200, version };
  }

  diagnose(region: string, namespace: string, colour: string): PodTrouble[] {
    const known = this.#shop(region, namespace).colours.get(colour);
    if (!known || known.readyReplicas >= known.replicas) return [];
    return [
      {
        pod: `app-${colour}-7d9f-x2x4z`,
        phase: 'Running',
        restarts: 3,
        waiting: 'CrashLoopBackOff: back-off restarting failed container',
        events: [
          { at: new Date().toISOString(), reason: 'BackOff', message: 'Back-off restarting', count: 3 },
        ],
        log: [`starting ${known.image}`, 'exited with code 1'],
      },
    ];
  }

  #firstShop(): Shop {
    return {
      live: { version: LIVE_VERSION, resourceVersion: this.#next() },
      preview: { version: IDLE_VERSION, resourceVersion: this.#next() },
      colours: new Map([
        ['blue', colourOf('blue', LIVE_VERSION, PODS)],
        ['green', colourOf('green', IDLE_VERSION, 0)],
      ]),
    };
  }

  /** Pods go at once and come a little later, unless their version never gets ready. */
  #resize(colour: Colour, replicas: number, { fresh }: { fresh: boolean }): void {
    colour.rollout += 1;
    colour.generation += 1;
    colour.observedGeneration = colour.generation;
    colour.replicas = replicas;
    setReady(colour, fresh ? 0 : Math.min(colour.readyReplicas, replicas));
    colour.updatedReplicas = replicas;
    colour.stuck = null;
    const { rollout } = colour;
    this.#options.after(ROLLOUT_MS, () => {
      if (colour.rollout !== rollout) return;
      if (this.#faults.get(colour.version)?.neverReady && replicas > 0)
        colour.stuck = `ReplicaSet "app-${colour.colour}-7d9f" has timed out progressing.`;
      else setReady(colour, replicas);
    });
  }

  #expect(region: string, expected: string | null): string {
    const uid = this.#uids.get(region) ?? '';
    if (expected === null || uid === expected) return uid;
    throw new Refusal('RefusedError', `The cluster of ${region} has UID ${uid}, expected was ${expected}.`);
  }

  #shop(region: string, namespace: string): Shop {
    const shop = this.#shops.get(`${region}/${namespace}`);
    if (shop) return shop;
    throw new Refusal('ApiException', `There is no shop in ${namespace} of ${region}.`);
  }

  #next(): number {
    this.#revision += 1;
    return this.#revision;
  }
}

function colourOf(colour: string, version: string, replicas: number): Colour {
  return {
    colour,
    deployment: `app-${colour}`,
    version,
    image: `${REPOSITORY}@${digestOf(version)}`,
    replicas,
    generation: 1,
    observedGeneration: 1,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    stuck: null,
    rollout: 0,
  };
}

function setReady(colour: Colour, pods: number): void {
  colour.readyReplicas = pods;
  colour.availableReplicas = pods;
}

export function imageOf(version: string): RegistryImage {
  return {
    digest: digestOf(version),
    tags: [version],
    pushedAt: '2026-01-01T00:00:00.000Z',
    scan: { status: 'COMPLETE', critical: 0, high: 0 },
  };
}
