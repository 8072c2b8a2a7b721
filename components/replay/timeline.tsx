'use client';

import type { CSSProperties } from 'react';
import type { Tone } from '#components/charts/model.ts';
import { EMPTY, formatClock, formatNumber, NBSP } from '#components/ui/format.ts';
import { highest, stepStatusAt, valueAt } from './frames.ts';
import type { Course, ReplayModel, ReplayStep, Strip } from './model.ts';

interface TimelineProps {
  replay: ReplayModel;
  at: number;
  frame: number;
  onSeek: (at: number) => void;
}

const STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Scrubber, steps and metrics on one axis; the line through all of them is the moment that is shown. */
export function Timeline({ replay, at, frame, onSeek }: TimelineProps) {
  const from = replay.times[0] ?? 0;
  const to = replay.times.at(-1) ?? from + 1;
  const percent = (moment: number) => ((moment - from) / (to - from || 1)) * 100;
  const step = STEPS.find((seconds) => (to - from) / seconds <= 9) ?? 7200;
  const ticks: number[] = [];
  for (let tick = replay.zero - Math.floor((replay.zero - from) / step) * step; tick <= to; tick += step)
    ticks.push(tick);
  return (
    <section
      className="timeline"
      aria-label="Timeline"
      style={{ '--at': `${percent(at)}%` } as CSSProperties}
    >
      <div className="tl-scrub">
        <input
          type="range"
          aria-label="Moment of the run"
          aria-valuetext={`${formatClock(Math.abs(at - replay.zero))} ${at < replay.zero ? 'before' : 'after'} ${replay.zeroIs}`}
          min={from}
          max={to}
          step={Math.max(1, Math.round((to - from) / 300))}
          value={Math.round(at)}
          onChange={(event) => onSeek(event.target.valueAsNumber)}
        />
      </div>
      <div className="tl-row axis-row">
        <span className="muted">0:00 {replay.zeroIs}</span>
        <div className="tl-plot">
          {ticks.map((tick) => (
            <span key={tick} className="tick" style={{ left: `${percent(tick)}%` }}>
              {tick < replay.zero
                ? `\u2212${formatClock(replay.zero - tick)}`
                : formatClock(tick - replay.zero)}
            </span>
          ))}
        </div>
        <span />
      </div>
      <StepsRow steps={replay.steps} at={at} to={to} percent={percent} />
      <MarksRow marks={replay.marks} percent={percent} />
      {replay.strips.map((strip) => (
        <StripRow key={strip.key} strip={strip} replay={replay} frame={frame} />
      ))}
      <div className="tl-cursor" aria-hidden="true">
        <i />
      </div>
    </section>
  );
}

interface StepsRowProps {
  steps: readonly ReplayStep[];
  at: number;
  to: number;
  percent: (moment: number) => number;
}

/** Each step a bar of its own line, so that what ran at once is seen to. */
function StepsRow({ steps, at, to, percent }: StepsRowProps) {
  const begun = steps.filter(({ from }) => from !== null);
  return (
    <div className="tl-row">
      <span>Steps</span>
      <div className="tl-plot" style={{ height: begun.length * 9 + 5 }}>
        {begun.map(({ from, until, number, ...rest }, index) => {
          const left = percent(from ?? 0);
          const status = stepStatusAt({ from, until, number, ...rest }, at);
          return (
            <i
              key={number}
              className={`gantt ${status}`}
              title={`${number}. ${rest.title}`}
              style={{
                left: `${left}%`,
                width: `${Math.max(0.25, percent(until ?? to) - left)}%`,
                top: 3 + index * 9,
              }}
            />
          );
        })}
      </div>
      <span className="muted">{begun.length} begun</span>
    </div>
  );
}

/** Of the plot’s width, on a desk. */
const CHAR_PERCENT = 0.72;

function MarksRow({ marks, percent }: { marks: ReplayModel['marks']; percent: (moment: number) => number }) {
  if (marks.length === 0) return null;
  let end = Number.NEGATIVE_INFINITY;
  return (
    <div className="tl-row">
      <span>Marks</span>
      <div className="tl-plot marks">
        {marks.map((mark) => {
          const left = percent(mark.at);
          const roomy = left >= end;
          if (roomy) end = left + mark.label.length * CHAR_PERCENT + 1;
          return (
            <span key={`${mark.at} ${mark.label}`} style={{ left: `${left}%` }} title={mark.label}>
              {roomy ? mark.label : ''}
            </span>
          );
        })}
      </div>
      <span />
    </div>
  );
}

const HEIGHT = 40;
const WIDTH = 1000;
const PAD = 3;

const toneClass = (tone: Tone) => (typeof tone === 'number' ? `tone-${tone}` : 'tone-quiet');

function StripRow({ strip, replay, frame }: { strip: Strip; replay: ReplayModel; frame: number }) {
  const most = highest(strip.series.map(({ values }) => values)) || 1;
  const from = replay.times[0] ?? 0;
  const span = (replay.times.at(-1) ?? from + 1) - from || 1;
  const path = (values: Course) => {
    let pen = 'M';
    let drawn = '';
    values.forEach((value, index) => {
      if (value === null) {
        pen = 'M';
        return;
      }
      const x = (((replay.times[index] ?? from) - from) / span) * WIDTH;
      const y = HEIGHT - PAD - (value / most) * (HEIGHT - 2 * PAD);
      drawn += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = 'L';
    });
    return drawn;
  };
  return (
    <div className="tl-row strip-row">
      <span>
        {strip.label}
        <span className="sub">
          to {formatNumber(most * strip.scale, strip.digits)}
          {NBSP}
          {strip.unit}
        </span>
      </span>
      <div className="tl-plot">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {strip.series.map(({ key, tone, values }) => (
            <path key={key} className={`ln ${toneClass(tone)}`} d={path(values)} />
          ))}
        </svg>
      </div>
      <ul>
        {strip.series.map(({ key, label, tone, values }) => {
          const value = valueAt(values, frame);
          return (
            <li key={key}>
              <i className={`sw ${toneClass(tone)}`} />
              <span>{label}</span>
              <b>
                {value === null ? EMPTY : formatNumber(value * strip.scale, strip.digits)}
                {value === null ? null : <span className="unit">{strip.unit}</span>}
              </b>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
