import type { ShopChaos } from '#lab/kernel/chaos.ts';
import type { Random } from '#lab/kernel/random.ts';
import type { Address } from '#lab/links/types.ts';
import type { ShopDatabase } from './database.ts';
import type { Forwarder } from './forward.ts';
import type { AnsweredRequest } from './load-balancer-metrics.ts';
import type { Site } from './sites.ts';
import type { ServingPod } from './types.ts';
import type { WriteRoute } from './write-route.ts';

/** The world of one shop, asked anew for each request. */
export interface ShopWorld {
  site: Site;
  random: Random;
  pods(): ServingPod[];
  /** What is asked comes by the preview Service, from inside the cluster. */
  isPreview: boolean;
  chaos(): ShopChaos | undefined;
  /** Milliseconds of work that this request costs its pod. */
  serviceMs(): number;
  /** The database that pages are read from, as this Region reaches it; undefined when there is none. */
  readerUrl(): Promise<string | undefined>;
  writeRoute(): WriteRoute;
  /** The way to another Region's shop; undefined when that Region has none. */
  shopOf(region: string): Promise<Address | undefined>;
  database: ShopDatabase;
  forwarder: Forwarder;
  /** A pod has begun to work on a request, from whomever. */
  worked(): void;
  /** A visitor's request was answered. */
  answered(request: AnsweredRequest): void;
  log(message: string, fields: Record<string, unknown>): void;
}

/** A shop answers, or fails, within this. */
export const ANSWER_WITHIN_MS = 2_000;
/** Less, so that the Region that forwarded can still tell the visitor. */
export const FORWARDED_WITHIN_MS = 1_500;
