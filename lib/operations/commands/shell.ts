/** What may stand in a command as it is: names of Regions, instances, clusters, groups, buckets, hosts, ARNs. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:/@=+-]*$/;

/** Whether a shell reads the value as one word of these very letters. */
export function isPlain(value: string): boolean {
  return PLAIN.test(value);
}

/** One word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A value as one word of a command: as it is where that is safe, else quoted. */
export function word(value: string | number): string {
  const text = String(value);
  return isPlain(text) ? text : quoted(text);
}

/** Several of them. */
export function words(values: readonly string[]): string {
  return values.map(word).join(' ');
}

/** A value as one word in JSON. */
export function json(value: unknown): string {
  return quoted(JSON.stringify(value));
}

/** A string in a query of the AWS CLI (JMESPath), whose own quotes a shell would take for the end of the word. */
export function literal(text: string): string {
  return `\`${JSON.stringify(text).replaceAll('`', '\\`')}\``;
}
