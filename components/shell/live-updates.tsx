'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { routes } from '#lib/routes.ts';
import { liveStore } from './live-store.ts';

/** A page is read again at most so often, ms: at once for what people do, more calmly for observations. */
const ACT_REFRESH_MS = 1_000;
const OBSERVATION_REFRESH_MS = 5_000;
const SILENT_MS = 20_000;
const RETRY_MS = 3_000;

/**
 * Keeps one event stream open and reads the page again when something changed. The stream carries ids only; what this
 * person may see comes with the page. Hidden tabs wait until they are looked at.
 */
export function LiveUpdates() {
  const router = useRouter();
  useEffect(() => {
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
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

    const open = () => {
      clearTimeout(retry);
      source?.close();
      liveStore.connecting();
      source = new EventSource(routes.api.events());
      source.addEventListener('beat', () => liveStore.heard());
      source.addEventListener('change', (event) => {
        liveStore.heard();
        const { topic } = JSON.parse(event.data) as { topic: string };
        refreshWithin(topic === 'observation' ? OBSERVATION_REFRESH_MS : ACT_REFRESH_MS);
      });
      source.addEventListener('error', () => {
        liveStore.lost();
        if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
      });
    };

    const look = () => {
      if (document.hidden || !waitingForSight) return;
      waitingForSight = false;
      refreshWithin(0);
    };

    const watch = setInterval(() => {
      const { lastEventMs, status } = liveStore.read();
      if (status === 'live' && lastEventMs !== null && Date.now() - lastEventMs > SILENT_MS) {
        liveStore.lost();
        open();
      }
    }, RETRY_MS);
    liveStore.onReconnect(open);
    document.addEventListener('visibilitychange', look);
    open();
    return () => {
      source?.close();
      clearTimeout(retry);
      clearInterval(watch);
      if (refresh) clearTimeout(refresh.timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [router]);
  return null;
}
