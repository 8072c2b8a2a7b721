/** How fast a dead worker is noticed, and how much doubt it is given. Real milliseconds; never scaled. */
export interface LivenessTiming {
  /** Between two heartbeats, and between two looks at the peers. */
  beatMs: number;
  /** A worker whose heartbeat stands still for so long is dead, whatever else is known. */
  ttlMs: number;
  /** For so long after a (re)connect, or after the server changed, a missing session proves nothing. */
  graceMs: number;
}

export const LIVENESS: LivenessTiming = { beatMs: 500, ttlMs: 10_000, graceMs: 15_000 };

/** "Session gone" counts only with a heartbeat that stood still for this many beats. */
const QUIET_BEATS = 3;
/** Timers fire a little early or late: a beat counts when this part of it has passed. */
const BEAT_TOLERANCE = 0.95;
/** An observer that did not look for this many beats was suspended: what it believed is worth nothing. */
const STALL_BEATS = 4;

/** One worker as an observer finds it in the database. */
export interface PeerSight {
  id: string;
  /** Null: it owns runs and has no row, which a worker of this version never does. */
  state: 'up' | 'stopped' | 'dead' | null;
  heartbeat: string | null;
  /** Its lease's advisory lock is held by nobody. */
  sessionGone: boolean;
}

export interface Sight {
  /** The observer's monotonic clock. */
  nowMs: number;
  /** Names this run of the database server; another value means a restart or a failover. */
  server: string;
  peers: readonly PeerSight[];
}

export interface Verdict {
  id: string;
  why: string;
}

/**
 * What one observer believes of its peers, by its own clock alone: no two clocks are ever compared. Answers which of
 * them are dead (docs/adr/0004-takeover.md says why so, and what each rule was measured against).
 */
export class PeerWatch {
  readonly #timing: LivenessTiming;
  readonly #beliefs = new Map<string, { heartbeat: string | null; sinceMs: number }>();
  #server: string | undefined;
  #steadySinceMs = Number.POSITIVE_INFINITY;
  #lastLookMs = Number.POSITIVE_INFINITY;

  constructor(timing: LivenessTiming) {
    this.#timing = timing;
  }

  /** The observer has a new connection: it forgets what it believed, and gives its peers time to reconnect too. */
  reconnected(nowMs: number): void {
    this.#beliefs.clear();
    this.#steadySinceMs = nowMs;
    this.#lastLookMs = nowMs;
  }

  look({ nowMs, server, peers }: Sight): Verdict[] {
    if (this.#server !== undefined && this.#server !== server) this.reconnected(nowMs);
    this.#server = server;
    if (nowMs - this.#lastLookMs > STALL_BEATS * this.#timing.beatMs) this.#beliefs.clear();
    this.#lastLookMs = nowMs;
    const seen = new Set(peers.map(({ id }) => id));
    for (const id of this.#beliefs.keys()) if (!seen.has(id)) this.#beliefs.delete(id);
    return peers.flatMap((peer) => {
      const why = this.#judge(peer, nowMs);
      if (why === undefined) return [];
      this.#beliefs.delete(peer.id);
      return [{ id: peer.id, why }];
    });
  }

  #judge(peer: PeerSight, nowMs: number): string | undefined {
    if (peer.state !== 'up') return peer.state === null ? 'it has no row' : `it is ${peer.state}`;
    const belief = this.#beliefs.get(peer.id);
    if (!belief || belief.heartbeat !== peer.heartbeat) {
      this.#beliefs.set(peer.id, { heartbeat: peer.heartbeat, sinceMs: nowMs });
      return undefined;
    }
    const quietMs = nowMs - belief.sinceMs;
    if (quietMs >= this.#timing.ttlMs) return `its heartbeat stood still for ${Math.round(quietMs)} ms`;
    const steady = nowMs - this.#steadySinceMs >= this.#timing.graceMs;
    const quiet = quietMs >= QUIET_BEATS * this.#timing.beatMs * BEAT_TOLERANCE;
    if (peer.sessionGone && steady && quiet) {
      return `its session is gone and its heartbeat stood still for ${Math.round(quietMs)} ms`;
    }
    return undefined;
  }
}
