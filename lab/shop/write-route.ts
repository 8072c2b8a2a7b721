/** Where an order placed in a Region goes, or why it goes nowhere. */
export type WriteRoute =
  | { to: 'local'; url: string }
  | { to: 'region'; region: string }
  | { to: 'nowhere'; reason: string; retryAfterSeconds: number };

export interface WriteSituation {
  region: string;
  /** ConfigMap `shop-config` of this Region. */
  settings: Record<string, string>;
  /** Regions that have a shop of this environment. */
  regions: string[];
  writerUrl(at: { region: string; endpoint?: string }): string | undefined;
}

const RETRY_AFTER_SECONDS = 5;

/**
 * A Region follows its own ConfigMap: `writeFreeze: "true"` refuses orders, `writerEndpoint` names the Region or the
 * database instance they go to. Without an endpoint the Region goes to whichever database takes writes. So after a failover the
 * ConfigMap has to be pointed at the new writer, or orders keep going to the old one.
 */
export function routeWrite({ region, settings, regions, writerUrl }: WriteSituation): WriteRoute {
  if (settings.writeFreeze?.toLowerCase() === 'true') {
    return nowhere(`Orders are frozen in ${region}.`);
  }
  const endpoint = settings.writerEndpoint?.trim();
  const writer = endpoint
    ? regionOfEndpoint(endpoint, regions)
    : regions.find((code) => writerUrl({ region: code }));
  if (!writer) {
    return nowhere(
      endpoint
        ? `shop-config in ${region} names the writer "${endpoint}", which is in no Region of this shop.`
        : 'No Region has a database that takes writes.',
    );
  }
  if (writer !== region) return { to: 'region', region: writer };
  const url = writerUrl({ region, endpoint });
  return url ? { to: 'local', url } : nowhere(`The database in ${region} does not take writes.`);
}

/** The Region that an endpoint (`us-east-1`, `ecommerce-db-us-east-1`, a host name in it) belongs to. */
export function regionOfEndpoint(endpoint: string, regions: string[]): string | undefined {
  const whole = endpoint.toLowerCase();
  return regions.find((code) => whole === code) ?? regions.find((code) => whole.includes(code));
}

function nowhere(reason: string): WriteRoute {
  return { to: 'nowhere', reason, retryAfterSeconds: RETRY_AFTER_SECONDS };
}
