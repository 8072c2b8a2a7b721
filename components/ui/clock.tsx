'use client';

import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';

const TICK_MS = 1000;

/** The server's clock, ticking in the browser: ages are right even where the reader's clock is wrong. */
interface Clock {
  subscribe: (listener: () => void) => () => void;
  read: () => number;
  /** The time of the render, for parts that hydrate after others have begun to tick. */
  readStart: () => number;
  /** The server said what time it is. */
  sync: (serverMs: number) => void;
}

function createClock(startMs: number, frozen: boolean): Clock {
  let nowMs = startMs;
  let offsetMs: number | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const tick = () => {
    nowMs = Date.now() + (offsetMs ?? 0);
    for (const listener of listeners) listener();
  };
  return {
    read: () => nowMs,
    readStart: () => startMs,
    sync: (serverMs) => {
      if (frozen) return;
      offsetMs = serverMs - Date.now();
      tick();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      if (!frozen && timer === undefined) timer = setInterval(tick, TICK_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

const ClockContext = createContext<Clock | null>(null);

/** Gives every age below it one clock. `at` is the time of the render, ISO 8601; `frozen` stops it (screenshots). */
export function ClockProvider({
  at,
  frozen = false,
  children,
}: {
  at: string;
  frozen?: boolean;
  children: ReactNode;
}) {
  const startMs = Date.parse(at);
  const [clock] = useState(() => createClock(startMs, frozen));
  useEffect(() => clock.sync(startMs), [clock, startMs]);
  return <ClockContext value={clock}>{children}</ClockContext>;
}

/** Milliseconds since the epoch by the server's clock, once a second. */
export function useNow(): number {
  const clock = useContext(ClockContext);
  if (clock === null)
    throw new Error('useNow needs a ClockProvider above it. Wrap the page in the console layout.');
  return useSyncExternalStore(clock.subscribe, clock.read, clock.readStart);
}

const never = () => () => undefined;

/** False on the server and while hydrating, true afterwards. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
