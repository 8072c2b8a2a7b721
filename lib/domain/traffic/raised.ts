import { z } from 'zod';
import type { ReleasedMinimum } from './request.ts';

/** Output of `capacity.ensure` where it raises the minimum of a node group. */
export const RaisedMinimum = z.object({ minimumBefore: z.number(), minimumSet: z.number() });
export type RaisedMinimum = z.infer<typeof RaisedMinimum>;

/** The same with all that it leaves on record; desired nodes before and after only once it has ended. */
const Raised = RaisedMinimum.extend({ before: z.number().optional(), after: z.number().optional() });

/** Minimums of node groups that the steps of a run have raised, as they put it on record before they did. */
export function raisedMinimums(
  steps: readonly { action: string; region: string | null; output: unknown }[],
): ReleasedMinimum[] {
  return steps.flatMap(({ action, region, output }) => {
    const raised = action === 'capacity.ensure' ? Raised.safeParse(output).data : undefined;
    if (!raised || region === null) return [];
    const { minimumBefore, minimumSet, before, after } = raised;
    const nodes = before === undefined || after === undefined ? 0 : Math.max(0, after - before);
    return [{ region, minimumBefore, minimumSet, nodes }];
  });
}
