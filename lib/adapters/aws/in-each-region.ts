import type { Region } from '#lib/domain/estate/estate.ts';
import { errorSentence } from './observe-calls.ts';

/** What one Region gets to say what it measured, tries included: others wait for it. */
const MEASURE_MS = 20_000;

/** Measures each Region by itself and within its time; one that does not answer has `nothing`, with the reason. */
export function inEachRegion<Measured>(
  regions: readonly Region[],
  measure: (region: Region, signal: AbortSignal) => Promise<Measured>,
  nothing: (region: string, error: string) => Measured,
): Promise<Measured[]> {
  return Promise.all(
    regions.map((region) =>
      measure(region, AbortSignal.timeout(MEASURE_MS)).catch((error: unknown) =>
        nothing(region.code, errorSentence(error)),
      ),
    ),
  );
}
