'use client';

import { RampChart } from '#components/charts/ramp-chart.tsx';
import { Select, TextField } from '#components/ui/field.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import type { ComposerModel, Preview, Ramp, ShiftRequest } from './model.ts';

const INTERVALS = [
  { value: '5', label: '5 min' },
  { value: '60', label: '1 hour' },
  { value: '1440', label: '1 day' },
] as const;

interface AgreementProps {
  model: ComposerModel;
  request: ShiftRequest;
  preview: Preview | null;
  onRamp: (ramp: Ramp) => void;
}

/** Part 3: who must agree, and to what course of events. */
export function Agreement({ model, request, preview, onRamp }: AgreementProps) {
  const { ramp } = request;
  const options = [
    { value: 'immediate', label: 'At once' },
    { value: 'stepped', label: model.rampSteps.join('-'), title: 'Percent of the whole move, step by step' },
    { value: 'interval', label: `+${ramp.kind === 'interval' ? ramp.points : model.intervalPoints} points` },
  ] as const;
  const choose = (kind: Ramp['kind']) =>
    onRamp(kind === 'interval' ? { kind, points: model.intervalPoints, everyMinutes: 1440 } : { kind });
  return (
    <>
      {preview === null ? null : (
        <div className="spread small">
          <span>{preview.approval.rule}</span>
          <span className="soft">{preview.approval.candidates}</span>
        </div>
      )}
      <div className="ramp">
        <div>
          <span className="label">Ramp</span>
          <Segmented label="Ramp" value={ramp.kind} options={options} onChange={choose} />
        </div>
        {ramp.kind === 'interval' ? (
          <>
            <TextField
              label="Points"
              type="number"
              min={1}
              max={100}
              className="num"
              value={ramp.points}
              onChange={(event) => onRamp({ ...ramp, points: Math.max(1, event.target.valueAsNumber || 1) })}
            />
            <Select
              label="Every"
              value={String(ramp.everyMinutes)}
              options={INTERVALS}
              onChange={(event) => onRamp({ ...ramp, everyMinutes: Number(event.target.value) })}
            />
          </>
        ) : null}
      </div>
      {preview === null ? null : (
        <>
          <h3 className="chart-h">Points of global traffic</h3>
          <RampChart steps={preview.ramp.steps} doneAt={preview.ramp.doneAt} />
          <p className="hint">
            {preview.ramp.note} The approval expires {preview.approval.expires}.
          </p>
        </>
      )}
    </>
  );
}
