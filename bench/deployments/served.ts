import type { LabDescription } from '#lab/description.ts';
import type { VersionServed } from '#lab/load/tally.ts';

type Place = Pick<LabDescription, 'ledgerUrl'>;

/** Which version answered shoppers in which Region since a moment (ms). */
export async function servedSince({ ledgerUrl }: Place, sinceMs: number): Promise<VersionServed[]> {
  const url = new URL('/versions', ledgerUrl);
  url.searchParams.set('since', new Date(sinceMs).toISOString());
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`The ledger answered ${response.status}: ${await response.text()}`);
  const { served } = (await response.json()) as { served: VersionServed[] };
  return served;
}
