import type { Random } from './random.ts';

export interface LagModel {
  /** What the copy is behind when nothing is wrong, seconds. */
  usualSeconds: number;
  /** How far single readings stray from that, as a share of it. */
  jitter: number;
  /** Seconds of backlog that a second works off once the way is open again. */
  catchUp: number;
}

export interface ModelledLag {
  /** Seconds behind at `nowMs`. `open`: whether copies got through since the last reading. */
  read(nowMs: number, open: boolean): number;
}

/**
 * How far a copy is behind that the lab does not really make: about the usual, a second more for each second in which
 * nothing gets through, and falling again afterwards.
 */
export function createModelledLag({ usualSeconds, jitter, catchUp }: LagModel, random: Random): ModelledLag {
  let backlog = 0;
  let lastMs: number | undefined;
  return {
    read(nowMs, open) {
      const elapsed = Math.max(0, nowMs - (lastMs ?? nowMs)) / 1000;
      lastMs = nowMs;
      backlog = open ? Math.max(0, backlog - elapsed * catchUp) : backlog + elapsed;
      return backlog + usualSeconds * (1 + jitter * (2 * random() - 1));
    },
  };
}
