import type { Site } from '#lab/shop/sites.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { CanaryKind } from './checks.ts';

export interface Canary {
  /** The Region that it runs in. */
  watcher: string;
  target: Site;
  kind: CanaryKind;
  /** CloudWatch's CanaryName. */
  name: string;
}

const KINDS: CanaryKind[] = ['reads', 'writes'];

/** Two canaries in each Region for every other one that has a shop; none when the estate declares none. */
export function planCanaries(estate: Estate, siteIn: (region: string) => Site | undefined): Canary[] {
  if (!estate.canaries) return [];
  const codes = estate.regions.map(({ code }) => code);
  return KINDS.flatMap((kind) =>
    codes.flatMap((watcher) =>
      codes.flatMap((code) => {
        const target = code === watcher ? undefined : siteIn(code);
        return target ? { watcher, target, kind, name: `${code}-${kind}` } : [];
      }),
    ),
  );
}
