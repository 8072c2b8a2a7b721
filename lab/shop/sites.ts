import { databaseOwner } from '#lib/domain/estate/environments.ts';
import type { Environment, Estate, Region } from '#lib/domain/estate/estate.ts';

/** One shop: an environment in a Region, behind its own load balancer. */
export interface Site {
  /** `production/us-east-1`. */
  key: string;
  environment: string;
  region: string;
  namespace: string;
  /** Loopback address of its own, so that DNS answers tell Regions apart. */
  address: string;
  /** Of its Service `app-preview`, for those inside the cluster: no name leads there, and no load balancer. */
  previewAddress: string;
  loadBalancer: LoadBalancer;
  cluster: string;
  /** Environment whose databases it uses: its own, or another's that it shares. */
  databases: string;
  /** PostgreSQL schema of its tables: a shared database has one for each that shares it. */
  schema: string;
}

/** Names as CloudWatch's dimensions carry them. */
export interface LoadBalancer {
  name: string;
  dnsName: string;
  /** Reads and orders are separate target groups, so that each can be judged by its own latency. */
  targetGroups: { read: string; write: string };
}

/** First octet group of the shops' addresses: 127.0.11.1 is the first Region's. */
const FIRST_NETWORK = 11;
/** Last octet of the first environment's preview. */
const FIRST_PREVIEW = 101;

/**
 * Where each environment's shops stand. The first environment is the one shoppers visit. One that declares no load balancers of
 * its own has those of the Regions, but for the first, with its name as a suffix (`app/shop-us-east-1-staging/…`).
 */
export function planSites(estate: Estate): Site[] {
  return estate.environments.flatMap((environment, rank) =>
    environment.regions.flatMap((code) => {
      const index = estate.regions.findIndex((region) => region.code === code);
      const region = estate.regions[index];
      if (!region) return [];
      const databases = databaseOwner(estate, environment);
      return {
        key: `${environment.name}/${code}`,
        environment: environment.name,
        region: code,
        namespace: environment.namespace,
        address: `127.0.${FIRST_NETWORK + index}.${1 + rank}`,
        previewAddress: `127.0.${FIRST_NETWORK + index}.${FIRST_PREVIEW + rank}`,
        loadBalancer: loadBalancerOf(environment, region, rank),
        cluster: region.cluster.name,
        databases,
        schema: databases === environment.name ? 'public' : environment.name.replaceAll('-', '_'),
      };
    }),
  );
}

function loadBalancerOf({ name, loadBalancers }: Environment, region: Region, rank: number): LoadBalancer {
  const own = loadBalancers?.[region.code];
  if (own) {
    const { readTargetGroup: read, writeTargetGroup: write } = own;
    return { name: own.name, dnsName: own.dnsName, targetGroups: { read, write } };
  }
  return suffixed(region.loadBalancer, rank === 0 ? '' : `-${name}`);
}

function suffixed(own: { name: string; dnsName: string }, suffix: string): LoadBalancer {
  const [kind = 'app', name = own.name, id = ''] = own.name.split('/');
  const host = own.dnsName.split('.');
  return {
    name: [kind, `${name}${suffix}`, id].join('/'),
    dnsName: [`${host[0]}${suffix}`, ...host.slice(1)].join('.'),
    targetGroups: {
      read: `targetgroup/shop-read${suffix}/${id}`,
      write: `targetgroup/shop-write${suffix}/${id}`,
    },
  };
}
