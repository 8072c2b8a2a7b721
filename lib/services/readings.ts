/** What one page has read, by what it is. */
export type Readings = Map<string, Promise<unknown>>;

/**
 * Reads once what several parts of a page ask for; every time, where no page is read: what decides something reads the
 * database itself. A name stands for one function and what that was given, so what is kept under it is of its type.
 */
export function readOnce<T>(
  { readings }: { readings?: Readings },
  name: string,
  read: () => Promise<T>,
): Promise<T> {
  const known = readings?.get(name);
  if (known) return known as Promise<T>;
  const reading = read();
  readings?.set(name, reading);
  return reading;
}
