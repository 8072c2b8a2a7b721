import type { Detection } from './detection.ts';
import type { OptionKind, RecoveryOption } from './options.ts';

export interface Recommendation {
  kind: OptionKind;
  /** Why, to go on after "Recommended: ". */
  reason: string;
}

/**
 * The way on that the facts speak for, if any; a person decides. Orders that nobody can place are worth a promotion, a Region
 * that only serves readers is left without one, and a Region that is merely suspected is watched (aws-facts 2.5, R-05).
 */
export function recommendOption(
  options: readonly Pick<RecoveryOption, 'kind' | 'refusal'>[],
  { detection, lost, writes }: { detection: Detection | null; lost: string; writes: boolean },
): Recommendation | null {
  const state = detection?.regions.find(({ region }) => region === lost)?.state;
  const free = (kind: OptionKind) =>
    options.some((option) => option.kind === kind && option.refusal === null);
  if (state === 'serving') return { kind: 'wait', reason: `${lost} serves` };
  if (detection?.correlated)
    return { kind: 'wait', reason: 'more than one Region looks down at once: look at what they share first' };
  if (state === 'suspect') return { kind: 'wait', reason: 'too little agrees yet to act on' };
  if (state !== 'failing') return null;
  if (writes && free('failover'))
    return {
      kind: 'failover',
      reason: `orders are written in ${lost}, and nothing says that it comes back`,
    };
  if (!writes && free('evacuate'))
    return { kind: 'evacuate', reason: `${lost} only serves readers: nothing has to be promoted` };
  return null;
}
