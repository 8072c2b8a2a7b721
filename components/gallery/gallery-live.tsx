'use client';

import { useEffect } from 'react';
import { liveStore } from '#components/shell/live-store.ts';

/** Stands in for the event stream, so that the gallery looks as a live page does. */
export function GalleryLive() {
  useEffect(() => {
    liveStore.heard();
    const timer = setInterval(liveStore.heard, 1000);
    return () => clearInterval(timer);
  }, []);
  return null;
}
