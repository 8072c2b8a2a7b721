import type { Outlook } from './facts.ts';
import { writerOf } from './topology.ts';
import { listOf } from './words.ts';

/** Several databases of an environment that take orders, as they were seen. */
export interface SplitBrain {
  /** When they were first seen at once. ISO. */
  since: string;
  writers: { region: string; instanceId: string }[];
  /** Whether each of them was seen again since: then it is so, and people are told. */
  confirmed: boolean;
}

/**
 * What is seen now, folded with what was seen before; null where one database at most takes the orders. Two Regions are not
 * observed at the same moment: in a planned move the old writer was seen open before it was shut, and the new one after. Several
 * are sure only once each was seen to take orders since they first were. One that is not seen any more has not ended for that.
 */
export function foldSplitBrain(outlook: Outlook, before: SplitBrain | null): SplitBrain | null {
  const writer = writerOf(outlook);
  switch (writer.kind) {
    case 'several': {
      const writers = writer.writers.map(({ region, instanceId }) => ({ region, instanceId }));
      if (before === null) return { since: outlook.facts.now.toISOString(), writers, confirmed: false };
      const since = Date.parse(before.since);
      const isSeenAgain = writer.writers.every(({ observedAt }) => Date.parse(observedAt) > since);
      return { since: before.since, writers, confirmed: before.confirmed || isSeenAgain };
    }
    case 'one':
    case 'unknown':
      return before?.writers.some(({ region }) => writer.unseen.includes(region)) ? before : null;
    case 'none':
      return null;
    default:
      return writer satisfies never;
  }
}

/** "ecommerce-db-us-east-1 in us-east-1 and ecommerce-db-eu-west-1 in eu-west-1" */
export function splitBrainWords({ writers }: Pick<SplitBrain, 'writers'>): string {
  return listOf(writers.map(({ region, instanceId }) => `${instanceId} in ${region}`));
}
