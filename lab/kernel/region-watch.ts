import type { Chaos } from './chaos.ts';

/** Whether Regions are up, and whether they were all along. */
export interface RegionWatch {
  /** Resolves once the Region is not out. */
  untilUp(region: string): Promise<void>;
  /** How many outages of the Region have begun. */
  outages(region: string): number;
}

export function createRegionWatch(chaos: Chaos): RegionWatch {
  const begun = new Map<string, number>();
  let waiting: (() => void)[] = [];

  chaos.onChange((next, before) => {
    for (const region of Object.keys(next.outages)) {
      if (!before.outages[region]) begun.set(region, (begun.get(region) ?? 0) + 1);
    }
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });

  return {
    async untilUp(region) {
      while (chaos.outage(region)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    outages: (region) => begun.get(region) ?? 0,
  };
}
