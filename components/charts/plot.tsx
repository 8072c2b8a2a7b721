'use client';

import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { formatNumber, formatUtcTime, NBSP } from '#components/ui/format.ts';
import { type ChartModel, lastValue, type Tone } from './model.ts';
import { spreadLabels } from './scale.ts';

const LABEL_WIDTH = 96;
/** One line needs no name: the chart's title is its name. */
const FIGURE_WIDTH = 56;
const AXIS_WIDTH = 44;
const AXIS_HEIGHT = 22;
const MARK_ROOM = 26;
const LABEL_GAP = 27;
const FONT = '11px Geist, system-ui, sans-serif';

const VARIABLE = { quiet: '--text-3', accent: '--accent' } as const;
const cssName = (tone: Tone) => (typeof tone === 'number' ? `--series-${tone}` : VARIABLE[tone]);

/** Canvas knows no CSS variables: read them when drawing, so that a change of theme shows on the next draw. */
function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const labelWidth = (chart: ChartModel) => (chart.series.length > 1 ? LABEL_WIDTH : FIGURE_WIDTH);

function range(chart: ChartModel): [number, number] {
  const values = chart.series.flatMap((series) => [...series.values, ...(series.planned ?? [])]);
  const known = [...values.filter((value) => value !== null), ...(chart.include ?? [])];
  const low = Math.min(0, ...known);
  const high = Math.max(...known, low + 1e-6);
  return [low, high + (high - low) * 0.06];
}

function drawMarks(plot: uPlot, chart: ChartModel) {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px Geist, system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 2 * ratio]);
  const ends = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const mark of chart.marks ?? []) {
    const x = Math.round(plot.valToPos(mark.at, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colour('--text-3');
    ctx.beginPath();
    ctx.moveTo(x, bbox.top - 6 * ratio);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(mark.label).width;
    const left = Math.min(x + 4 * ratio, bbox.left + bbox.width + (labelWidth(chart) - 4) * ratio - width);
    // In the first of two rows that has room; marks closer together keep their lines alone.
    const row = ends.findIndex((end) => left >= end + 8 * ratio);
    if (row === -1) continue;
    ctx.fillStyle = colour('--text-3');
    ctx.fillText(mark.label, left, bbox.top - (row === 0 ? 16 : 4) * ratio);
    ends[row] = left + width;
  }
  ctx.setLineDash([]);
  for (const limit of chart.limits ?? []) {
    const y = Math.round(plot.valToPos(limit.value, 'y', true)) + 0.5;
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = colour('--text-2');
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = colour('--text-2');
    ctx.fillText(limit.label, bbox.left + 6 * ratio, y - 4 * ratio);
  }
  ctx.restore();
}

function options(chart: ChartModel, width: number, height: number): uPlot.Options {
  const scale = chart.scale ?? 1;
  const digits = chart.digits ?? 0;
  const axis = { font: FONT, stroke: () => colour('--text-3'), ticks: { show: false } };
  const lines = chart.series.flatMap((series): uPlot.Series[] => [
    ...(series.planned === undefined
      ? []
      : [
          {
            stroke: () => colour(cssName(series.tone)),
            width: 1.5,
            dash: [2, 4],
            alpha: 0.8,
            points: { show: false },
          },
        ]),
    {
      stroke: () => colour(cssName(series.tone)),
      width: series.tone === 'accent' ? 2 : 1.5,
      points: { show: false },
    },
  ]);
  return {
    width,
    height,
    padding: [(chart.marks ?? []).length > 0 ? MARK_ROOM : 10, labelWidth(chart), 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: () => range(chart) } },
    series: [{}, ...lines],
    axes: [
      {
        ...axis,
        size: AXIS_HEIGHT,
        space: 110,
        grid: { show: false },
        values: (_, splits) => splits.map((seconds) => formatUtcTime(new Date(seconds * 1000)).slice(0, 5)),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        space: 44,
        grid: { stroke: () => colour('--line'), width: 1 },
        values: (_, splits) =>
          splits.map(
            (value) => `${formatNumber(value * scale, digitsOf(splits, scale, digits))}${NBSP}${chart.unit}`,
          ),
      },
    ],
    hooks: { draw: [(plot) => drawMarks(plot, chart)] },
  };
}

/** As few digits as keep neighbouring ticks different, at most `digits`. */
function digitsOf(splits: readonly number[], scale: number, digits: number): number {
  const [first = 0, second = 1] = splits;
  return Math.abs(second - first) * scale >= 1 ? 0 : Math.max(1, digits);
}

interface EndLabel {
  key: string;
  label: string;
  figure: string;
  top: number;
}

function endLabels(plot: uPlot, chart: ChartModel, height: number): EndLabel[] {
  const known = chart.series.flatMap((series) => {
    const last = lastValue(series.values);
    return last === null ? [] : [{ series, last }];
  });
  const wanted = known.map(({ last }) => plot.valToPos(last, 'y') + plot.bbox.top / uPlot.pxRatio - 8);
  const tops = spreadLabels(wanted, { gap: LABEL_GAP, low: 0, high: height - AXIS_HEIGHT - LABEL_GAP + 8 });
  return known.map(({ series, last }, index) => ({
    key: series.key,
    label: series.label,
    figure: `${formatNumber(last * (chart.scale ?? 1), chart.digits ?? 0)}${NBSP}${chart.unit}`,
    top: tops[index] ?? 0,
  }));
}

export default function Plot({ chart, height }: { chart: ChartModel; height: number }) {
  const host = useRef<HTMLDivElement>(null);
  const [labels, setLabels] = useState<readonly EndLabel[]>([]);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const rows = [
      [...chart.times],
      ...chart.series.flatMap((series) => [
        ...(series.planned === undefined ? [] : [[...series.planned]]),
        [...series.values],
      ]),
    ];
    const plot = new uPlot(options(chart, element.clientWidth, height), rows as uPlot.AlignedData, element);
    // Its first call comes after uPlot has set its scales; before that, positions are not numbers.
    const resized = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height });
      setLabels(endLabels(plot, chart, height));
    });
    resized.observe(element);
    const themed = new MutationObserver(() => plot.redraw(false));
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      resized.disconnect();
      themed.disconnect();
      plot.destroy();
    };
  }, [chart, height]);
  return (
    <div ref={host} className="plot-host" aria-hidden="true">
      {labels.map(({ key, label, figure, top }) => (
        <span key={key} className="plot-label" style={{ top, width: labelWidth(chart) - 8 }}>
          <b>{figure}</b>
          {chart.series.length > 1 ? <span>{label}</span> : null}
        </span>
      ))}
    </div>
  );
}
