'use client';

import dynamic from 'next/dynamic';

/** The map where it is not what the page is opened for: it comes when there is something to draw, into room already kept. */
export const LazyWorldMap = dynamic(() => import('./world-map.tsx').then(({ WorldMap }) => WorldMap), {
  ssr: false,
  loading: () => <div className="map" />,
});
