/** Runs `work` once in every period of wall time, in its middle, so that periods aligned as CloudWatch aligns them hold one run each. */
export function startPeriodic(periodMs: number, work: () => void): { stop(): void } {
  let timer: NodeJS.Timeout;
  function scheduleAfter(period: number) {
    const now = Date.now();
    const current = Math.floor(now / periodMs);
    // A timer may fire a millisecond early: never the same period twice.
    const next = Math.max(period + 1, now < (current + 0.5) * periodMs ? current : current + 1);
    timer = setTimeout(
      () => {
        work();
        scheduleAfter(next);
      },
      (next + 0.5) * periodMs - now,
    );
  }
  scheduleAfter(0);
  return { stop: () => clearTimeout(timer) };
}
