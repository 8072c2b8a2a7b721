import type { Socket } from 'node:net';

/** How one direction carries bytes now. */
export interface Direction {
  delayMs: number;
  flowing: boolean;
}

export interface Relay {
  /** Looks at the direction again; call it when the direction has changed. */
  wake(): void;
  /** Drops what is in flight. */
  stop(): void;
}

type Parcel = { at: number; bytes: Buffer } | { at: number; bytes: undefined; ending: 'end' | 'reset' };

const PAUSE_ABOVE_BYTES = 8 * 1024 * 1024;
const RESUME_BELOW_BYTES = 4 * 1024 * 1024;
/** Node fires timers up to one millisecond early. */
const TIMER_SLACK_MS = 0.5;

/**
 * Carries bytes, half-closes and resets from `source` to `sink` in order, each `delayMs` after it was read. While the
 * direction does not flow everything is kept, ends and resets too: a black hole delivers no FIN.
 */
export function createRelay(source: Socket, sink: Socket, direction: () => Direction): Relay {
  const queue: Parcel[] = [];
  let queuedBytes = 0;
  let lastAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function deliver(parcel: Parcel) {
    if (parcel.bytes) {
      queuedBytes -= parcel.bytes.length;
      sink.write(parcel.bytes);
    } else if (parcel.ending === 'end') {
      sink.end();
    } else {
      sink.resetAndDestroy();
    }
  }

  function backlog() {
    return queuedBytes + sink.writableLength;
  }

  function pump() {
    clearTimeout(timer);
    timer = undefined;
    if (stopped || !direction().flowing) return;
    let next = queue[0];
    while (next && next.at <= performance.now() + TIMER_SLACK_MS && !sink.writableNeedDrain) {
      queue.shift();
      deliver(next);
      next = queue[0];
    }
    if (source.isPaused() && backlog() < RESUME_BELOW_BYTES) source.resume();
    if (next && !sink.writableNeedDrain) timer = setTimeout(pump, Math.max(0, next.at - performance.now()));
  }

  function push(parcel: { bytes: Buffer } | { bytes: undefined; ending: 'end' | 'reset' }) {
    lastAt = Math.max(lastAt, performance.now() + direction().delayMs);
    queue.push({ ...parcel, at: lastAt });
    if (queue.length === 1 && direction().delayMs === 0) pump();
    else timer ??= setTimeout(pump, Math.max(0, lastAt - performance.now()));
  }

  source.on('data', (bytes) => {
    queuedBytes += bytes.length;
    push({ bytes });
    if (backlog() > PAUSE_ABOVE_BYTES) source.pause();
  });
  source.on('end', () => push({ bytes: undefined, ending: 'end' }));
  source.on('close', () => {
    if (!source.readableEnded) push({ bytes: undefined, ending: 'reset' });
  });
  sink.on('drain', pump);

  return {
    wake: pump,
    stop() {
      stopped = true;
      clearTimeout(timer);
      queue.length = 0;
    },
  };
}
