/** More of them than this are counted: the page and the report list them by name. */
const MOST_NAMED = 2;

/** “Wait”, “Put the former weights back” */
export function quoted(titles: readonly string[]): string {
  return titles.map((title) => `“${title}”`).join(', ');
}

/** "“Wait” did not run", "11 steps did not run"; nothing where there are none. */
export function notRunWords(titles: readonly string[]): string[] {
  if (titles.length === 0) return [];
  return [`${titles.length > MOST_NAMED ? `${titles.length} steps` : quoted(titles)} did not run`];
}
