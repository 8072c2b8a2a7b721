import { databaseOwner } from '#lib/domain/estate/databases.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';

/** One shop: an environment in a Region, behind its own load balancer. */
export interface Site {
  /** `production/us-east-1`. */
  key: string;
  environment: string;
  region: string;
  namespace: string;
  /** Loopback address of its own, so that DNS answers tell Regions apart. */
  address: string;
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

/**
 * Where each environment's shops stand. The first environment is the one shoppers visit and has the estate's own load
 * balancers; any other has them with its name as a suffix (`app/shop-us-east-1-staging/…`).
 */
export function planSites(estate: Estate): Site[] {
  return estate.environments.flatMap((environment, rank) =>
    environment.regions.flatMap((code) => {
      const index = estate.regions.findIndex((region) => region.code === code);
      const region = estate.regions[index];
      if (!region) return [];
      const databases = databaseOwner(estate, environment);
      const suffix = rank === 0 ? '' : `-${environment.name}`;
      return {
        key: `${environment.name}/${code}`,
        environment: environment.name,
        region: code,
        namespace: environment.namespace,
        address: `127.0.${FIRST_NETWORK + index}.${1 + rank}`,
        loadBalancer: loadBalancer(region.loadBalancer, suffix),
        cluster: region.cluster.name,
        databases,
        schema: databases === environment.name ? 'public' : environment.name.replaceAll('-', '_'),
      };
    }),
  );
}

function loadBalancer(own: { name: string; dnsName: string }, suffix: string): LoadBalancer {
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
