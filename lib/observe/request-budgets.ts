import {
  type Bucket,
  fullBucket,
  REQUEST_BUDGETS,
  refilled,
  waitSeconds,
} from '#lib/domain/observation/request-budget.ts';

/** What all collectors may ask of a service in a Region together, by what they have really asked. */
export interface RequestBudgets {
  /** Takes calls off the budget, tries and pages each for itself. */
  spend(service: string, region: string, calls: number): void;
  /** Why a collector of that service has to wait for a later round; undefined where it may ask now. */
  shortOf(service: string, region: string): string | undefined;
}

/** Full at first: one collector at a time asks for the whole estate. */
export function createRequestBudgets(periodSeconds: number, now: () => number): RequestBudgets {
  const buckets = new Map<string, Bucket>();

  function bucketOf(service: string, region: string) {
    const budget = REQUEST_BUDGETS[service];
    if (!budget) return undefined;
    const key = `${service} ${region}`;
    const nowMs = now();
    const bucket = refilled(budget, {
      bucket: buckets.get(key) ?? fullBucket(budget, nowMs),
      periodSeconds,
      nowMs,
    });
    return { key, budget, bucket };
  }

  return {
    spend(service, region, calls) {
      const found = bucketOf(service, region);
      if (!found) return;
      const { key, bucket } = found;
      buckets.set(key, { ...bucket, tokens: bucket.tokens - calls });
    },
    shortOf(service, region) {
      const found = bucketOf(service, region);
      if (!found) return undefined;
      const seconds = waitSeconds(found.budget, found.bucket, periodSeconds);
      if (seconds === 0) return undefined;
      return `deferred to a later round: the budget of requests to ${service} in ${region} is spent for ${Math.ceil(seconds)} s`;
    },
  };
}
