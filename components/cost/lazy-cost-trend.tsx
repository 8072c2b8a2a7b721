'use client';

import dynamic from 'next/dynamic';

/** recharts is 100 KB: it comes after the page has been painted, into room already kept. */
export const LazyCostTrend = dynamic(() => import('./cost-trend.tsx'), {
  ssr: false,
  loading: () => <div className="trend-wait" />,
});
