import type { SoakClock } from './pipeline-model.ts';

interface SoakFace {
  /** Real seconds, not beyond the whole while it counts. */
  seconds: number;
  /** 0 to 1. */
  share: number;
  /** What the elapsed seconds stand for, before the time scale. */
  declaredSeconds: number;
  /** Real seconds past its end, while a gate keeps it. */
  overSeconds: number;
}

/** What the clock shows at a moment: between two looks it goes on by itself, unless something keeps it. */
export function soakFace(soak: SoakClock, nowMs: number): SoakFace {
  const since = soak.state === 'running' ? Math.max(0, (nowMs - Date.parse(soak.at)) / 1_000) : 0;
  const elapsed = soak.elapsedSeconds + since;
  const seconds = soak.state === 'running' ? Math.min(elapsed, soak.totalSeconds) : elapsed;
  const share = soak.totalSeconds === 0 ? 1 : Math.min(1, seconds / soak.totalSeconds);
  return {
    seconds,
    share,
    declaredSeconds: share * soak.declaredSeconds,
    overSeconds: Math.max(0, elapsed - soak.totalSeconds),
  };
}
