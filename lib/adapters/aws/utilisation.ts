import type { Region } from '#lib/domain/estate/estate.ts';
import type { DeploymentPort, UseMeasurement } from '../../ports/deployment.ts';
import { alignInside, type MetricPoint, type MetricQuery, readMetrics } from './metrics.ts';
import { errorSentence } from './observe-calls.ts';
import type { PortContext } from './port-context.ts';

/** What one Region gets to say how busy it was, tries included: others wait for it. */
const MEASURE_MS = 20_000;

export function utilisationCalls({ estate, reading }: PortContext): Pick<DeploymentPort, 'measureUse'> {
  async function measure(region: Region, window: { fromMs: number; toMs: number }): Promise<UseMeasurement> {
    const { periodSeconds } = estate.metrics;
    const points = await readMetrics(reading, region.code, nodeUseQueries(region), {
      ...alignInside(window, periodSeconds),
      periodSeconds,
      signal: AbortSignal.timeout(MEASURE_MS),
    });
    return {
      region: region.code,
      cpuPercent: mean(points.get('cpu')),
      memoryPercent: mean(points.get('memory')),
      error: null,
    };
  }

  return {
    measureUse: (window, regions) =>
      Promise.all(
        estate.regions
          .filter(({ code }) => regions.includes(code))
          .map((region) =>
            measure(region, window).catch((error: unknown) => ({
              region: region.code,
              cpuPercent: null,
              memoryPercent: null,
              error: errorSentence(error),
            })),
          ),
      ),
  };
}

/** Processor and memory of the Region's nodes, percent (Container Insights; aws-facts part 3). */
export function nodeUseQueries({ cluster }: Pick<Region, 'cluster'>): MetricQuery[] {
  const query = (id: string, metric: string): MetricQuery => ({
    id,
    namespace: 'ContainerInsights',
    metric,
    dimensions: { ClusterName: cluster.name },
    stat: 'Average',
  });
  return [query('cpu', 'node_cpu_utilization'), query('memory', 'node_memory_utilization')];
}

function mean(points: readonly MetricPoint[] | undefined): number | null {
  if (!points || points.length === 0) return null;
  return points.reduce((sum, { value }) => sum + value, 0) / points.length;
}
