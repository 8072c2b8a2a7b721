export type OutageMode = 'drop' | 'refuse' | 'hang';
export type LinkMode = 'up' | 'blackhole' | 'reset';

export interface LinkChaos {
  mode: LinkMode;
  /** Added to the link's own round trip, ms. */
  extraRttMs: number;
}

export interface ThrottleRule {
  service: string;
  /** Absent: every operation of the service. */
  operation?: string;
  /** Absent: every Region. */
  region?: string;
  /** Share of calls refused, 0–1. */
  share: number;
  /**
   * `throttle`: the service's throttling error; `error`: its internal error; `garbage`: a 200 with a body no SDK can read;
   * `lost-answer`: the call is carried out, and the caller never hears of it.
   */
  kind: 'throttle' | 'error' | 'garbage' | 'lost-answer';
}

export interface RdsChaos {
  /** `hang`: a promotion is accepted and stays in `modifying` until this is over. */
  promotion: 'normal' | 'hang';
  /** How much longer a new replica stays in `creating`, real seconds. */
  replicaDelaySeconds: number;
}

export interface ShopChaos {
  /** Share of requests answered 500, 0–1. */
  errorShare: number;
  /** Added to each answer, ms. */
  latencyMs: number;
  /** Only pods of this version; absent: every version. */
  version?: string;
  /** Only what asks by the preview Service, whose version then shows it before it takes traffic; absent: only what does not. */
  preview?: boolean;
}

/** How every pod of a version behaves, wherever its image is run. */
export interface ImageFault {
  version: string;
  /** Absent: every Region. */
  region?: string;
  trouble: ImageTrouble;
}

/** `crash`: the process ends again and again; `never-ready`: it runs, and its readiness probe fails. */
export type ImageTrouble = 'crash' | 'never-ready';

export interface ChaosState {
  /** Regions out, with how they fail. */
  outages: Record<string, OutageMode>;
  /** Route 53's control plane (us-east-1). Its data plane keeps answering. */
  route53ControlPlane: 'up' | 'down';
  /** By ordered pair, `from>to`. */
  links: Record<string, LinkChaos>;
  /** Seconds a replica withholds what it received (`recovery_min_apply_delay`), by Region. */
  applyDelaySeconds: Record<string, number>;
  /** Regions whose replica has replay paused. */
  replayPaused: string[];
  throttles: ThrottleRule[];
  shop: Record<string, ShopChaos>;
  rds: Record<string, RdsChaos>;
  images: ImageFault[];
  /** Seconds by which the gateway's clock is off (SigV4 checks). */
  clockSkewSeconds: number;
  /** Requests per second that shoppers send in all. */
  shopperRate: number;
}

export interface Chaos {
  state(): Readonly<ChaosState>;
  /** Replaces the named parts and tells every listener, in order, before it resolves. */
  change(patch: Partial<ChaosState>): Promise<void>;
  /** Back to no faults; the shoppers' rate stays. */
  heal(): Promise<void>;
  onChange(listener: (next: ChaosState, before: ChaosState) => void | Promise<void>): void;
  outage(region: string): OutageMode | undefined;
  link(from: string, to: string): LinkChaos;
  shop(region: string): ShopChaos | undefined;
  rds(region: string): RdsChaos;
  /** What is wrong with a version's pods in that Region. */
  image(region: string, version: string): ImageTrouble | undefined;
}

const UNTROUBLED: LinkChaos = { mode: 'up', extraRttMs: 0 };
const USUAL: RdsChaos = { promotion: 'normal', replicaDelaySeconds: 0 };

export function createChaos(shopperRate: number): Chaos {
  const calm = (rate: number): ChaosState => ({
    outages: {},
    route53ControlPlane: 'up',
    links: {},
    applyDelaySeconds: {},
    replayPaused: [],
    throttles: [],
    shop: {},
    rds: {},
    images: [],
    clockSkewSeconds: 0,
    shopperRate: rate,
  });
  let current = calm(shopperRate);
  const listeners: Parameters<Chaos['onChange']>[0][] = [];

  async function replace(next: ChaosState) {
    const before = current;
    current = next;
    for (const listener of listeners) await listener(next, before);
  }

  return {
    state: () => current,
    change: (patch) => replace({ ...current, ...patch }),
    heal: () => replace(calm(current.shopperRate)),
    onChange: (listener) => void listeners.push(listener),
    outage: (region) => current.outages[region],
    link: (from, to) => current.links[`${from}>${to}`] ?? UNTROUBLED,
    shop: (region) => current.shop[region],
    rds: (region) => current.rds[region] ?? USUAL,
    image: (region, version) =>
      current.images.find((fault) => fault.version === version && (fault.region ?? region) === region)
        ?.trouble,
  };
}
