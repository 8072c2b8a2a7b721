import type { AwsPort } from '../../ports/aws.ts';
import { inEachRegion } from './in-each-region.ts';
import { measureRegion, nothingMeasured } from './metrics.ts';
import type { PortContext } from './port-context.ts';

export function trafficCalls({ estate, reading }: PortContext): Pick<AwsPort, 'measureTraffic'> {
  const { periodSeconds } = estate.metrics;
  return {
    measureTraffic: (window, regions) =>
      inEachRegion(
        estate.regions.filter(({ code }) => regions?.includes(code) ?? true),
        (region, signal) => measureRegion(reading, region, { ...window, periodSeconds, signal }),
        (region, error) => ({ ...nothingMeasured(region), error }),
      ),
  };
}
