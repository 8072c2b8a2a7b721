import type { CacheRole } from '#lab/elasticache/index.ts';
import type { ChaosState, LinkMode, OutageMode } from '#lab/kernel/chaos.ts';

/** Everything `GET /status` says. Null where nothing could be measured. */
export interface LabStatus {
  estate: string;
  account: string;
  seed: number;
  startedAt: string;
  at: string;
  /** How many times faster AWS's declared waits pass. */
  timeScale: number;
  gatewayUrl: string;
  regions: RegionStatus[];
  links: LinkStatus[];
  dns: DnsStatus;
  chaos: ChaosState;
  shoppers: ShoppersStatus | null;
  /** Calls of AWS's API since the start or the last reset. */
  api: Record<string, { calls: number; faults: number }>;
}

export interface RegionStatus {
  code: string;
  name: string;
  outage: OutageMode | null;
  gatewayUrl: string;
  shop: ShopStatus;
  databases: DatabaseStatus[];
  /** Regions that this one's switch bucket takes out of DNS. */
  switchedOff: string[];
  /** Role of the replicated cache (modelled). */
  cache: CacheRole | null;
  kubernetes: {
    url: string;
    readyNodes: number;
    totalNodes: number;
    version: string | null;
    readyPods: number;
  };
}

export interface ShopStatus {
  url: string;
  /** Of the last half minute, from the load balancer's metrics. */
  requestsPerSecond: number;
  errorShare: number | null;
  p95Ms: number | null;
}

export interface DatabaseStatus {
  id: string;
  role: 'primary' | 'replica';
  state: string;
  /** Seconds, the latest ReplicaLag of the last half minute; null on a primary. */
  lagSeconds: number | null;
}

export interface LinkStatus {
  from: string;
  to: string;
  rttMs: number;
  extraRttMs: number;
  mode: LinkMode;
  /** Whether the network has a peering with routes both ways. */
  routed: boolean;
}

export interface DnsStatus {
  address: string;
  originName: string;
  geographies: GeographyStatus[];
}

export interface GeographyStatus {
  key: string;
  name: string;
  /** Weight by Region of the geography's record set, as published. */
  weights: Record<string, number>;
  /** The Region that a question asked just now was sent to; null when there was no answer. */
  answer: string | null;
}

export interface ShoppersStatus {
  requestsPerSecond: number;
  total: { requests: number; errors: number };
  shareByRegion: Record<string, number>;
  orders: { acknowledged: number; missing: number | null };
}
