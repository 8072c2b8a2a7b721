import type { AwsPort } from '../../ports/aws.ts';
import { measureRegion, nothingMeasured } from './metrics.ts';
import { errorSentence } from './observe-calls.ts';
import type { PortContext } from './port-context.ts';

/** What one Region gets to say how its traffic was, tries included: others wait for it. */
const MEASURE_MS = 20_000;

export function trafficCalls({ estate, reading }: PortContext): Pick<AwsPort, 'measureTraffic'> {
  return {
    measureTraffic: (window, regions) =>
      Promise.all(
        estate.regions
          .filter(({ code }) => regions?.includes(code) ?? true)
          .map((region) =>
            measureRegion(reading, region, {
              ...window,
              periodSeconds: estate.metrics.periodSeconds,
              signal: AbortSignal.timeout(MEASURE_MS),
            }).catch((error: unknown) => ({ ...nothingMeasured(region.code), error: errorSentence(error) })),
          ),
      ),
  };
}
