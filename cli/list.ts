import { z } from 'zod';
import type { CommandInput } from './command.ts';
import { type Column, table } from './text.ts';

/** The option of a list that goes on where the page before ended. */
export const CURSOR = { cursor: { value: '<cursor>', help: 'of the page before' } };

/** A page of a list, as the API answers it. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export type Page<Item extends z.ZodType> = z.output<ReturnType<typeof pageOf<Item>>>;

/** What was given of these options, as a query asks for it. */
export function valuesOf(input: CommandInput, names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, input.value(name)]));
}

/** A page as a table, and how to read on where there is more. */
export function listText(
  columns: readonly (string | Column)[],
  rows: readonly string[][],
  nothing: string,
  nextCursor: string | null,
): string {
  return table(columns, rows, nothing) + (nextCursor ? `\nMore: --cursor ${nextCursor}` : '');
}
