/** Counts events and tells their rate over the last seconds. */
export interface RateMeter {
  count(): void;
  perSecond(): number;
}

/** A meter over `windowSeconds`; while younger than that, over its own age (at least one second). */
export function createRateMeter(windowSeconds: number, now: () => number): RateMeter {
  const startedAt = now();
  const counts = new Map<number, number>();
  const second = () => Math.floor(now() / 1000);

  function forgetBefore(oldest: number) {
    for (const at of counts.keys()) if (at < oldest) counts.delete(at);
  }

  return {
    count() {
      const at = second();
      counts.set(at, (counts.get(at) ?? 0) + 1);
      if (counts.size > windowSeconds + 1) forgetBefore(at - windowSeconds);
    },
    perSecond() {
      // Whole seconds only: the running one would read low.
      const end = second();
      forgetBefore(end - windowSeconds);
      let events = 0;
      for (const [at, count] of counts) if (at < end) events += count;
      const ageSeconds = end - Math.floor(startedAt / 1000);
      return events / Math.max(1, Math.min(windowSeconds, ageSeconds));
    },
  };
}
