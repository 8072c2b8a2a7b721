'use client';

import { useState } from 'react';
import { Field, Select } from '#components/ui/field.tsx';
import { EMPTY, formatNumber, formatShare, formatSignedMoney } from '#components/ui/format.ts';
import { StatusShape } from '#components/ui/status.tsx';
import type { ComposerModel, Preview, PreviewRegion, Shift, ShiftRequest } from './model.ts';
import { ShiftMap } from './shift-map.tsx';
import { drainOf, heaviest, moveWeights, type Percents, pointsOf, toPercents } from './shift-math.ts';

interface ChangeProps {
  model: ComposerModel;
  request: ShiftRequest;
  preview: Preview | null;
  pending: boolean;
  problem: { region: string | null; message: string } | null;
  onShift: (shift: Shift) => void;
}

/** Part 1: what is asked for, and what it does to each Region. */
export function Change({ model, request, preview, pending, problem, onShift }: ChangeProps) {
  const { shift } = request;
  return (
    <>
      {shift.mode === 'geography' ? (
        <GeographyForm model={model} shift={shift} preview={preview} problem={problem} onShift={onShift} />
      ) : null}
      {shift.mode === 'target' ? (
        <Weights
          head="Wanted share"
          now={toPercents(model.shares)}
          values={shift.shares}
          problem={problem}
          onChange={(shares) => onShift({ mode: 'target', shares })}
        />
      ) : null}
      {shift.mode === 'drain' ? (
        <DrainForm model={model} shift={shift} preview={preview} onShift={onShift} />
      ) : null}
      {problem === null || problem.region !== null ? null : (
        <div className="err" role="alert">
          <StatusShape status="critical" />
          <span>{problem.message}</span>
        </div>
      )}
      {preview === null ? null : (
        <div className="busy-region" aria-busy={pending}>
          <ShiftMap base={model.map} preview={preview} />
          <Effects regions={preview.regions} />
          <Price price={preview.price} />
        </div>
      )}
    </>
  );
}

interface GeographyFormProps {
  model: ComposerModel;
  shift: Extract<Shift, { mode: 'geography' }>;
  preview: Preview | null;
  problem: { region: string | null; message: string } | null;
  onShift: (shift: Shift) => void;
}

function GeographyForm({ model, shift, preview, problem, onShift }: GeographyFormProps) {
  const geography = model.geographies.find(({ key }) => key === shift.geography) ?? model.geographies[0];
  const first = geography === undefined ? undefined : heaviest(geography);
  const [fromChoice, setFrom] = useState(first);
  const from = fromChoice ?? first ?? '';
  const [toChoice, setTo] = useState(
    () => gainer(shift.weights, geography?.weights) ?? model.regions.find((region) => region !== first),
  );
  const to = toChoice === from ? (model.regions.find((region) => region !== from) ?? '') : (toChoice ?? '');
  if (geography === undefined)
    return <p className="soft">No geography has users. Add one to the estate file.</p>;
  const available = pointsOf(geography, from);
  const points = Math.max(0, available - ((shift.weights[from] ?? 0) / 100) * geography.share * 100);
  const move = (value: number, ends = { from, to }) =>
    onShift({ ...shift, weights: moveWeights(geography, { ...ends, points: value }) });
  const chooseGeography = (key: string) => {
    const chosen = model.geographies.find((candidate) => candidate.key === key);
    if (chosen === undefined) return;
    setFrom(heaviest(chosen));
    onShift({ mode: 'geography', geography: key, weights: toPercents(chosen.weights) });
  };
  const asOptions = (codes: readonly string[]) => codes.map((region) => ({ value: region, label: region }));
  return (
    <>
      <div className="picks">
        <Select
          label="Users in"
          value={geography.key}
          options={model.geographies.map(({ key, name }) => ({ value: key, label: name }))}
          onChange={(event) => chooseGeography(event.target.value)}
        />
        <Select
          label="From"
          value={from}
          options={asOptions(model.regions)}
          onChange={(event) => {
            setFrom(event.target.value);
            onShift({ ...shift, weights: toPercents(geography.weights) });
          }}
        />
        <Select
          label="To"
          value={to}
          options={asOptions(model.regions.filter((region) => region !== from))}
          onChange={(event) => {
            setTo(event.target.value);
            move(points, { from, to: event.target.value });
          }}
        />
      </div>
      <PointsSlider
        label={`Points of all traffic, ${geography.name}`}
        points={points}
        most={available}
        safe={preview?.largestSafePoints ?? null}
        onChange={(value) => move(value ?? 0)}
      />
      <details>
        <summary className="small link">Exact weights of {geography.name}</summary>
        <Weights
          head="Weight"
          now={toPercents(geography.weights)}
          values={shift.weights}
          problem={problem}
          onChange={(weights) => onShift({ ...shift, weights })}
        />
      </details>
    </>
  );
}

interface DrainFormProps {
  model: ComposerModel;
  shift: Extract<Shift, { mode: 'drain' }>;
  preview: Preview | null;
  onShift: (shift: Shift) => void;
}

function DrainForm({ model, shift, preview, onShift }: DrainFormProps) {
  const share = model.shares[shift.region] ?? 0;
  return (
    <>
      <Select
        label="Region to drain"
        value={shift.region}
        hint={`It serves ${formatShare(share)} % now. Its users go where their geography is served next; residency is kept where it can be.`}
        options={model.regions.map((region) => ({ value: region, label: region }))}
        onChange={(event) => onShift({ mode: 'drain', region: event.target.value })}
      />
      <PointsSlider
        label="Points of all traffic to take away"
        note="empty: all of it"
        points={shift.points ?? null}
        most={share * 100}
        safe={preview?.largestSafePoints ?? null}
        onChange={(points) => onShift(drainOf(shift.region, points, model))}
      />
    </>
  );
}

/** The Region that gains most in a request already made. */
function gainer(after: Percents, before: Readonly<Record<string, number>> | undefined): string | undefined {
  return Object.entries(after)
    .map(([region, value]) => ({ region, gain: value - (before?.[region] ?? 0) * 100 }))
    .filter(({ gain }) => gain > 0)
    .toSorted((a, b) => b.gain - a.gain)[0]?.region;
}

interface PointsSliderProps {
  label: string;
  note?: string;
  /** Null: all of them. */
  points: number | null;
  most: number;
  /** Hatched beyond: the survivability cap. */
  safe: number | null;
  onChange: (points: number | null) => void;
}

function PointsSlider({ label, note, points, most, safe, onChange }: PointsSliderProps) {
  const end = Math.max(1, Math.round(most));
  const shown = points ?? end;
  const at = (value: number) => `${Math.min(100, (value / end) * 100)}%`;
  const capped = safe !== null && safe < end;
  return (
    <Field label="">
      {(control) => (
        <>
          <div className="spread">
            <label htmlFor={control.id} className="flush-label">
              {label} {note === undefined ? null : <span className="muted regular">{note}</span>}
            </label>
            <input
              {...control}
              className="input num points"
              type="number"
              inputMode="decimal"
              min={0}
              max={end}
              step={1}
              placeholder="all"
              value={points === null ? '' : Number(points.toFixed(2))}
              onChange={(event) => onChange(event.target.value === '' ? null : event.target.valueAsNumber)}
            />
          </div>
          <div className="scale">
            <div className="tr" />
            <div className="ok" style={{ width: at(shown) }} />
            {capped ? <div className="no hatch" style={{ width: `calc(100% - ${at(safe)})` }} /> : null}
            {capped ? <span className="tick" style={{ left: at(safe) }} /> : null}
            <input
              className="slider"
              type="range"
              aria-label={label}
              min={0}
              max={end}
              step={1}
              value={Math.round(shown)}
              onChange={(event) =>
                onChange(event.target.valueAsNumber === end ? most : event.target.valueAsNumber)
              }
            />
            <span className="tk first" style={{ left: 0 }}>
              0
            </span>
            {capped ? (
              <span className={safe / end > 0.6 ? 'tk b last' : 'tk b first'} style={{ left: at(safe) }}>
                {formatNumber(safe)}, largest safe step now
              </span>
            ) : null}
            <span className="tk last" style={{ left: '100%' }}>
              {end}
            </span>
          </div>
        </>
      )}
    </Field>
  );
}

interface WeightsProps {
  head: string;
  now: Percents;
  values: Percents;
  problem: { region: string | null; message: string } | null;
  onChange: (values: Percents) => void;
}

function Weights({ head, now, values, problem, onChange }: WeightsProps) {
  const total = Object.values(values).reduce((sum, value) => sum + value, 0);
  return (
    <table className="tight flush weights">
      <thead>
        <tr>
          <th>Region</th>
          <th className="num">Now</th>
          <th className="num">{head}, %</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(values).map(([region, value]) => (
          <tr key={region}>
            <td>{region}</td>
            <td className="num muted">{now[region] ?? 0} %</td>
            <td className="num">
              <input
                className="input num"
                type="number"
                inputMode="decimal"
                min={0}
                max={100}
                aria-label={`${head} of ${region}, percent`}
                aria-invalid={problem?.region === region || undefined}
                value={Number.isFinite(value) ? value : ''}
                onChange={(event) => onChange({ ...values, [region]: event.target.valueAsNumber })}
              />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td colSpan={2}>{problem?.region == null ? 'Sum' : problem.message}</td>
          <td className="num">{Number.isFinite(total) ? Number(total.toFixed(2)) : '–'} %</td>
        </tr>
      </tfoot>
    </table>
  );
}

function Effects({ regions }: { regions: readonly PreviewRegion[] }) {
  return (
    <table className="tight flush spaced">
      <thead>
        <tr>
          <th>
            <span className="sr">Region</span>
          </th>
          <th className="num">Global share</th>
          <th className="num hide-phone">Requests</th>
          <th className="num">Nodes needed</th>
        </tr>
      </thead>
      <tbody>
        {regions.map((row) => {
          const same = Math.abs(row.shareAfter - row.shareBefore) < 0.0005;
          return (
            <tr key={row.region} className={same ? 'muted' : undefined}>
              <td>{row.region}</td>
              <td className="num">
                {same ? null : <span className="ba">{formatShare(row.shareBefore)} → </span>}
                <BeforeAfter same={same}>{formatShare(row.shareAfter)} %</BeforeAfter>
              </td>
              <td className="num hide-phone">
                {same ? null : <span className="ba">{formatNumber(row.requestsBefore, 1)} → </span>}
                <BeforeAfter same={same}>{formatNumber(row.requestsAfter, 1)} /s</BeforeAfter>
              </td>
              <td className="num">
                {same ? null : <span className="ba">{row.nodesBefore} → </span>}
                <BeforeAfter same={same}>{row.nodesAfter}</BeforeAfter> of {row.nodesReady ?? EMPTY} ready
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function BeforeAfter({ same, children }: { same: boolean; children: React.ReactNode }) {
  return same ? children : <b>{children}</b>;
}

function Price({ price }: { price: Preview['price'] }) {
  return (
    <div className="spread small below-chart">
      <span className="soft nowrap">Price, if kept a month</span>
      <span className="num-wrap">
        <span className="muted">
          {price.lines.map((line) => `${line.label} ${formatSignedMoney(line.monthlyDollars)}`).join(', ')}
        </span>{' '}
        <b className="nowrap">{formatSignedMoney(price.monthlyDollars)} /month</b>
      </span>
    </div>
  );
}
