import type { ComposerGeography, ComposerModel, Shift } from './model.ts';

export type Percents = Readonly<Record<string, number>>;

/** Fractions as whole percents that still sum to 100 (largest remainder). */
export function toPercents(fractions: Readonly<Record<string, number>>): Percents {
  const parts = Object.entries(fractions).map(([key, value]) => ({
    key,
    whole: Math.floor(value * 100),
    rest: (value * 100) % 1,
  }));
  let missing = 100 - parts.reduce((sum, { whole }) => sum + whole, 0);
  for (const part of parts.toSorted((a, b) => b.rest - a.rest)) {
    if (missing <= 0) break;
    part.whole += 1;
    missing -= 1;
  }
  return Object.fromEntries(parts.map(({ key, whole }) => [key, whole]));
}

const sum = (percents: Percents) => Object.values(percents).reduce((total, value) => total + value, 0);

/** The first thing wrong with a set of percents, by Region, and as a sentence; null when it may be previewed. */
export function percentProblem(percents: Percents): { region: string | null; message: string } | null {
  for (const [region, value] of Object.entries(percents)) {
    if (!Number.isFinite(value)) return { region, message: `${region} needs a number. Use 0 to 100.` };
    if (value < 0 || value > 100) return { region, message: `${value} is outside 0 to 100.` };
  }
  const total = sum(percents);
  const off = Math.round((total - 100) * 100) / 100;
  if (Math.abs(off) < 0.005) return null;
  return {
    region: null,
    message: `The shares sum to ${Number(total.toFixed(2))}. ${off > 0 ? `Take away ${off}` : `Add ${-off}`}.`,
  };
}

/** The first thing wrong with a shift that no server need be asked about; null when it may be previewed. */
export function shiftProblem(
  shift: Shift,
  model: ComposerModel,
): { region: string | null; message: string } | null {
  switch (shift.mode) {
    case 'geography':
      return percentProblem(shift.weights);
    case 'target':
      return percentProblem(shift.shares);
    case 'drain': {
      const most = (model.shares[shift.region] ?? 0) * 100;
      if (shift.points === undefined || (shift.points >= 0 && shift.points <= most + 0.05)) return null;
      return {
        region: null,
        message: `${shift.points} points cannot leave ${shift.region}: it has ${most.toFixed(1)}. Leave it empty to take all.`,
      };
    }
    default:
      return shift satisfies never;
  }
}

/** A drain of so many points; all that the Region has, or no number, is a drain of everything. */
export function drainOf(region: string, points: number | null, model: ComposerModel): Shift {
  const most = (model.shares[region] ?? 0) * 100;
  if (points === null || Math.abs(points - most) < 0.05) return { mode: 'drain', region };
  return { mode: 'drain', region, points };
}

/** The weights of a geography after moving `points` of all traffic from one Region to another. */
export function moveWeights(
  geography: ComposerGeography,
  move: { from: string; to: string; points: number },
): Percents {
  const before = Object.fromEntries(
    Object.entries(geography.weights).map(([region, weight]) => [region, weight * 100]),
  );
  const wanted = geography.share === 0 ? 0 : (move.points / 100 / geography.share) * 100;
  const moved = Math.min(wanted, before[move.from] ?? 0);
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    ...before,
    [move.from]: round((before[move.from] ?? 0) - moved),
    [move.to]: round((before[move.to] ?? 0) + moved),
  };
}

/** Points of all traffic that users of a geography send to a Region now. */
export function pointsOf(geography: ComposerGeography, region: string): number {
  return geography.share * (geography.weights[region] ?? 0) * 100;
}

export function heaviest(geography: ComposerGeography): string | undefined {
  return Object.entries(geography.weights).toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** The request a mode begins with: nothing moved yet, or the first Region drained. */
export function emptyShift(mode: Shift['mode'], model: ComposerModel): Shift {
  const geography = model.geographies[0];
  if (mode === 'target') return { mode, shares: toPercents(model.shares) };
  if (mode === 'drain') return { mode, region: model.regions.at(-1) ?? '' };
  return {
    mode,
    geography: geography?.key ?? '',
    weights: geography === undefined ? {} : toPercents(geography.weights),
  };
}

/** Does the request change anything at all? */
export function changesNothing(shift: Shift, model: ComposerModel): boolean {
  const same = (after: Percents, before: Readonly<Record<string, number>>) =>
    Object.entries(after).every(([region, value]) => Math.abs(value - (before[region] ?? 0) * 100) < 0.005);
  if (shift.mode === 'drain') return shift.points === 0 || (model.shares[shift.region] ?? 0) === 0;
  if (shift.mode === 'target') return same(shift.shares, model.shares);
  const geography = model.geographies.find(({ key }) => key === shift.geography);
  return geography === undefined || same(shift.weights, geography.weights);
}
