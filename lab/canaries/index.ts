import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { createRegionWatch } from '#lab/kernel/region-watch.ts';
import type { Links } from '#lab/links/types.ts';
import type { Shops } from '#lab/shop/index.ts';
import { check } from './checks.ts';
import { type Canary, planCanaries } from './plan.ts';

const NAMESPACE = 'CloudWatchSynthetics';
/** Two cores run all of this: declared waits are scaled, but no canary runs more often. */
const SHORTEST_INTERVAL_MS = 5_000;

/**
 * Starts two canaries in each Region for every other one, if the estate has any: `<target>-reads` and `<target>-writes`, by the
 * target's public name, so over the link's latency and faults but without need of a peering. They publish SuccessPercent and
 * Duration in their own Region; while that Region is out they publish nothing.
 */
export function startCanaries(
  ctx: LabContext,
  { links, shops }: { links: Pick<Links, 'proxy'>; shops: Pick<Shops, 'port' | 'site'> },
  options: { everyMs?: number } = {},
): LabPart {
  const regions = createRegionWatch(ctx.chaos);
  const timers: NodeJS.Timeout[] = [];
  const busy = new Set<Canary>();
  let epoch = 0;

  async function run(canary: Canary): Promise<void> {
    const { watcher, target, kind, name } = canary;
    if (busy.has(canary) || ctx.chaos.outage(watcher)) return;
    const [startedIn, outages] = [epoch, regions.outages(watcher)];
    const startedAt = performance.now();
    busy.add(canary);
    try {
      const door = { host: target.address, port: shops.port };
      const way = await links.proxy(watcher, target.region, door, { channel: 'internet' });
      const succeeded = await check(kind, way, `canary-${watcher}-${name}`);
      const wasOut = ctx.chaos.outage(watcher) || regions.outages(watcher) > outages;
      if (startedIn === epoch && !wasOut) publish(canary, succeeded, performance.now() - startedAt);
    } catch (error) {
      ctx.log('canaries', `${name} did not run in ${watcher}`, { error: String(error) });
    } finally {
      busy.delete(canary);
    }
  }

  function publish({ watcher, name }: Canary, succeeded: boolean, durationMs: number) {
    const metric = (metricName: string) => ({
      region: watcher,
      namespace: NAMESPACE,
      name: metricName,
      dimensions: { CanaryName: name },
    });
    ctx.metrics.record(metric('SuccessPercent'), 'Percent', succeeded ? 100 : 0);
    ctx.metrics.record(metric('Duration'), 'Milliseconds', durationMs);
  }

  const canaries = planCanaries(ctx.estate, shops.site);
  const everyMs = options.everyMs ?? intervalMs(ctx);
  canaries.forEach((canary, turn) => {
    // In turns over the interval instead of all at once.
    const first = setTimeout(
      () => {
        void run(canary);
        timers.push(setInterval(() => void run(canary), everyMs).unref());
      },
      (turn * everyMs) / canaries.length,
    );
    timers.push(first.unref());
  });

  return {
    async reset() {
      epoch += 1;
    },
    async close() {
      epoch += 1;
      for (const timer of timers) clearInterval(timer);
    },
  };
}

const intervalMs = ({ estate, clock }: LabContext) =>
  Math.max(SHORTEST_INTERVAL_MS, clock.scaledMs((estate.canaries?.everySeconds ?? 0) * 1000));
