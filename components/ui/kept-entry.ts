/** An entry that waits for its person to come back from the identity provider is kept so long, ms. */
const KEPT_MS = 15 * 60_000;
const NAME = 'meridian.entry';

interface Kept {
  key: string;
  at: number;
  entry: unknown;
}

/** Keeps what was entered in this tab, under what it was entered for; nothing where the browser keeps nothing. */
export function keepEntry(key: string, entry: unknown): void {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ key, at: Date.now(), entry } satisfies Kept));
  } catch {
    // A browser that keeps nothing loses the entry, and nothing else: it is entered again.
  }
}

/** What was kept for this, once; null for anything else, or where it is too old. */
export function takeEntry(key: string): unknown {
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME) ?? 'null') as Kept | null;
    if (kept?.key !== key) return null;
    sessionStorage.removeItem(NAME);
    return Date.now() - kept.at <= KEPT_MS ? kept.entry : null;
  } catch {
    return null; // what cannot be read is the same as nothing
  }
}
