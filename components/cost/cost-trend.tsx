'use client';

import { CartesianGrid, Line, LineChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatMoney } from '#components/ui/format.ts';
import type { CostDay } from './model.ts';

const LABEL_ROOM = 84;
const FONT = { fontSize: 11, fill: 'var(--text-3)' };

/** Cumulative dollars of the month. Loaded only on this page: recharts is 100 KB. */
export default function CostTrend({ days }: { days: readonly CostDay[] }) {
  return (
    <div className="trend" role="img" aria-label={courseWords(days)}>
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={[...days]} margin={{ top: 8, right: LABEL_ROOM, bottom: 0, left: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="day"
            tick={FONT}
            tickLine={false}
            axisLine={{ stroke: 'var(--line-strong)' }}
            interval={6}
          />
          <YAxis
            tick={FONT}
            tickLine={false}
            axisLine={false}
            width={58}
            tickFormatter={(value: number) => formatMoney(value, 0)}
          />
          <Line
            dataKey="plan"
            stroke="var(--text-2)"
            strokeDasharray="1 3"
            dot={false}
            isAnimationActive={false}
            label={endLabel(days.length, 'plan', 12)}
          />
          <Line
            dataKey="forecast"
            stroke="var(--series-1)"
            strokeDasharray="5 4"
            dot={false}
            isAnimationActive={false}
            label={endLabel(days.length, 'forecast', -4)}
          />
          <Line
            dataKey="actual"
            stroke="var(--series-1)"
            strokeWidth={2}
            dot={false}
            isAnimationActive={false}
          />
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}

function courseWords(days: readonly CostDay[]): string {
  const last = days.findLast(({ actual }) => actual !== null);
  const end = days.at(-1);
  const money = (dollars: number | null | undefined) =>
    dollars == null ? 'not known' : formatMoney(dollars);
  const spent =
    last === undefined ? 'What is spent is not known' : `Spent ${money(last.actual)} by day ${last.day}`;
  return `${spent}; by day ${end?.day ?? 'last'} forecast ${money(end?.forecast)}, plan ${money(end?.plan)}`;
}

interface EndLabelProps {
  x?: number | string;
  y?: number | string;
  index?: number;
  value?: unknown;
}

/** Names a line at its last point only. */
function endLabel(count: number, word: string, shift: number) {
  return function EndLabel({ x, y, index, value }: EndLabelProps) {
    if (index !== count - 1 || typeof value !== 'number') return <g />;
    return (
      <text x={Number(x) + 6} y={Number(y) + shift} fontSize={11} fill="var(--text-2)">
        {formatMoney(value, 0)} {word}
      </text>
    );
  };
}
