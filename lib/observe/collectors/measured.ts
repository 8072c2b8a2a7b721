import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { type CollectContext, type Collected, factsOf } from '../collector.ts';
import type { WantedMetric } from '../metric-board.ts';

export interface Measured {
  /** The latest value; null where CloudWatch has none, did not answer, or was not asked yet. */
  latest(metric: WantedMetric): number | null;
  /** When something was wanted for the first time: it is there after one more round. */
  again: Pick<Collected, 'againInSeconds'>;
}

/** Has these metrics of the Region asked for from now on, and says what is known of them. */
export function measured(context: CollectContext, owner: string, metrics: readonly WantedMetric[]): Measured {
  const { periodSeconds } = context.estate.metrics;
  const { board } = factsOf(context);
  const isNew = board.want(owner, metrics);
  const since = context.nowMs - staleAfterSeconds('metrics', periodSeconds) * 1_000;
  return {
    latest: (metric) => board.latest(metric, since),
    again: isNew ? { againInSeconds: 2 * periodSeconds } : {},
  };
}
