/** What may stand in a command as it is: names of Regions, instances, clusters, groups, buckets, hosts, ARNs. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:/@=+-]*$/;

/**
 * The value, which commands are made with, unquoted. Throws for one that a shell could read as anything else: the script is run
 * with the rights to promote a database.
 */
export function plain(value: string): string {
  if (PLAIN.test(value)) return value;
  throw new Error(
    `"${value.slice(0, 80)}" cannot stand in a shell script: only letters, digits and . _ : / @ = + - may. Correct it in the estate, then export again.`,
  );
}

/** One word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const WIDTH = 110;

/** A call of a function of the library: its name and words, each on a line of its own where they are many. */
export function call(name: string, ...words: readonly string[]): string {
  const parts = [name, ...words.map(quoted)];
  const line = parts.join(' ');
  return line.length <= WIDTH ? line : parts.join(' \\\n    ');
}
