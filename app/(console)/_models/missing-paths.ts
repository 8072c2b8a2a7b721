import type { EstateState } from '#lib/services/regions/state.ts';

/** Pairs whose network was observed on both sides and that do not reach each other. */
export function missingPaths(state: EstateState): [string, string][] {
  return pairs(state.regions)
    .filter(
      ([a, b]) =>
        a.peering.value &&
        b.peering.value &&
        !(
          a.peering.value.routesTo.includes(b.region.code) && b.peering.value.routesTo.includes(a.region.code)
        ),
    )
    .map(([a, b]) => [a.region.code, b.region.code]);
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
}
