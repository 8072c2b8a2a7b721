'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { openLiveSource } from './live-source.ts';
import { liveStore } from './live-store.ts';

/** A page is read again at most so often, ms: at once for what people do, more calmly for observations. */
const ACT_REFRESH_MS = 1_000;
const OBSERVATION_REFRESH_MS = 5_000;
const SILENT_MS = 20_000;
const WATCH_MS = 3_000;

/**
 * Listens to the event stream and reads the page again when something changed. The stream carries ids only; what this
 * person may see comes with the page. Hidden tabs wait until they are looked at.
 */
export function LiveUpdates() {
  const router = useRouter();
  useEffect(() => {
    let refresh: { timer: ReturnType<typeof setTimeout>; at: number } | undefined;
    let lastRefreshMs = 0;
    let waitingForSight = false;

    const refreshWithin = (calmMs: number) => {
      if (document.hidden) {
        waitingForSight = true;
        return;
      }
      const at = Math.max(Date.now() + 100, lastRefreshMs + calmMs);
      if (refresh && refresh.at <= at) return;
      if (refresh) clearTimeout(refresh.timer);
      const timer = setTimeout(() => {
        refresh = undefined;
        lastRefreshMs = Date.now();
        router.refresh();
      }, at - Date.now());
      refresh = { timer, at };
    };

    liveStore.connecting();
    const source = openLiveSource({
      beat: liveStore.heard,
      lost: liveStore.lost,
      change(topic) {
        liveStore.heard();
        refreshWithin(topic === 'observation' ? OBSERVATION_REFRESH_MS : ACT_REFRESH_MS);
      },
    });

    const look = () => {
      if (document.hidden || !waitingForSight) return;
      waitingForSight = false;
      refreshWithin(0);
    };

    const watch = setInterval(() => {
      const { lastEventMs, status } = liveStore.read();
      if (status === 'live' && lastEventMs !== null && Date.now() - lastEventMs > SILENT_MS) {
        liveStore.lost();
        source.reopen();
      }
    }, WATCH_MS);
    liveStore.onReconnect(() => {
      liveStore.connecting();
      source.reopen();
    });
    document.addEventListener('visibilitychange', look);
    return () => {
      source.close();
      clearInterval(watch);
      if (refresh) clearTimeout(refresh.timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [router]);
  return null;
}
