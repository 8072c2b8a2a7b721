import type { Random } from '#lab/kernel/random.ts';
import type { DnsClient } from './dns-client.ts';

/** One visitor's own resolver cache. */
export interface VisitorResolver {
  /** An address of the shop. The name server is asked again only once the answer's TTL has passed. */
  address(): Promise<string>;
}

export function createVisitorResolver(options: {
  dns: Pick<DnsClient, 'lookUp'>;
  name: string;
  subnet: string;
  random: Random;
  /** Milliseconds of a clock that never jumps. */
  now: () => number;
}): VisitorResolver {
  const { dns, name, subnet, random, now } = options;
  let cached: { address: string; expiresAt: number } | undefined;

  return {
    async address() {
      if (cached && now() < cached.expiresAt) return cached.address;
      const { addresses, ttlSeconds } = await dns.lookUp(name, subnet);
      const address = addresses[Math.floor(random() * addresses.length)];
      if (address === undefined) throw new Error(`The answer for ${name} holds no address.`);
      cached = { address, expiresAt: now() + ttlSeconds * 1000 };
      return address;
    },
  };
}
