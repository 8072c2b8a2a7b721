import { nodeUseQueries } from '#lib/domain/observation/metric-queries.ts';
import type { DeploymentPort, UseMeasurement } from '../../ports/deployment.ts';
import { inEachRegion } from './in-each-region.ts';
import { alignInside, type MetricPoint, readMetrics } from './metrics.ts';
import type { PortContext } from './port-context.ts';

export function utilisationCalls({ estate, reading }: PortContext): Pick<DeploymentPort, 'measureUse'> {
  const { periodSeconds } = estate.metrics;
  return {
    measureUse: (window, regions) =>
      inEachRegion<UseMeasurement>(
        estate.regions.filter(({ code }) => regions.includes(code)),
        async (region, signal) => {
          const points = await readMetrics(reading, region.code, nodeUseQueries(region), {
            ...alignInside(window, periodSeconds),
            periodSeconds,
            signal,
          });
          return {
            region: region.code,
            cpuPercent: mean(points.get('cpu')),
            memoryPercent: mean(points.get('memory')),
            error: null,
          };
        },
        (region, error) => ({ region, cpuPercent: null, memoryPercent: null, error }),
      ),
  };
}

function mean(points: readonly MetricPoint[] | undefined): number | null {
  if (!points || points.length === 0) return null;
  return points.reduce((sum, { value }) => sum + value, 0) / points.length;
}
