'use client';

import dynamic from 'next/dynamic';

/** The sheet comes when something is asked for: the page alone stays small. */
export const LazyRequestSheet = dynamic(() =>
  import('./request-sheet.tsx').then(({ RequestSheet }) => RequestSheet),
);
