'use client';

import { ageOf } from './age.tsx';
import { useNow } from './clock.tsx';
import { EMPTY, formatAge, formatBytes, formatNumber } from './format.ts';
import type { Reading, Status } from './model.ts';
import { Elapsed } from './spoken.tsx';
import { StatusShape, statusText } from './status.tsx';

interface QuantityProps {
  reading: Reading;
  unit: string;
  digits?: number;
  /** Multiplies before writing: 100 turns a fraction into a percentage. */
  scale?: number;
  /** Shown only while the value is fresh; a stale value keeps its number and loses its status. */
  status?: Status;
  strong?: boolean;
  /** Writes the value itself: lags with digits that depend on the size, bytes with a unit that does. */
  format?: 'number' | 'seconds' | 'bytes';
}

function write(value: number, { format, digits = 0, scale = 1 }: QuantityProps): string {
  if (format === 'bytes') return formatBytes(value);
  if (format !== 'seconds') return formatNumber(value * scale, digits);
  return value < 1 ? formatNumber(value, 2) : formatNumber(value, value < 10 ? 1 : 0);
}

/** A number with its unit, its age on hover, and grey with a dashed underline when past its expected age. */
export function Quantity(props: QuantityProps) {
  const { reading, unit, status, strong = false } = props;
  const { seconds, stale } = ageOf(reading.at, reading.withinSeconds, useNow());
  if (reading.value === null)
    return (
      <span
        className="t-unknown"
        title={seconds === null ? 'Never observed.' : `Unknown for ${formatAge(seconds)}.`}
      >
        {EMPTY}
        <span className="sr">unknown</span>
      </span>
    );
  const title =
    seconds === null
      ? 'Never observed.'
      : `${formatAge(seconds)} old, expected within ${formatAge(reading.withinSeconds)}.`;
  const shown = stale ? undefined : status;
  const figure = write(reading.value, props);
  const className = stale
    ? 'stale'
    : shown === undefined || shown === 'ok'
      ? undefined
      : `st ${statusText(shown)}`;
  return (
    <span className={className} title={title}>
      {shown !== undefined && shown !== 'ok' ? <StatusShape status={shown} label={shown} /> : null}
      <span>
        {strong ? <b>{figure}</b> : figure}
        <span className="unit">{unit}</span>
      </span>
      {stale ? <span className="sr"> stale</span> : null}
    </span>
  );
}

/** A word that holds only while its observation is fresh; afterwards it is unknown since then. */
export function LiveStatus({
  status,
  word,
  since = null,
  at,
  withinSeconds,
}: {
  status: Status;
  word: string;
  /** Since when it is so, where that matters: its time ticks beside the word. */
  since?: string | null;
  at: string | null;
  withinSeconds: number;
}) {
  const { seconds, stale } = ageOf(at, withinSeconds, useNow());
  const shown: Status = stale ? 'unknown' : status;
  const text = stale ? (seconds === null ? 'Never seen' : `Silent ${formatAge(seconds)}`) : word;
  return (
    <span className={`st ${statusText(shown)}`} title={stale ? `Was: ${word}` : undefined}>
      <StatusShape status={shown} />
      {text}
      {stale || since === null ? null : <Elapsed since={since} />}
    </span>
  );
}
