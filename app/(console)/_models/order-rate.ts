import { findEnvironment } from '#lib/domain/estate/estate.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';

const BEFORE_MS = 60_000;
const POINTS = 12;

/** Orders a second that all Regions were asked for in the minute before that moment; null where nothing was sampled. */
export async function readOrderRate(
  context: VerbContext,
  environment: string,
  at: string | null,
): Promise<number | null> {
  const regions = findEnvironment(context.estate, environment)?.regions ?? [];
  if (at === null || regions.length === 0) return null;
  const to = new Date(at);
  const { series } = await readSharedSeries(context, {
    subjects: regions,
    metrics: ['writes.requests'],
    from: new Date(to.getTime() - BEFORE_MS),
    to,
    points: POINTS,
  });
  const rates = series.flatMap(({ values }) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? [] : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
  return rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0);
}
