export interface Clock {
  /** Real time, ms since the epoch. */
  now(): number;
  /** Real milliseconds that a declared AWS wait of this length takes here. Physical times (TTL, RTT, probes) are never passed through this. */
  scaledMs(awsMs: number): number;
  /** Runs once the AWS wait has passed; the returned function cancels it. */
  after(awsMs: number, run: () => void): () => void;
}

/** A clock whose AWS waits pass `scale` times faster than on AWS. */
export function createClock(scale: number): Clock {
  return {
    now: () => Date.now(),
    scaledMs: (awsMs) => awsMs / scale,
    after(awsMs, run) {
      const timer = setTimeout(run, awsMs / scale);
      return () => clearTimeout(timer);
    },
  };
}
