import { LIVE_SERVICE } from '#lib/domain/deployment/shop-services.ts';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import { type Collector, clusterOf } from '../collector.ts';
import { regional } from './regional.ts';

/**
 * The shop of every environment in the Region, each under the name of its namespace: what runs there, and where its orders
 * go. Staging lives in the same cluster as production and is another shop.
 */
export function shopCollectors(estate: Estate, { code }: Region): Collector[] {
  const namespaces = estate.environments.flatMap(({ regions, namespace }) =>
    regions.includes(code) ? [namespace] : [],
  );
  return [...new Set(namespaces)].flatMap((namespace) => [
    regional({
      service: 'kubernetes',
      kind: 'service',
      name: namespace,
      read: (context) => clusterOf(context).readService(namespace, LIVE_SERVICE),
    }),
    regional({
      service: 'kubernetes',
      kind: 'shop-config',
      name: namespace,
      read: async (context) => ({ namespace, ...(await clusterOf(context).readShopConfig(namespace)) }),
    }),
  ]);
}
