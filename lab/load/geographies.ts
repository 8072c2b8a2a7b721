import type { Random } from '#lab/kernel/random.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { LoadGeography } from './messages.ts';

/** Visitors from places that the plan gives no share (the default record's) come all the same. */
const UNPLANNED_SHARE = 0.005;

/** Where visitors come from: the planned shares, and half a percent from each geography without one. */
export function loadGeographies(geographies: Estate['geographies']): LoadGeography[] {
  return geographies.map(({ key, plannedShare }) => ({ key, share: plannedShare || UNPLANNED_SHARE }));
}

/** A geography with probability proportional to its share. */
export function drawGeography(geographies: LoadGeography[], random: Random): string {
  const all = geographies.reduce((sum, geography) => sum + geography.share, 0);
  let left = random() * all;
  for (const { key, share } of geographies) {
    left -= share;
    if (left < 0) return key;
  }
  const last = geographies.at(-1);
  if (!last) throw new Error('The estate has no geography that shoppers could come from.');
  return last.key;
}
