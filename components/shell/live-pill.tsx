'use client';

import { useSyncExternalStore } from 'react';
import { useNow } from '#components/ui/clock.tsx';
import { formatAge } from '#components/ui/format.ts';
import { StatusShape } from '#components/ui/status.tsx';
import { type LiveState, liveStore } from './live-store.ts';

const CONNECTING: LiveState = { status: 'connecting', lastEventMs: null };

/** Is the page live, and how long ago did it last hear anything? */
export function LivePill() {
  const live = useSyncExternalStore(liveStore.subscribe, liveStore.read, () => CONNECTING);
  useNow();
  const silence = live.lastEventMs === null ? null : formatAge((Date.now() - live.lastEventMs) / 1000);
  if (live.status === 'lost')
    return (
      <div className="slot hide-phone" role="status">
        <StatusShape status="unknown" />
        <b>{silence === null ? 'Not live' : `No events for ${silence}`}</b>
        <button type="button" className="link" onClick={liveStore.reconnect}>
          Reconnect
        </button>
      </div>
    );
  return (
    <div className="slot hide-phone">
      <span className={live.status === 'live' ? 'live' : 'live waiting'}>
        <i />
        {live.status === 'live' ? 'Live' : 'Connecting'}
      </span>
      {silence === null ? null : <span className="muted opt">last event {silence} ago</span>}
    </div>
  );
}
