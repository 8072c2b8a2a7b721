import { median } from './statistics.ts';

/** `told` is a number without a target: it explains another one. */
export type Verdict = 'met' | 'MISSED' | 'told';

export interface Row {
  what: string;
  measured: string;
  target: string;
  verdict: Verdict;
}

export interface Report {
  rows: Row[];
  /** What was measured how, in sentences: a number without its load says nothing. */
  notes: string[];
}

export interface Bound {
  what: string;
  value: number;
  /** With its unit: `12 ms`. */
  format: (value: number) => string;
}

export function atMost(bound: Bound & { most: number }): Row {
  return judged(bound, `≤ ${bound.format(bound.most)}`, bound.value <= bound.most);
}

export function atLeast(bound: Bound & { least: number }): Row {
  return judged(bound, `≥ ${bound.format(bound.least)}`, bound.value >= bound.least);
}

export function told(what: string, measured: string): Row {
  return { what, measured, target: '', verdict: 'told' };
}

/** NaN meets no target. */
function judged({ what, value, format }: Bound, target: string, met: boolean): Row {
  return { what, measured: format(value), target, verdict: met ? 'met' : 'MISSED' };
}

export const inMs = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
export const inKb = (value: number) => `${value.toFixed(1)} KB`;
export const inMb = (value: number) => `${Math.round(value)} MB`;
export const inPercent = (value: number) => `${value.toFixed(1)} %`;
export const asRatio = (value: number) => value.toFixed(2);
export const perSecond = (value: number) => `${Math.round(value).toLocaleString('en-US')}/s`;

const COLUMNS = ['what', 'measured', 'target', 'verdict'] as const;

/** For a terminal: columns under each other, then the notes. */
export function toTable({ rows, notes }: Report): string {
  const cells = rows.map((row) => COLUMNS.map((column) => cell(row, column)));
  const widths = COLUMNS.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const lines = cells.map((row) =>
    `  ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd(),
  );
  return [...lines, ...notes.map((note) => `  ${note}`)].join('\n');
}

/** For docs/performance.md. */
export function toMarkdown({ rows, notes }: Report): string {
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(['', 'Measured', 'Target', 'Verdict']),
    '|---|--:|--:|---|',
    ...rows.map((row) => line(COLUMNS.map((column) => cell(row, column)))),
    '',
    ...notes.flatMap((note) => [note, '']),
  ].join('\n');
}

function cell(row: Row, column: (typeof COLUMNS)[number]): string {
  return column === 'verdict' && row.verdict === 'told' ? '' : row[column];
}

export const inSeconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} s`;
export const inCount = (value: number) => String(value);

/** Median and range of so many seconds. */
export function spread(values: readonly number[]): string {
  return `${inSeconds(median(values))} (${inSeconds(Math.min(...values))}–${inSeconds(Math.max(...values))})`;
}
