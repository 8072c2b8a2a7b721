import 'server-only';

export interface RateLimit {
  /** Counts one more from this source; seconds to wait when it was one too many, else 0. */
  take(source: string, nowMs: number): number;
}

const SOURCES_LIMIT = 10_000;

/** At most `limit` from one source in each window, counted by this process alone. */
export function rateLimit({ limit, windowMs }: { limit: number; windowMs: number }): RateLimit {
  let counts = new Map<string, number>();
  let endsAtMs = 0;
  return {
    take(source, nowMs) {
      if (nowMs >= endsAtMs || counts.size >= SOURCES_LIMIT) {
        counts = new Map();
        endsAtMs = nowMs + windowMs;
      }
      const count = (counts.get(source) ?? 0) + 1;
      counts.set(source, count);
      return count <= limit ? 0 : Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000));
    },
  };
}
