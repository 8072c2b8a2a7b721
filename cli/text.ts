import { utcSecond } from '#lib/domain/time/utc.ts';
export interface Column {
  title: string;
  align?: 'right';
}

/** Rows under titles, left-aligned unless a column says otherwise, columns as wide as their widest cell, two spaces apart; `nothing` when there are no rows. */
export function table(
  titled: readonly (string | Column)[],
  rows: readonly string[][],
  nothing: string,
): string {
  if (rows.length === 0) return nothing;
  const columns = titled.map((column): Column => (typeof column === 'string' ? { title: column } : column));
  const widths = columns.map(({ title }, index) =>
    Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - width(cell)));
        return align === 'right' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)].join('\n');
}

function width(text: string): number {
  return [...text].length;
}

/** A paragraph under a title, indented by two. */
export function section(title: string, body: string): string {
  return `${title}\n${body.replace(/^/gm, '  ')}`;
}

/** "42.0 %", or a dash where it is not known. */
export function percent(share: number | null | undefined, digits = 1): string {
  return share === null || share === undefined ? '–' : `${(share * 100).toFixed(digits)} %`;
}

export function quantity(value: number | null | undefined, unit: string, digits = 0): string {
  return value === null || value === undefined ? '–' : `${value.toFixed(digits)} ${unit}`;
}

/** "2026-11-23 09:15:02 UTC", or a dash. */
export function time(iso: string | null | undefined): string {
  return iso ? utcSecond(iso) : '–';
}

/** How long ago, in its largest unit. */
export function age(iso: string | null | undefined, now: Date): string {
  if (!iso) return 'never';
  const seconds = Math.max(0, (now.getTime() - Date.parse(iso)) / 1_000);
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h ago` : `${Math.round(seconds / 86_400)} d ago`;
}
