'use client';

import dynamic from 'next/dynamic';

/** The sheet's code comes when it is first opened. */
export const LazyDeploySheet = dynamic(
  () => import('./pipeline-request-sheet.tsx').then((file) => file.DeploySheet),
  {
    ssr: false,
  },
);
