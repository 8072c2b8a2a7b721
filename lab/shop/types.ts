import type { Links } from '#lab/links/types.ts';
import type { Databases } from '#lab/postgres/types.ts';
import type { ServiceTimeModel } from './service-time.ts';

/** A pod that is ready behind a Service. */
export interface ServingPod {
  name: string;
  version: string;
}

/** What the shop asks of its Region's cluster. */
export interface ShopCluster {
  readyNodes(): number;
  totalNodes(): number;
  /** Ready pods behind the Service `app-service` of that namespace. */
  pods(namespace: string): ServingPod[];
  /** Ready pods behind the Service `app-preview` there. */
  previewPods(namespace: string): ServingPod[];
  /** Pods that exist there but take no traffic. */
  unreadyPods(namespace: string): number;
  /** Data of the ConfigMap `shop-config` of that namespace; empty when there is none. */
  settings(namespace: string): Record<string, string>;
}

/** What the shop asks of the databases (a part of lab/postgres' `Databases`). */
export type ShopDatabases = Pick<
  Databases,
  'list' | 'writerUrl' | 'urlFrom' | 'endpointUrl' | 'adminUrl' | 'onTopologyChange'
>;

export interface ShopDependencies {
  cluster(region: string): ShopCluster | undefined;
  databases: ShopDatabases;
  links: Pick<Links, 'proxy'>;
  serviceTime?: ServiceTimeModel;
  /** Between two looks at a load balancer's targets; default five seconds. */
  targetHealthEveryMs?: number;
}
