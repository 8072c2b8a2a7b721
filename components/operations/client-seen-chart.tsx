'use client';

import { useId } from 'react';
import { useNow } from '#components/ui/clock.tsx';
import { formatClock, formatNumber } from '#components/ui/format.ts';
import { downSeconds, linePath, placeMarks, timeTicks, troubled } from './client-seen.ts';
import type { ClientSeenModel, Milestone } from './recovery-model.ts';

const WIDTH = 480;
const LEFT = 62;
/** Right of here the figures of now stand. */
const RIGHT = 352;
const ORDERS = { top: 30, bottom: 84 };
const READS = { top: 116, bottom: 164 };
const BARS = 196;
/** A name, and under it two bars: long names leave no room beside them. */
const BAR_ROW = 32;

/** Orders and reads as shoppers saw them, and by geography how long each was down. */
export function ClientSeenChart({ model }: { model: ClientSeenModel }) {
  const now = Math.min(model.toSeconds, (useNow() - Date.parse(model.zeroAt)) / 1000);
  const clip = useId();
  const span = model.toSeconds - model.fromSeconds || 1;
  const x = (seconds: number) => LEFT + ((seconds - model.fromSeconds) / span) * (RIGHT - LEFT);
  const most = Math.max(1, ...model.orders.perSecond.map((value) => value ?? 0));
  const yOrders = (value: number) => ORDERS.bottom - (value / most) * (ORDERS.bottom - ORDERS.top);
  const yReads = (value: number) => READS.bottom - value * (READS.bottom - READS.top);
  const bottom = BARS + model.geographies.length * BAR_ROW;
  const trouble = troubled(model, now);
  const lastOrders = model.orders.perSecond.at(-1) ?? null;
  const lastReads = model.reads.answered.at(-1) ?? null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className="scroll" aria-label="What shoppers saw" tabIndex={0}>
      <div className="chart-min">
        <svg
          className="ch wide"
          viewBox={`0 0 ${WIDTH} ${bottom + 22}`}
          role="img"
          aria-label={describe(model, now)}
        >
          <clipPath id={clip}>
            <rect x={LEFT} y="0" width={RIGHT - LEFT} height={bottom} />
          </clipPath>
          {trouble === null ? null : (
            <rect
              className="trouble"
              x={x(trouble[0])}
              y={ORDERS.top - 8}
              width={Math.max(1, x(trouble[1]) - x(trouble[0]))}
              height={READS.bottom - ORDERS.top + 8}
            />
          )}
          <text className="lbl" x="0" y="14">
            Orders acknowledged, a second
          </text>
          <Level y={yOrders(0)} text="0" />
          <Level y={yOrders(most)} text={formatNumber(most, most < 10 ? 1 : 0)} />
          <path
            className="ln s1"
            clipPath={`url(#${clip})`}
            d={linePath(model.orders.seconds, model.orders.perSecond, x, yOrders)}
          />
          <text className="lbl" x="0" y="104">
            Reads answered
          </text>
          {[0, 0.5, 1].map((share) => (
            <Level key={share} y={yReads(share)} text={`${share * 100} %`} />
          ))}
          <path
            className="ln s1"
            clipPath={`url(#${clip})`}
            d={linePath(model.reads.seconds, model.reads.answered, x, yReads)}
          />
          <Marks marks={model.marks} x={x} />
          {lastOrders === null ? null : (
            <text className="lbl" x={RIGHT + 8} y={yOrders(lastOrders) + 4}>
              {formatNumber(lastOrders, lastOrders > 0 && lastOrders < 10 ? 1 : 0)} /s
            </text>
          )}
          {lastReads === null ? null : (
            <text className="lbl" x={RIGHT + 8} y={yReads(lastReads) + 4}>
              {formatNumber(lastReads * 100)} %
            </text>
          )}
          <text className="lbl" x="0" y={BARS - 10}>
            Down, by geography
          </text>
          <text x="116" y={BARS - 10}>
            upper bar reads, lower bar orders
          </text>
          {model.geographies.map((geography, index) => {
            const y = BARS + index * BAR_ROW;
            return (
              <g key={geography.name}>
                <text x={LEFT} y={y + 10}>
                  {geography.name}
                </text>
                <DownBar spans={geography.reads} y={y + 15} x={x} now={now} from={model.fromSeconds} />
                <DownBar spans={geography.orders} y={y + 22} x={x} now={now} from={model.fromSeconds} />
                <text className="mid" x={RIGHT + 8} y={y + 24}>
                  reads {formatClock(downSeconds(geography.reads, now))}, orders{' '}
                  {formatClock(downSeconds(geography.orders, now))}
                </text>
              </g>
            );
          })}
          {timeTicks(model.toSeconds).map((tick) => (
            <text key={tick} x={x(tick)} y={bottom + 16} textAnchor="middle">
              {formatClock(tick)}
            </text>
          ))}
        </svg>
      </div>
    </section>
  );
}

function Level({ y, text }: { y: number; text: string }) {
  return (
    <>
      <line className="axis" x1={LEFT} x2={RIGHT} y1={y} y2={y} />
      <text x={LEFT - 6} y={y + 4} textAnchor="end">
        {text}
      </text>
    </>
  );
}

const MARK_LINE = 12;

function Marks({ marks, x }: { marks: readonly Milestone[]; x: (seconds: number) => number }) {
  const placed = placeMarks(
    marks.map(({ label, seconds }) => ({ label: `${label} ${formatClock(seconds)}`, x: x(seconds) })),
    RIGHT,
  );
  return placed.map(({ label, x: at, before, line }) => (
    <g key={`${at} ${label}`}>
      <line className="mark" x1={at} x2={at} y1={ORDERS.top - 8} y2={READS.bottom} />
      {line === null ? null : (
        <text
          className="mid halo"
          x={at}
          dx={before ? -4 : 4}
          y={ORDERS.top + 4 + line * MARK_LINE}
          textAnchor={before ? 'end' : 'start'}
        >
          {label}
        </text>
      )}
    </g>
  ));
}

interface DownBarProps {
  spans: ClientSeenModel['geographies'][number]['reads'];
  y: number;
  x: (seconds: number) => number;
  now: number;
  from: number;
}

function DownBar({ spans, y, x, now, from }: DownBarProps) {
  return (
    <>
      <rect className="served" x={x(from)} y={y} width={Math.max(0, x(now) - x(from))} height="5" />
      {spans.map(([start, until]) => (
        <rect
          key={start}
          className="down"
          x={x(start)}
          y={y}
          width={Math.max(1, x(Math.min(until ?? now, now)) - x(start))}
          height="5"
        />
      ))}
    </>
  );
}

function describe(model: ClientSeenModel, now: number): string {
  const parts = model.geographies.map(
    ({ name, reads, orders }) =>
      `${name}: reads down ${formatClock(downSeconds(reads, now))}, orders down ${formatClock(downSeconds(orders, now))}`,
  );
  return `What shoppers saw. ${parts.join('. ')}`;
}
