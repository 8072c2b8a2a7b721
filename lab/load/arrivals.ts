import type { Random } from '#lab/kernel/random.ts';

/** Visitors arriving by a Poisson process. */
export interface Arrivals {
  setRate(perSecond: number): void;
  stop(): void;
}

const LONGEST_SLEEP_MS = 1_000;

/**
 * Calls `arrive` at exponentially distributed intervals. The gaps are drawn in units of mean gaps, so the same seed
 * gives the same sequence at any rate, and a change of rate acts on the gap that is running. A rate of 0 pauses.
 */
export function startArrivals(options: {
  perSecond: number;
  random: Random;
  arrive: () => void;
  now?: () => number;
}): Arrivals {
  const { random, arrive, now = () => performance.now() } = options;
  let perMs = options.perSecond / 1000;
  let remaining = drawGap(random);
  let last = now();
  let timer: NodeJS.Timeout | undefined;

  function advance() {
    const at = now();
    remaining -= (at - last) * perMs;
    last = at;
    while (remaining <= 0) {
      remaining += drawGap(random);
      arrive();
    }
  }

  function schedule() {
    const wait = perMs > 0 ? remaining / perMs : LONGEST_SLEEP_MS;
    timer = setTimeout(
      () => {
        advance();
        schedule();
      },
      Math.min(LONGEST_SLEEP_MS, wait),
    );
  }

  schedule();
  return {
    setRate(perSecond) {
      advance();
      perMs = perSecond / 1000;
      clearTimeout(timer);
      schedule();
    },
    stop: () => clearTimeout(timer),
  };
}

/** Exponential with mean 1. */
function drawGap(random: Random): number {
  return -Math.log(1 - random());
}
