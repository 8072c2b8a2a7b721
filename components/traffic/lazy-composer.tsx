'use client';

import dynamic from 'next/dynamic';

/** The composer and its query client come when a shift is composed: the page alone stays small. */
export const LazyComposer = dynamic(() =>
  import('./traffic-composer.tsx').then(({ TrafficComposer }) => TrafficComposer),
);
