import type { Throttle, TokenBucket } from './service.ts';

interface Level {
  tokens: number;
  atMs: number;
}

/** Token buckets per service and Region, refilled by real time. Start full. */
export interface Limiter {
  /** Takes one token of the account's bucket and one of the operation's; false, taking none, when either is empty. */
  take(call: { service: string; region: string; operation: string; throttle: Throttle }): boolean;
  reset(): void;
}

export function createLimiter(now: () => number): Limiter {
  const levels = new Map<string, Level>();

  function refill(key: string, bucket: TokenBucket): Level {
    const atMs = now();
    const level = levels.get(key) ?? { tokens: bucket.burst, atMs };
    const gained = (Math.max(0, atMs - level.atMs) / 1000) * bucket.perSecond;
    const refilled = { tokens: Math.min(bucket.burst, level.tokens + gained), atMs };
    levels.set(key, refilled);
    return refilled;
  }

  return {
    take({ service, region, operation, throttle }) {
      const own = throttle.operations?.[operation];
      const wanted = [
        throttle.account && refill(`${service} ${region}`, throttle.account),
        own && refill(`${service} ${region} ${operation}`, own),
      ].filter((level) => level !== undefined);
      if (wanted.some((level) => level.tokens < 1)) return false;
      for (const level of wanted) level.tokens -= 1;
      return true;
    },
    reset: () => levels.clear(),
  };
}
