'use client';

import dynamic from 'next/dynamic';
import { formatNumber, NBSP } from '#components/ui/format.ts';
import { type ChartModel, lastValue } from './model.ts';

const Plot = dynamic(() => import('./plot.tsx'), {
  ssr: false,
  loading: () => <div className="plot-wait" />,
});

/** What the lines say, for those who cannot see them. */
function describeChart(chart: ChartModel): string {
  const parts = chart.series.map(({ label, values }) => {
    const last = lastValue(values);
    const figure =
      last === null
        ? 'unknown'
        : `${formatNumber(last * (chart.scale ?? 1), chart.digits ?? 0)}${NBSP}${chart.unit}`;
    return `${label} ${figure}`;
  });
  return `${chart.title}: ${parts.join(', ')}`;
}

/**
 * Dense series on a canvas: solid measured, dotted configured, dashed marks, each line named at its end.
 * The room is kept before the library has loaded, so nothing moves.
 */
export function Chart({ chart, height }: { chart: ChartModel; height: number }) {
  return (
    <div className="plot" style={{ height }} role="img" aria-label={describeChart(chart)}>
      {chart.times.length < 2 ? (
        <p className="plot-none small muted">No samples in this range.</p>
      ) : (
        <Plot chart={chart} height={height} />
      )}
    </div>
  );
}
