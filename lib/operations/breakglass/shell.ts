import { isPlain, quoted } from '../commands/shell.ts';

/**
 * The value, which commands are made with, unquoted. Throws for one that a shell could read as anything else: the script is run
 * with the rights to promote a database.
 */
export function plain(value: string): string {
  if (isPlain(value)) return value;
  throw new Error(
    `"${value.slice(0, 80)}" cannot stand in a shell script: only letters, digits and . _ : / @ = + - may. Correct it in the estate, then export again.`,
  );
}

const WIDTH = 110;

/** A call of a function of the library: its name and words, each on a line of its own where they are many. */
export function call(name: string, ...words: readonly string[]): string {
  const parts = [name, ...words.map(quoted)];
  const line = parts.join(' ');
  return line.length <= WIDTH ? line : parts.join(' \\\n    ');
}
