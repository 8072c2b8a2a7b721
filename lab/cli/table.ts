export interface Column {
  title: string;
  align?: 'right';
}

/** Rows under titles, columns as wide as their widest cell, two spaces apart. */
export function table(columns: Column[], rows: string[][]): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => width(row[index] ?? ''))),
  );
  const line = (cells: string[]) =>
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

/** Characters a terminal shows one column wide each: all that the lab prints. */
const width = (text: string): number => [...text].length;
