'use client';

import { useState } from 'react';
import { useNow } from '#components/ui/clock.tsx';
import { EMPTY, formatClock, formatUtcTime, plural } from '#components/ui/format.ts';
import { Segmented } from '#components/ui/segmented.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { RecoveryClock } from '#lib/domain/operation/plan.ts';
import { budgetAxis, faceOf, runAxis } from './clock-axis.ts';
import { ClockChart } from './clock-chart.tsx';
import type { ClockModel, ClocksModel } from './recovery-model.ts';

const CLOCK_NAMES = {
  writes: 'Writes restored',
  reads: 'Reads normal',
  redundancy: 'Redundancy restored',
} satisfies Record<RecoveryClock, string>;

const SCALES = [
  { value: 'budget', label: '0–15 min', title: 'The same axis for every run, with the budgets' },
  { value: 'run', label: 'This run', title: 'As long as this run, its budgets may lie outside' },
] as const;

/** Three clocks, live, on one axis: each beside its budget, its own history and what is projected. */
export function Clocks({ model }: { model: ClocksModel }) {
  const now = useNow();
  const [scale, setScale] = useState<(typeof SCALES)[number]['value']>('budget');
  const nowMs = model.endedAt === null ? now : Date.parse(model.endedAt);
  const nowSeconds = Math.max(0, (nowMs - Date.parse(model.zeroAt)) / 1000);
  const axis = scale === 'budget' ? budgetAxis(model, nowSeconds) : runAxis(model, nowSeconds);
  return (
    <div className="clocks band">
      <div>
        {model.clocks.map((clock) => (
          <ClockRow key={clock.key} clock={clock} zeroAt={model.zeroAt} nowMs={nowMs} />
        ))}
        <Detected detected={model.detected} />
        <div className="clock-foot">
          0:00 is {model.zeroIs}, {formatUtcTime(new Date(model.zeroAt))} UTC
        </div>
      </div>
      <div className="clock-chart hide-phone">
        <ClockChart model={model} axis={axis} nowSeconds={nowSeconds} />
        <div className="clock-scale">
          <Segmented label="Axis" value={scale} options={SCALES} onChange={setScale} />
        </div>
      </div>
    </div>
  );
}

function ClockRow({ clock, zeroAt, nowMs }: { clock: ClockModel; zeroAt: string; nowMs: number }) {
  const { seconds, status, word } = faceOf(clock, zeroAt, nowMs);
  const { history } = clock;
  return (
    <div className="clock">
      <div>
        <div className="nm">{CLOCK_NAMES[clock.key]}</div>
        <StatusWord status={status}>{word}</StatusWord>
        {history === null ? null : (
          <span className="sr">
            Own median {formatClock(history.medianSeconds)}, 95th percentile {formatClock(history.p95Seconds)}{' '}
            of {plural(history.runs, 'run')}.
          </span>
        )}
      </div>
      <div className={seconds === null ? 'big muted' : 'big'}>
        {seconds === null ? EMPTY : formatClock(seconds)}
      </div>
    </div>
  );
}

function Detected({ detected }: { detected: ClocksModel['detected'] }) {
  if (detected === null)
    return (
      <div className="clock small">
        <div className="nm">Milestones</div>
      </div>
    );
  const left = detected.budgetSeconds - detected.seconds;
  return (
    <div className="clock small">
      <div>
        <span className="nm">Detected</span>{' '}
        <StatusWord status={left >= 0 ? 'ok' : 'warning'}>
          {left >= 0 ? 'within' : 'over'} {formatClock(detected.budgetSeconds)} by{' '}
          {formatClock(Math.abs(left))}
        </StatusWord>
      </div>
      <div className="mid">{formatClock(detected.seconds)}</div>
    </div>
  );
}
