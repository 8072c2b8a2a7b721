import type { ReactNode } from 'react';
import type { Status } from './model.ts';

const RING = { cx: 5, cy: 5, fill: 'none', stroke: 'currentColor' };

const SHAPES = {
  ok: <circle cx="5" cy="5" r="4" fill="currentColor" />,
  warning: <path d="M5 .6 9.8 9.2H.2z" fill="currentColor" />,
  critical: <path d="M5 0 10 5 5 10 0 5z" fill="currentColor" />,
  unknown: <circle {...RING} r="3.9" strokeWidth="1.8" strokeDasharray="2.4 1.7" />,
  held: <path d="M1.5 1h2.6v8H1.5zM5.9 1h2.6v8H5.9z" fill="currentColor" />,
  running: (
    <>
      <circle {...RING} r="4" strokeWidth="2" />
      <path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor" />
    </>
  ),
  waiting: <circle {...RING} r="3.9" strokeWidth="1.4" />,
} satisfies Record<Status, ReactNode>;

const COLOUR = {
  ok: 'sh-ok',
  warning: 'sh-warning',
  critical: 'sh-critical',
  unknown: 'sh-unknown',
  held: 'sh-held',
  running: 'sh-run',
  waiting: 'sh-wait',
} satisfies Record<Status, string>;

const TEXT = {
  ok: 't-ok',
  warning: 't-warning',
  critical: 't-critical',
  unknown: 't-unknown',
  held: 't-held',
  running: '',
  waiting: '',
} satisfies Record<Status, string>;

/** The class that colours a text by its status. */
export const statusText = (status: Status): string => TEXT[status];
export const statusColour = (status: Status): string => COLOUR[status];

/** The drawing alone, for use inside another svg with a 10 × 10 view box. */
export const statusPath = (status: Status): ReactNode => SHAPES[status];

/** A drawn 10 px shape. Without `label` it is decoration beside a word that already says it. */
export function StatusShape({ status, label }: { status: Status; label?: string }) {
  const shared = { className: `sh ${COLOUR[status]}`, viewBox: '0 0 10 10' };
  if (label === undefined)
    return (
      <svg {...shared} aria-hidden="true">
        {SHAPES[status]}
      </svg>
    );
  return (
    <svg {...shared} role="img" aria-label={label}>
      {SHAPES[status]}
    </svg>
  );
}

/** Shape and word, e.g. "● Serving". */
export function StatusWord({ status, children }: { status: Status; children: ReactNode }) {
  return (
    <span className={`st ${TEXT[status]}`}>
      <StatusShape status={status} />
      {children}
    </span>
  );
}

/** A status shape in a sentence's heading. */
export function StatusHeading({ status, children }: { status?: Status; children: ReactNode }) {
  return (
    <h1>
      {status !== undefined && status !== 'ok' ? <StatusShape status={status} label={status} /> : null}
      {children}
    </h1>
  );
}
