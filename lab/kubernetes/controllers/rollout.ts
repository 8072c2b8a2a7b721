import type { Deployment } from '../objects.ts';

interface SetSize {
  replicas: number;
  available: number;
}

export interface RolloutState {
  wanted: number;
  strategy: Deployment['spec']['strategy'];
  current: SetSize;
  /** `pods`: that exist now. */
  old: (SetSize & { pods: number })[];
}

export interface RolloutStep {
  current: number;
  old: number[];
}

/** The sizes to aim at next: never more than `maxSurge` pods over what is wanted, nor more than `maxUnavailable` under it. */
export function rolloutStep(state: RolloutState): RolloutStep {
  if (state.strategy.type === 'Recreate') return recreate(state);
  const surge = bound(state.strategy.rollingUpdate?.maxSurge ?? 0, state.wanted, Math.ceil);
  const slack = bound(state.strategy.rollingUpdate?.maxUnavailable ?? 0, state.wanted, Math.floor);
  const unavailable = surge === 0 && slack === 0 ? 1 : slack;
  return { current: grown(state, surge), old: shrunk(state, unavailable) };
}

function recreate({ wanted, old }: RolloutState): RolloutStep {
  const gone = old.every(({ replicas, pods }) => replicas === 0 && pods === 0);
  return { current: gone ? wanted : 0, old: old.map(() => 0) };
}

const bound = (value: number | string, wanted: number, round: (share: number) => number) =>
  typeof value === 'number' ? value : round((wanted * Number.parseInt(value, 10)) / 100);

function grown({ wanted, current, old }: RolloutState, surge: number): number {
  if (current.replicas >= wanted) return wanted;
  const total = old.reduce((sum, set) => sum + set.replicas, current.replicas);
  const room = Math.max(0, wanted + surge - total);
  return Math.min(wanted, current.replicas + room);
}

/** Unavailable old pods go first: removing them costs nothing. */
function shrunk({ wanted, current, old }: RolloutState, maxUnavailable: number): number[] {
  const minimum = wanted - maxUnavailable;
  const all = old.reduce((sum, set) => sum + set.replicas, current.replicas);
  let budget = Math.max(
    0,
    all - minimum - (current.replicas - Math.min(current.available, current.replicas)),
  );
  const sizes = old.map(({ replicas, available }) => {
    const broken = Math.min(budget, Math.max(0, replicas - available));
    budget -= broken;
    return replicas - broken;
  });
  const availableNow = old.reduce(
    (sum, set) => sum + Math.min(set.available, set.replicas),
    current.available,
  );
  let spare = Math.min(budget, Math.max(0, availableNow - minimum));
  return sizes.map((size) => {
    const less = Math.min(spare, size);
    spare -= less;
    return size - less;
  });
}
