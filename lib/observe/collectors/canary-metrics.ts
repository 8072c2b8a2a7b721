import type { Estate } from '#lib/domain/estate/estate.ts';
import type { CanariesObservation } from '#lib/domain/observation/kinds.ts';
import { type CollectContext, regionOf } from '../collector.ts';
import { latest, type MetricPart } from './metric-part.ts';

type Path = CanariesObservation['probes'][number]['path'];

const PATHS: readonly Path[] = ['reads', 'writes'];
/** A canary that has not run for so many of its intervals says nothing any more. */
const INTERVALS = 3;

/** What this Region's canaries see of the other Regions. Those in a lost Region are silent, so each looks at all others. */
export const canaryMetrics: MetricPart = {
  withOpenPeriod: true,
  windowSeconds: ({ estate }) => INTERVALS * Math.max(estate.metrics.periodSeconds, intervalSeconds(estate)),
  covers: (context) =>
    canariesOf(context).length > 0 ? [{ kind: 'canaries', name: regionOf(context).code }] : [],
  ask(context) {
    const canaries = canariesOf(context);
    return {
      queries: canaries.map(({ id, name }) => ({
        id,
        namespace: 'CloudWatchSynthetics',
        metric: 'SuccessPercent',
        dimensions: { CanaryName: name },
        stat: 'Average',
      })),
      read(points) {
        if (canaries.length === 0) return { seen: [] };
        const probes = canaries.flatMap(({ id, target, path }) => {
          const point = latest(points, id);
          if (!point) return [];
          return { target, path, success: point.value / 100, at: new Date(point.atMs).toISOString() };
        });
        return { seen: [{ kind: 'canaries', name: regionOf(context).code, value: { probes } }] };
      },
    };
  },
};

/** `<target Region>-reads` and `-writes`, for every other Region; none where the estate has no canaries. */
function canariesOf(context: CollectContext): { id: string; name: string; target: string; path: Path }[] {
  const { estate } = context;
  const { code } = regionOf(context);
  if (!estate.canaries) return [];
  return estate.regions
    .filter((other) => other.code !== code)
    .flatMap(({ code: target }, i) =>
      PATHS.map((path) => ({ id: `canary_${path}_${i}`, name: `${target}-${path}`, target, path })),
    );
}

/** A declared wait, so it passes as fast as the estate's first environment says. */
function intervalSeconds({ canaries, environments }: Estate): number {
  return (canaries?.everySeconds ?? 0) / (environments[0]?.timeScale ?? 1);
}
